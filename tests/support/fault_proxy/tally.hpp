// What each fault of the proxy has hit so far: a test that wants a fault checks here that it happened. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rollcall::test {

enum class Fault : std::uint8_t { none, delay, drip, stall, swallow, cut, reset, abandon, refuse };
inline constexpr std::array<std::string_view, 9> fault_names = {"none", "delay", "drip",    "stall", "swallow",
                                                                "cut",  "reset", "abandon", "refuse"};

struct Hits {
  std::uint64_t connections = 0;  ///< that it was put on
  std::uint64_t bytes = 0;        ///< that it held up or took away
};

class Tally {
 public:
  Hits& of(Fault fault) { return hits_.at(static_cast<std::size_t>(fault)); }
  [[nodiscard]] const Hits& of(Fault fault) const { return hits_.at(static_cast<std::size_t>(fault)); }

 private:
  std::array<Hits, fault_names.size()> hits_{};
};

}  // namespace rollcall::test
