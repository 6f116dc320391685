// Fills in templates. What {random} is depends on the seed, the client, and which request of it is meant, and on
// nothing else: the same script and seed give the same texts, however the run goes. Immutable; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "replay/csv_table.hpp"
#include "replay/script.hpp"

namespace rollcall::replay {

/// Who speaks, and when.
struct Moment {
  std::string_view client;    ///< its name in the script: "bia7"
  std::uint32_t number = 1;   ///< under its pattern; 1 for others
  std::uint64_t joined = 0;   ///< how many clients the script had joined before it: its row of the CSV file
  std::uint64_t request = 0;  ///< 1 for the client's first request; 0 for its label. An expectation's is its request's
  std::uint64_t round = 1;    ///< of the innermost repeat that the step stands in
};

class Values {
 public:
  /// Reads the header's CSV file from `csv_path` (ScriptReader::csv_path) where it names one. Throws ScriptError.
  Values(const Header& header, const std::string& csv_path, std::uint64_t seed);

  /// The text. `count` stands for {count}, in expected texts. Throws Fault for a variable that is unknown, which
  /// check() would have said.
  [[nodiscard]] std::string render(const TextTemplate& text, const Moment& moment,
                                   std::optional<std::uint32_t> count = std::nullopt) const;
  /// Throws Fault when `text` has a variable that is not known.
  void check(const TextTemplate& text) const;
  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }

 private:
  [[nodiscard]] const std::string* find(std::string_view name, std::uint64_t row) const;

  std::map<std::string, std::string, std::less<>> variables_;
  std::optional<CsvTable> table_;
  std::uint64_t seed_;
};

}  // namespace rollcall::replay
