// The query of a request's target: names with whole numbers. Any thread.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall::http {

class Query {
 public:
  /// Reads `a=1&b=2`. Throws Problem for a name that is not among `names`, for one that comes twice, and for a value
  /// that is not a number.
  Query(std::string_view text, std::initializer_list<std::string_view> names);
  [[nodiscard]] std::optional<std::uint64_t> get(std::string_view name) const;

 private:
  std::map<std::string, std::uint64_t, std::less<>> values_;
};

}  // namespace rollcall::http
