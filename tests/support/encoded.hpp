// A message as its bytes.
#pragma once

#include <string>

#include "wire/codec.hpp"

namespace rollcall::test {

template <typename Message>
std::string encoded(const Message& message) {
  std::string part;
  wire::encode(message, part);
  return part;
}

}  // namespace rollcall::test
