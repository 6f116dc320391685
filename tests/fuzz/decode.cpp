// Any bytes: decoding gives a message or a fault, whose views stay inside the bytes; what is a message is encoded to
// the same bytes again.
#include <type_traits>
#include <variant>

#include "fuzz/fuzzing.hpp"
#include "wire/codec.hpp"
#include "wire/utf8.hpp"

namespace rollcall::fuzz {
namespace {

class Views {
 public:
  explicit Views(std::string_view part) : part_(part) {}

  void check(std::string_view view) const {
    if (view.empty()) return;
    require(view.data() >= part_.data() && view.data() + view.size() <= part_.data() + part_.size(),
            "views stay inside the part");
  }
  void check_text(std::string_view view) const {
    check(view);
    require(wire::is_utf8(view), "text is UTF-8");
  }

  void operator()(const wire::Fault& m) const {
    const auto code = static_cast<unsigned>(m.code);
    require(code >= 1 && code <= 8 && !m.what.empty(), "a fault has a code of decoding and says what");
  }
  void operator()(const wire::Plain& m) const { check_text(m.text); }
  void operator()(const wire::Hello& m) const {
    check_text(m.name);
    check(m.metadata.bytes());
    m.metadata.for_each([this](const wire::MetadataPair& pair) {
      require(!pair.key.empty(), "a key is not empty");
      check_text(pair.key);
      check_text(pair.value);
    });
  }
  void operator()(const wire::Request& m) const { check(m.body); }
  void operator()(const wire::Bye&) const {}
  void operator()(const wire::RosterQuery&) const {}
  void operator()(const wire::Watch&) const {}
  void operator()(const wire::Welcome& m) const { require(m.window >= 1, "a window is 1 or more"); }
  void operator()(const wire::Reply& m) const { check(m.body); }
  void operator()(const wire::Roster& m) const {
    check(m.entries.bytes());
    m.entries.for_each([this](const wire::RosterEntry& entry) {
      check_text(entry.name);
      check_text(entry.address);
    });
  }
  void operator()(const wire::Event& m) const {
    check_text(m.name);
    check_text(m.address);
  }
  void operator()(const wire::Error& m) const { check_text(m.text); }
  void operator()(const wire::Closing& m) const { check_text(m.text); }

 private:
  std::string_view part_;
};

template <typename Variant>
void check(const Variant& message, std::string_view part) {
  std::visit(Views(part), message);
  std::visit(
      [part](const auto& each) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(each)>, wire::Fault>) {
          std::string again;
          wire::encode(each, again);
          require(again == part, "a message has one encoding");
        }
      },
      message);
}

}  // namespace

void try_bytes(std::string_view bytes) {
  check(wire::decode_client_message(bytes), bytes);
  check(wire::decode_server_message(bytes), bytes);
  require(wire::is_utf8(wire::printable(bytes, 200)), "what is shown is UTF-8");
}

}  // namespace rollcall::fuzz
