// The operators of counting_new.hpp. Built on malloc, which the sanitizers watch. A file of their own, because g++
// warns of a mismatch (-Wmismatched-new-delete) wherever it inlines one of the pair and not the other.
#include "support/counting_new.hpp"

#include <cstdlib>
#include <new>

namespace rollcall::test {
namespace {

thread_local std::size_t count = 0;
thread_local std::size_t fail_from = 0;  // as numbers of `count`
thread_local std::size_t fail_until = 0;

void* counted_malloc(std::size_t size) noexcept {
  ++count;
  if (fail_from <= count && count < fail_until) return nullptr;
  return std::malloc(size > 0 ? size : 1);
}

void* counted_malloc_or_throw(std::size_t size) {
  if (void* const memory = counted_malloc(size)) return memory;
  throw std::bad_alloc();
}

}  // namespace

std::size_t allocations() noexcept { return count; }

void fail_allocations(std::size_t good, std::size_t bad) noexcept {
  fail_from = count + good + 1;
  fail_until = fail_from + bad;
}

void stop_failing() noexcept { fail_from = fail_until = 0; }

}  // namespace rollcall::test

using rollcall::test::counted_malloc;
using rollcall::test::counted_malloc_or_throw;

// The library's other forms call the first; they are replaced too, because a sanitizer has its own of each.
void* operator new(std::size_t size) { return counted_malloc_or_throw(size); }
void* operator new[](std::size_t size) { return counted_malloc_or_throw(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return counted_malloc(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return counted_malloc(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
