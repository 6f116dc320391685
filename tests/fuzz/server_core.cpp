// A server and any peers, workers and clock (core_world.hpp).
#include "fuzz/core_world.hpp"

namespace rollcall::fuzz {

void try_bytes(std::string_view bytes) { CoreWorld(bytes).run(); }

}  // namespace rollcall::fuzz
