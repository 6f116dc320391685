#include "server/http/query.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <functional>

#include "server/http/message.hpp"
#include "wire/utf8.hpp"

namespace rollcall::http {
namespace {

constexpr std::size_t shown_bytes_max = 40;

std::string shown(std::string_view text) { return wire::printable(text, shown_bytes_max); }

std::uint64_t number(std::string_view name, std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw Problem{400,
                  fmt::format("{}: '{}' is not a whole number below 2^64", name, shown(text)),
                  fmt::format("give {}=N, or leave it out", name),
                  {}};
  }
  return value;
}

}  // namespace

Query::Query(std::string_view text, std::initializer_list<std::string_view> names) {
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    const std::string_view name = pair.substr(0, pair.find('='));
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      const std::string known = fmt::format("known here: {}", fmt::join(names, ", "));
      throw Problem{400,
                    fmt::format("'{}' is not a parameter of this path", shown(name)),
                    names.size() == 0 ? "leave the query out" : known,
                    {}};
    }
    const std::string_view value = pair.substr(std::min(name.size() + 1, pair.size()));
    if (!values_.emplace(name, number(name, value)).second) {
      throw Problem{400, fmt::format("{} is given twice", name), "give it once", {}};
    }
  }
}

std::optional<std::uint64_t> Query::get(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace rollcall::http
