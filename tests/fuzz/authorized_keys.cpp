// Any bytes as a list of keys: a fault with a line, or keys and names that, written down again, are the same list.
#include "core/authorized_keys.hpp"

#include <algorithm>

#include "fuzz/fuzzing.hpp"
#include "wire/messages.hpp"
#include "wire/utf8.hpp"

namespace rollcall::fuzz {

void try_bytes(std::string_view bytes) {
  const auto parsed = core::parse_authorized_keys(bytes);
  if (const auto* fault = std::get_if<core::KeyListFault>(&parsed)) {
    const auto lines = static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), '\n')) + 1;
    require(fault->line >= 1 && fault->line <= lines && !fault->what.empty(), "a fault has a line and says what");
    return;
  }
  const auto& keys = std::get<core::AuthorizedKeys>(parsed);
  std::string again;
  for (const auto& [key, name] : keys) {
    require(core::is_key_text(key), "a key is one");
    require(!name.empty() && name.size() <= wire::name_bytes_max && wire::is_utf8(name), "a name is one");
    again += key + ' ' + name + '\n';
  }
  const auto read_again = core::parse_authorized_keys(again);
  const auto* same = std::get_if<core::AuthorizedKeys>(&read_again);
  require(same != nullptr && *same == keys, "what was read is read again");
}

}  // namespace rollcall::fuzz
