#include <string>
#include <vector>

#include "rollcall/server.hpp"

namespace rollcall {
namespace {

[[noreturn]] void refuse(const std::string& what) { throw Error(Error::Kind::config, "greeting: " + what); }

/// The pieces of text between the counts; one more than there are counts.
std::vector<std::string> split_at_counts(std::string_view text) {
  constexpr std::string_view field = "{count}";
  std::vector<std::string> pieces(1);
  while (!text.empty()) {
    if (text.starts_with("{{") || text.starts_with("}}")) {
      pieces.back() += text[0];
      text.remove_prefix(2);
    } else if (text.starts_with(field)) {
      pieces.emplace_back();
      text.remove_prefix(field.size());
    } else if (text[0] == '{' || text[0] == '}') {
      refuse("a brace stands alone: write {count} for the number of clients, {{ or }} for a brace");
    } else {
      pieces.back() += text[0];
      text.remove_prefix(1);
    }
  }
  if (pieces.size() == 1) refuse("{count} is missing: every reply says how many clients are connected");
  return pieces;
}

}  // namespace

Handler greeting(std::string_view text) {
  return [pieces = split_at_counts(text)](const Request& request) {
    const std::string count = std::to_string(request.count);
    std::string reply = pieces[0];
    for (std::size_t i = 1; i < pieces.size(); ++i) {
      reply += count;
      reply += pieces[i];
    }
    return reply;
  };
}

}  // namespace rollcall
