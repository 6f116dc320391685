// Counts allocations: a program that has counting_new.cpp among its sources gets a global operator new that counts.
#pragma once

#include <cstddef>

namespace rollcall::test {

/// How many times operator new was called so far in this thread.
std::size_t allocations() noexcept;

/// How many allocations `action` made in this thread.
template <typename Action>
std::size_t allocations_in(Action&& action) {
  const std::size_t before = allocations();
  action();
  return allocations() - before;
}

}  // namespace rollcall::test
