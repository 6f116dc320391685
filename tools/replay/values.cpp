#include "replay/values.hpp"

#include <fmt/format.h>

#include "replay/script_error.hpp"
#include "replay/spelling.hpp"
#include "wire/utf8.hpp"

namespace rollcall::replay {
namespace {

using Kind = TextTemplate::Piece::Kind;

constexpr std::size_t quoted_bytes_max = 60;

/// splitmix64's finalizer: every bit of what goes in changes half of what comes out.
std::uint64_t mixed(std::uint64_t x) noexcept {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31U);
}

/// FNV-1a: the same on every machine, which std::hash does not promise.
std::uint64_t hash(std::string_view text) noexcept {
  std::uint64_t value = 0xCBF29CE484222325ULL;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return value;
}

/// The `index`th random number of a text: from `low` to `high`, all as likely up to 2^-32.
std::uint64_t random_number(std::uint64_t seed, const Moment& moment, std::uint64_t index, std::uint32_t low,
                            std::uint32_t high) noexcept {
  std::uint64_t state = mixed(seed);
  for (const std::uint64_t part : {hash(moment.client), moment.joined, moment.request, index}) {
    state = mixed(state ^ part);
  }
  const std::uint64_t span = std::uint64_t{high} - low + 1;
  return low + ((state >> 32U) * span >> 32U);
}

}  // namespace

Values::Values(const Header& header, const std::string& csv_path, std::uint64_t seed)
    : variables_(header.variables.begin(), header.variables.end()), seed_(seed) {
  if (header.csv.empty()) return;
  table_ = CsvTable::read(csv_path);
  for (const std::string& column : table_->columns()) {
    if (!variables_.contains(column)) continue;
    throw ScriptError(csv_path, 1,
                      fmt::format("\"{}\" is a variable of the script's header, too: rename one",
                                  wire::printable(column, quoted_bytes_max)));
  }
}

const std::string* Values::find(std::string_view name, std::uint64_t row) const {
  if (const auto found = variables_.find(name); found != variables_.end()) return &found->second;
  if (!table_) return nullptr;
  const auto column = table_->column(name);
  return column ? &table_->value(row, *column) : nullptr;
}

void Values::check(const TextTemplate& text) const {
  for (const TextTemplate::Piece& piece : text.pieces()) {
    if (piece.kind != Kind::named || find(piece.text, 0) != nullptr) continue;
    std::vector<std::string> known = {"client", "n", "round", "random"};
    for (const auto& [name, value] : variables_) known.push_back(name);
    if (table_) known.insert(known.end(), table_->columns().begin(), table_->columns().end());
    throw Fault(fmt::format("{{{}}} is no variable{}", wire::printable(piece.text, quoted_bytes_max),
                            did_you_mean(piece.text, known,
                                         ": those are the header's \"variables\", the columns of its \"csv\", and "
                                         "{client}, {n}, {round}, {random}")));
  }
}

std::string Values::render(const TextTemplate& text, const Moment& moment, std::optional<std::uint32_t> count) const {
  std::string out;
  std::uint64_t randoms = 0;
  for (const TextTemplate::Piece& piece : text.pieces()) {
    switch (piece.kind) {
      case Kind::literal:
        out += piece.text;
        break;
      case Kind::client:
        out += moment.client;
        break;
      case Kind::number:
        out += std::to_string(moment.number);
        break;
      case Kind::round:
        out += std::to_string(moment.round);
        break;
      case Kind::random:
        out += std::to_string(random_number(seed_, moment, ++randoms, piece.low, piece.high));
        break;
      case Kind::count:
        out += count ? std::to_string(*count) : "{count}";
        break;
      case Kind::named:
        const std::string* value = find(piece.text, moment.joined);
        if (value == nullptr) check(text);
        out += *value;
        break;
    }
  }
  return out;
}

}  // namespace rollcall::replay
