// What holds for any message and for any bytes (wire/codec.hpp): values survive the round trip; decoding never throws,
// never allocates, and what it accepts is encoded to the same bytes again. A failure prints the RC_PARAMS that repeat
// it.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "support/counting_new.hpp"
#include "support/vectors.hpp"
#include "support/wire_messages.hpp"
#include "wire/utf8.hpp"

namespace rollcall::wire {
namespace {

using test::describe;
using test::encoded;

// The decoders are noexcept: a throw would end this program.
static_assert(noexcept(decode_client_message({})) && noexcept(decode_server_message({})));

/// Numbers, with the edges of their range more often than chance would give them.
template <typename Number>
rc::Gen<Number> any_number(Number least = 0) {
  constexpr Number most = std::numeric_limits<Number>::max();
  return rc::gen::weightedOneOf<Number>(
      {{3, rc::gen::inRange<Number>(least, most)},
       {1, rc::gen::elementOf(std::vector<Number>{least, most, static_cast<Number>(most - 1)})}});
}

rc::Gen<std::string> any_bytes() { return rc::gen::container<std::string>(rc::gen::arbitrary<char>()); }

/// UTF-8 of at most `bytes_max` bytes.
rc::Gen<std::string> any_text(std::size_t bytes_max) {
  const auto character = rc::gen::element<std::string>("a", "Z", " ", "\n", "\x1b", "\x7f", "é", "日", "\u2028",
                                                       "\U0001F600", "\U0010FFFF", std::string(1, '\0'), "nnnnnnnn");
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(character),
                      [=](std::vector<std::string> characters) {
                        std::string text;
                        for (const std::string& next : characters) {
                          if (text.size() + next.size() <= bytes_max) text += next;
                        }
                        return text;
                      });
}

Token any_token() {
  const auto bytes = *rc::gen::container<std::vector<std::uint8_t>>(16, rc::gen::arbitrary<std::uint8_t>());
  Token token{};
  std::copy(bytes.begin(), bytes.end(), token.begin());
  return token;
}

/// Encodes, decodes, and compares the fields and the bytes.
template <typename Decode, typename Message>
void expect_round_trip(Decode&& decode, const Message& message) {
  const std::string part = encoded(message);
  const auto decoded = decode(part);
  RC_ASSERT(std::holds_alternative<Message>(decoded));
  RC_ASSERT(describe(decoded) == describe(message));
  RC_ASSERT(encoded(decoded) == part);
}
void expect_from_client(const auto& message) { expect_round_trip(decode_client_message, message); }
void expect_from_server(const auto& message) { expect_round_trip(decode_server_message, message); }

RC_GTEST_PROP(RoundTrip, Hello, ()) {
  const auto name = *any_text(name_bytes_max);
  Hello hello{name, {}, {}};
  if (*rc::gen::arbitrary<bool>()) hello.token = any_token();
  std::string pairs;
  const auto size = *rc::gen::inRange<std::uint16_t>(0, metadata_pairs_max + 1);
  for (std::uint16_t i = 0; i < size; ++i) {
    const auto key = *rc::gen::nonEmpty(any_text(metadata_key_bytes_max));
    pack_item(MetadataPair{key, *any_text(metadata_bytes_max / metadata_pairs_max - metadata_key_bytes_max - 5)},
              pairs);
  }
  hello.metadata = {pairs, size};
  expect_from_client(hello);
}

RC_GTEST_PROP(RoundTrip, OtherClientMessages, ()) {
  const auto body = *any_bytes();
  expect_from_client(Request{*any_number<std::uint64_t>(), body});
  expect_from_client(RosterQuery{*any_number<std::uint64_t>(), *any_number<std::uint16_t>()});
  expect_from_client(Watch{*rc::gen::arbitrary<bool>(), *any_number<std::uint64_t>()});
  expect_from_client(Bye{});
}

RC_GTEST_PROP(RoundTrip, Plain, ()) {
  const auto text = *any_text(1000);
  RC_PRE(!text.empty() && static_cast<std::uint8_t>(text[0]) >= first_plain_byte);
  expect_from_client(Plain{text});
  expect_from_server(Plain{text});
}

RC_GTEST_PROP(RoundTrip, WelcomeAndReply, ()) {
  const auto u32 = any_number<std::uint32_t>();
  const auto u64 = any_number<std::uint64_t>();
  expect_from_server(
      Welcome{*rc::gen::arbitrary<bool>(), any_token(), *any_number<std::uint32_t>(1), *u32, *u32, *u32, *u64});
  const auto body = *any_bytes();
  expect_from_server(Reply{*u64, *u32, *u64, body});
}

RC_GTEST_PROP(RoundTrip, Roster, ()) {
  const auto u32 = any_number<std::uint32_t>();
  const auto u64 = any_number<std::uint64_t>();
  const auto size = *rc::gen::inRange<std::uint16_t>(0, 8);
  std::string entries;
  for (std::uint16_t i = 0; i < size; ++i) {
    const auto name = *any_text(name_bytes_max);
    const auto address = *any_text(300);
    pack_item(RosterEntry{*u64, *u64, *u64, *u32, name, address}, entries);
  }
  expect_from_server(Roster{*rc::gen::arbitrary<bool>(), *u64, *u32, *u64, {entries, size}});
}

RC_GTEST_PROP(RoundTrip, EventErrorAndClosing, ()) {
  const auto u32 = any_number<std::uint32_t>();
  const auto u64 = any_number<std::uint64_t>();
  const auto kind = *rc::gen::element(EventKind::joined, EventKind::left, EventKind::reset);
  const auto reason = kind == EventKind::left ? static_cast<LeaveReason>(*rc::gen::inRange(1, 6)) : LeaveReason::none;
  const auto name = *any_text(name_bytes_max);
  const auto text = *any_text(1000);
  expect_from_server(Event{kind, reason, *u64, *u32, *u64, name, text});
  expect_from_server(Error{*u64, static_cast<ErrorCode>(*rc::gen::inRange(1, error_code_max + 1)), text});
  expect_from_server(Closing{static_cast<ClosingReason>(*rc::gen::inRange(1, 4)), *u32, text});
}

/// True for the one kind of message that has two encodings: a HELLO whose metadata has no pairs.
bool has_another_encoding(const ClientMessage& message, std::string_view part) {
  const auto* hello = std::get_if<Hello>(&message);
  return hello != nullptr && hello->metadata.size() == 0 && (static_cast<unsigned char>(part[2]) & 2U) != 0;
}
bool has_another_encoding(const ServerMessage&, std::string_view) { return false; }

/// What the decoders promise for any bytes. The message of the failure, "" when they keep it.
template <typename Decode>
std::string broken_promise(Decode&& decode, const std::string& part) {
  std::invoke_result_t<Decode, std::string_view> message;
  if (test::allocations_in([&] { message = decode(part); }) != 0) return "decoding allocated";
  if (const auto* fault = std::get_if<Fault>(&message)) {
    const auto code = static_cast<unsigned>(fault->code);
    if (code < 1 || code > 8) return "not a code of decoding: " + std::to_string(code);
    return fault->what.empty() ? "the fault doesn't say what" : "";
  }
  if (has_another_encoding(message, part)) return "";
  return encoded(message) == part ? "" : "encoded to other bytes";
}

/// Both directions' decoders on `part`.
std::string broken_promise(const std::string& part) {
  const std::string by_client = broken_promise(decode_client_message, part);
  return by_client.empty() ? broken_promise(decode_server_message, part) : by_client;
}

/// The bytes of every vector, of messages and of errors.
const std::vector<std::string>& vector_parts() {
  static const std::vector<std::string> parts = [] {
    std::vector<std::string> all;
    for (const char* file : {"messages.json", "errors.json"}) {
      for (const auto& vector : test::load_vectors(file)) {
        all.push_back(test::from_hex(vector.at("hex").get<std::string>()));
      }
    }
    return all;
  }();
  return parts;
}

TEST(AnyBytes, TheAllocationCounterCounts) {
  std::string text;
  EXPECT_EQ(test::allocations_in([&] { text.assign(1000, 'x'); }), 1U);
  EXPECT_EQ(test::allocations_in([] {}), 0U);
}

TEST(AnyBytes, UpToThreeBytesKeepThePromises) {
  const std::string types = "\x01\x02\x03\x04\x05\x06\x20\x81\x82\x83\x84\x85\x86\x87\x88\xff";
  EXPECT_EQ(broken_promise(std::string()), "");
  for (unsigned first = 0; first <= 0xFF; ++first) {
    EXPECT_EQ(broken_promise(std::string{static_cast<char>(first)}), "") << first;
    for (const char type : types) {
      EXPECT_EQ(broken_promise(std::string{static_cast<char>(first), type}), "") << first;
      EXPECT_EQ(broken_promise(std::string{'\x01', type, static_cast<char>(first)}), "") << first;
    }
  }
}

RC_GTEST_PROP(AnyBytes, RandomBytesKeepThePromises, ()) { RC_ASSERT(broken_promise(*any_bytes()).empty()); }

RC_GTEST_PROP(AnyBytes, RandomFieldsKeepThePromises, ()) {
  const std::string head{'\x01', *rc::gen::element('\x01', '\x02', '\x03', '\x04', '\x05', '\x81', '\x82', '\x84',
                                                   '\x85', '\x86', '\x87')};
  // Small bytes make lengths that fit and flags that are known.
  const auto byte = rc::gen::weightedOneOf<char>({{4, rc::gen::inRange<char>(0, 4)}, {1, rc::gen::arbitrary<char>()}});
  RC_ASSERT(broken_promise(head + *rc::gen::container<std::string>(byte)).empty());
}

// Every proper prefix keeps the promises, and no prefix of a message with an end is a message.
TEST(AnyBytes, TruncationsKeepThePromises) {
  for (const std::string& part : vector_parts()) {
    for (std::size_t size = 0; size < std::min<std::size_t>(part.size(), 400); ++size) {
      ASSERT_EQ(broken_promise(part.substr(0, size)), "") << test::to_hex(part) << " cut to " << size;
    }
  }
}

TEST(AnyBytes, TruncationsOfMessagesWithAnEndAreMalformed) {
  for (const auto& vector : test::load_vectors("messages.json")) {
    const std::string type = vector.at("message").at("type");
    if (type == "request" || type == "reply" || type == "plain" || type == "plain_error") continue;
    SCOPED_TRACE(vector.at("name").get<std::string>());
    const std::string part = test::from_hex(vector.at("hex").get<std::string>());
    const bool from_client = vector.at("direction") == "client";
    for (std::size_t size = 0; size < part.size(); ++size) {
      const std::string cut = part.substr(0, size);
      const unsigned code =
          from_client ? test::fault_code(decode_client_message(cut)) : test::fault_code(decode_server_message(cut));
      ASSERT_EQ(code, 1U) << "cut to " << size;
    }
  }
}

// An encoder that gets no memory leaves what it was given as it was, but for the beginning of its part.
TEST(AnyBytes, AFailedEncodingCanBeDoneAgain) {
  const std::string before = "what was there";
  for (const std::string& part : vector_parts()) {
    const auto by_client = decode_client_message(part);
    const auto by_server = decode_server_message(part);
    const auto expect_again = [&before](const auto& message) {
      const std::string whole = encoded(message);
      for (std::size_t good = 0;; ++good) {
        std::string out = before;
        test::FailingAllocations failing(good, 1);
        const bool done = failing.done([&] { encode(message, out); });
        if (done) break;
        ASSERT_TRUE(out.starts_with(before) && (before + whole).starts_with(out)) << out;
        out.resize(before.size());
        encode(message, out);
        ASSERT_EQ(out, before + whole);
      }
    };
    const auto unless_fault = [&](const auto& message) {
      if constexpr (!std::is_same_v<std::decay_t<decltype(message)>, Fault>) expect_again(message);
    };
    std::visit(unless_fault, by_client);
    std::visit(unless_fault, by_server);
  }
}

// One bit wrong, at every place of every vector.
TEST(AnyBytes, FlippedBitsKeepThePromises) {
  for (const std::string& part : vector_parts()) {
    for (std::size_t bit = 0; bit < std::min<std::size_t>(part.size(), 100) * 8; ++bit) {
      std::string flipped = part;
      flipped[bit / 8] = static_cast<char>(static_cast<unsigned char>(flipped[bit / 8]) ^ (1U << (bit % 8)));
      ASSERT_EQ(broken_promise(flipped), "") << test::to_hex(part) << " bit " << bit;
    }
  }
}

RC_GTEST_PROP(AnyBytes, MutatedVectorsKeepThePromises, ()) {
  std::string part = *rc::gen::elementOf(vector_parts());
  const auto mutations = *rc::gen::inRange(1, 5);
  for (int i = 0; i < mutations; ++i) {
    const auto place = *rc::gen::inRange<std::size_t>(0, part.size() + 1);
    switch (*rc::gen::inRange(0, 4)) {
      case 0:  // some bytes more
        part.insert(place, *any_bytes());
        break;
      case 1:  // some bytes less
        part.erase(place, *rc::gen::inRange<std::size_t>(0, 9));
        break;
      case 2:  // another byte
        if (place < part.size()) part[place] = *rc::gen::arbitrary<char>();
        break;
      default:  // another message's end
        part = part.substr(0, place) + *rc::gen::elementOf(vector_parts());
    }
  }
  RC_ASSERT(broken_promise(part).empty());
}

}  // namespace
}  // namespace rollcall::wire
