// Randomness from the kernel (getrandom(2)). Any thread.
#pragma once

#include "wire/messages.hpp"

namespace rollcall::io {

/// 16 unpredictable bytes. Throws std::system_error where the kernel gives none.
[[nodiscard]] wire::Token random_token();

/// Seeds rand(3), from which libzmq takes the number where its routing ids begin, and which it never seeds itself:
/// without this they would be the same in every process. Call before a ROUTER is made.
void seed_libzmq_routing_ids();

}  // namespace rollcall::io
