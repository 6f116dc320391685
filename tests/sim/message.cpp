#include "sim/message.hpp"

#include <utility>

#include "wire/codec.hpp"

namespace rollcall::sim {
namespace {

Message fault(wire::ErrorCode code, std::string bytes) {
  Message message;
  message.kind = Kind::garbage;
  message.fault = code;
  message.bytes = std::move(bytes);
  return message;
}

}  // namespace

Message make_hello(std::string name, Random& random, std::optional<wire::Token> token) {
  Message message;
  message.kind = Kind::hello;
  message.text = std::move(name);
  wire::Hello hello;
  hello.name = message.text;
  hello.token = token;
  if (!token && random.chance(20)) hello.token = wire::Token{1, 2, 3};
  message.token = hello.token;
  std::string pairs;
  if (random.chance(20)) {
    wire::pack_item({"key", "value"}, pairs);
    hello.metadata = {pairs, 1};
  }
  wire::encode(hello, message.bytes);
  return message;
}

Message make_request(std::uint64_t id, std::string body) {
  Message message;
  message.kind = Kind::request;
  message.id = id;
  message.text = std::move(body);
  wire::encode(wire::Request{id, message.text}, message.bytes);
  return message;
}

Message make_plain(std::string text) {
  Message message;
  message.kind = Kind::plain;
  message.text = std::move(text);
  message.bytes = message.text;
  return message;
}

Message make_bye() {
  Message message;
  message.kind = Kind::bye;
  wire::encode(wire::Bye{}, message.bytes);
  return message;
}

Message make_query(std::uint64_t cursor, std::uint16_t limit) {
  Message message;
  message.kind = Kind::roster_query;
  message.id = cursor;
  message.limit = limit;
  wire::encode(wire::RosterQuery{cursor, limit}, message.bytes);
  return message;
}

Message make_watch(std::uint64_t from, bool stop) {
  Message message;
  message.kind = Kind::watch;
  message.id = from;
  message.stop = stop;
  wire::encode(wire::Watch{stop, from}, message.bytes);
  return message;
}

Message make_garbage(Random& random) {
  using namespace std::string_literals;
  using wire::ErrorCode;
  switch (random.below(14)) {
    case 0:
      return fault(ErrorCode::malformed, "");
    case 1:
      return fault(ErrorCode::malformed, "\x01"s);
    case 2:
      return fault(ErrorCode::malformed, "\x01\x02\0\0\0\0\0\0\x07"s);  // an id of seven bytes
    case 3:
      return fault(ErrorCode::unknown_version, "\x02\x01"s);
    case 4:
      return fault(ErrorCode::unknown_version, "\0"s);
    case 5:
      return fault(ErrorCode::unknown_type, "\x01\x7F"s);
    case 6:
      return fault(ErrorCode::unknown_type, "\x01\x81\0"s);  // the server's
    case 7:
      return fault(ErrorCode::unknown_flag, "\x01\x01\x04\0\0"s);
    case 8:
      return fault(ErrorCode::trailing_bytes, "\x01\x03!"s);
    case 9:
      return fault(ErrorCode::invalid_text, "ol\xE1"s);  // plain
    case 10:
      return fault(ErrorCode::invalid_text, "\x01\x01\0\0\x01\xFF"s);
    case 11:
      return fault(ErrorCode::invalid_value, "\x01\x01\x02\0\0\x01\0\0\0\0"s);  // a key without a byte
    case 12:
      return fault(ErrorCode::too_large, "\x01\x01\0\0\x81"s + std::string(129, 'n'));
    default:
      return fault(ErrorCode::malformed, "\x01\x01\0\0\x05max"s);
  }
}

Outcome outcome_of(std::string_view body) {
  std::uint32_t sum = 7;
  for (const char each : body) sum = sum * 31 + static_cast<unsigned char>(each);
  if (sum % 17 == 0) return Outcome::failure;
  return sum % 41 == 0 ? Outcome::too_large : Outcome::reply;
}

std::string answer_to(std::string_view body) { return "re:" + std::string(body.substr(0, 200)); }

}  // namespace rollcall::sim
