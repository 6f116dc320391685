// Counts allocations, and lets one fail: a program that has counting_new.cpp among its sources gets a global operator
// new that counts.
#pragma once

#include <cstddef>
#include <new>

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

/// Of this thread's allocations from now on, the first `good` are made, and `bad` after these fail.
void fail_allocations(std::size_t good, std::size_t bad) noexcept;
/// From now on all are made again.
void stop_failing() noexcept;

/// Lets allocations of certain actions fail, which are counted over all of them; those of others are left alone. One
/// thread.
class FailingAllocations {
 public:
  FailingAllocations(std::size_t good, std::size_t bad) noexcept : good_(good), bad_(bad) {}

  /// False: it threw std::bad_alloc.
  template <typename Action>
  bool done(Action&& action) {
    const std::size_t before = allocations();
    fail_allocations(good_, bad_);
    bool done = true;
    try {
      action();
    } catch (const std::bad_alloc&) {
      done = false;
    }
    stop_failing();
    const std::size_t made = allocations() - before;
    const std::size_t of_good = made < good_ ? made : good_;
    good_ -= of_good;
    const std::size_t of_bad = made - of_good < bad_ ? made - of_good : bad_;
    bad_ -= of_bad;
    failed_ += of_bad;
    return done;
  }
  /// How many have failed.
  [[nodiscard]] std::size_t failed() const noexcept { return failed_; }

 private:
  std::size_t good_;
  std::size_t bad_;
  std::size_t failed_ = 0;
};

}  // namespace rollcall::test
