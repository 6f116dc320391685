// Tokens as keys of a hash table: they are random already, so any of their bytes will do. Peers can't choose the tokens
// that are stored, only those that are looked for.
#pragma once

#include <cstddef>
#include <cstring>

#include "wire/messages.hpp"

namespace rollcall::core {

struct TokenHash {
  [[nodiscard]] std::size_t operator()(const wire::Token& token) const noexcept {
    std::size_t hash = 0;
    static_assert(sizeof hash <= sizeof token);
    std::memcpy(&hash, token.data(), sizeof hash);
    return hash;
  }
};

}  // namespace rollcall::core
