#include "io/random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace rollcall::io {
namespace {

void fill(void* bytes, std::size_t size) {
  // Reads of up to 256 bytes are never interrupted and never short.
  if (getrandom(bytes, size, 0) != static_cast<ssize_t>(size)) {
    throw std::system_error(errno, std::generic_category(), "getrandom");
  }
}

}  // namespace

wire::Token random_token() {
  wire::Token token{};
  fill(token.data(), token.size());
  return token;
}

void seed_libzmq_routing_ids() {
  unsigned seed = 0;
  fill(&seed, sizeof seed);
  std::srand(seed);
}

}  // namespace rollcall::io
