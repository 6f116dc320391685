// A request as far as it matters here, and the response to it. Plain values.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rollcall::http {

/// Views live as long as the request is being answered.
struct Request {
  std::string_view method = {};
  std::string_view target = {};               ///< path and query, as they came
  std::optional<std::string_view> host = {};  ///< its Host header
  std::size_t header_bytes = 0;               ///< of all headers
  bool has_body = false;
};

struct Response {
  int status = 200;
  std::string_view content_type = {};  ///< static text
  std::string body = {};
  std::string_view fixed_body = {};  ///< in its place, where it is not empty: static text
  std::vector<std::pair<std::string_view, std::string>> headers = {};  ///< besides those that every response has
};

/// Ends a request: the client is told what is wrong and what to do about it.
struct Problem {
  int status = 400;
  std::string what;
  std::string remedy;
  std::vector<std::pair<std::string_view, std::string>> headers;
};

}  // namespace rollcall::http
