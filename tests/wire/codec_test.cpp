// The codec against the clauses of PROTOCOL.md, by hand; proto/vectors has the long lists.
#include "wire/codec.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "support/hex.hpp"
#include "support/wire_messages.hpp"

namespace rollcall::wire {
namespace {

using test::encoded;
using test::fault_code;
using test::from_hex;
using test::to_hex;

constexpr auto u64_max = std::numeric_limits<std::uint64_t>::max();

/// The code of the fault in a client's bytes, by name; "ok" when they are a message.
std::string_view client_fault(std::string_view hex) {
  const unsigned code = fault_code(decode_client_message(from_hex(hex)));
  return code == 0 ? "ok" : error_name(static_cast<ErrorCode>(code));
}
std::string_view server_fault(std::string_view hex) {
  const unsigned code = fault_code(decode_server_message(from_hex(hex)));
  return code == 0 ? "ok" : error_name(static_cast<ErrorCode>(code));
}

/// Decodes `part`, which must be a Message and outlive the result.
template <typename Message>
Message from_client(const std::string& part) {
  return std::get<Message>(decode_client_message(part));
}
template <typename Message>
Message from_server(const std::string& part) {
  return std::get<Message>(decode_server_message(part));
}

// Section 3: "The first byte of the part tells the two kinds apart: 0x20 and above is plain text, 0x01 is a message of
// this version. All other first bytes are error 2."
TEST(Framing, FirstByteTellsTheKind) {
  for (unsigned first = 0; first <= 0xFF; ++first) {
    const std::string part(1, static_cast<char>(first));
    const auto message = decode_client_message(part);
    SCOPED_TRACE(first);
    if (first >= 0x20 && first < 0x80) {
      EXPECT_EQ(std::get<Plain>(message).text, part);
    } else if (first >= 0x80) {
      EXPECT_EQ(fault_code(message), 6U);  // plain text, but half a character
    } else {
      EXPECT_EQ(fault_code(message), first == 0x01 ? 1U : 2U);  // 1: the type is missing
    }
    EXPECT_EQ(fault_code(decode_server_message(part)), fault_code(message));
  }
}

// Section 3: "Numbers are unsigned and big-endian."
TEST(Framing, NumbersAreBigEndian) {
  const std::string part = from_hex("01 04 0102030405060708 090a");
  const auto query = from_client<RosterQuery>(part);
  EXPECT_EQ(query.cursor, 0x0102030405060708U);
  EXPECT_EQ(query.limit, 0x090AU);
  EXPECT_EQ(to_hex(encoded(RosterQuery{0x0102030405060708U, 0x090AU})), to_hex(part));
}

// Section 3: "string = u16 *OCTET ; length in bytes, then that many bytes of UTF-8"
TEST(Framing, StringsHaveA16BitLengthInBytes) {
  const std::string part = encoded(Closing{ClosingReason::evicted, 0, "é"});
  EXPECT_EQ(to_hex(part), "018703000000000002c3a9");
  const std::string longest(65535, 'x');
  const std::string long_part = encoded(Closing{ClosingReason::evicted, 0, longest});
  EXPECT_EQ(from_server<Closing>(long_part).text, longest);
}

TEST(Framing, EncodingAppends) {
  std::string out = "before";
  encode(Bye{}, out);
  EXPECT_EQ(out, "before\x01\x03");
}

TEST(Framing, TextAndBodiesPointIntoThePart) {
  const std::string part = from_hex("01 02 0000000000000001 616263");
  const auto request = from_client<Request>(part);
  EXPECT_EQ(static_cast<const void*>(request.body.data()), part.data() + 10);
}

// Section 4: "hello-flags = u8 ; bit 0: token follows, bit 1: metadata follows"
TEST(Hello, FlagsSayWhatFollows) {
  std::string part = from_hex("01 01 00 0003 616e61");
  EXPECT_EQ(from_client<Hello>(part).name, "ana");
  EXPECT_FALSE(from_client<Hello>(part).token.has_value());
  EXPECT_EQ(from_client<Hello>(part).metadata.size(), 0);

  part = from_hex("01 01 01 0000 000102030405060708090a0b0c0d0e0f");
  EXPECT_EQ(from_client<Hello>(part).token, (Token{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}));

  part = from_hex("01 01 02 0000 01 0001 6b 0002 7631");
  const auto metadata = from_client<Hello>(part).metadata;
  ASSERT_EQ(metadata.size(), 1);
  metadata.for_each([](const MetadataPair& pair) { EXPECT_EQ(pair, (MetadataPair{"k", "v1"})); });
}

// Section 4: "metadata = u8 1*16(key value)"; without pairs the flag is left out.
TEST(Hello, MetadataHasAPairAtLeast) { EXPECT_EQ(client_fault("01 01 02 0000 00"), "INVALID_VALUE"); }

// Section 4: "name = string ; 0 to 128 bytes"; bytes, not characters.
TEST(Hello, NameIsBounded) {
  for (const std::string_view unit : {"n", "é"}) {
    std::string name;
    while (name.size() < name_bytes_max) name += unit;
    const std::string good = encoded(Hello{name, {}, {}});
    EXPECT_EQ(from_client<Hello>(good).name, name);
    name += unit;
    EXPECT_EQ(fault_code(decode_client_message(encoded(Hello{name, {}, {}}))), 8U);
  }
}

/// The fault code of a HELLO with these pairs: 0 when it is a message.
unsigned fault_of_metadata(const std::vector<MetadataPair>& pairs) {
  std::string bytes;
  for (const MetadataPair& pair : pairs) pack_item(pair, bytes);
  const Hello hello{"", {}, {bytes, static_cast<std::uint16_t>(pairs.size())}};
  return fault_code(decode_client_message(encoded(hello)));
}

// Section 4: "metadata = u8 *16(key value) ; at most 2,048 bytes in all", "key = string ; 1 to 64 bytes"
TEST(Hello, MetadataIsBounded) {
  EXPECT_EQ(fault_of_metadata(std::vector<MetadataPair>(16, {"k", ""})), 0U);
  EXPECT_EQ(fault_of_metadata(std::vector<MetadataPair>(17, {"k", ""})), 8U);
  const std::string key(65, 'k');
  EXPECT_EQ(fault_of_metadata({{std::string_view(key).substr(1), ""}}), 0U);
  EXPECT_EQ(fault_of_metadata({{key, ""}}), 8U);
  EXPECT_EQ(fault_of_metadata({{"", "v"}}), 7U);
  const std::string value(2043, 'v');  // a count of 1 byte, a key of 2 + 1, a value of 2 + 2042: 2,048
  EXPECT_EQ(fault_of_metadata({{"k", std::string_view(value).substr(1)}}), 0U);
  EXPECT_EQ(fault_of_metadata({{"k", value}}), 8U);
}

// The bound holds wherever in a pair it is passed.
TEST(Hello, MetadataBoundHoldsAtEveryByte) {
  const std::string filler(2048, 'v');
  const std::string key(64, 'k');
  for (std::size_t first = 1900; first <= 2048; ++first) {
    for (const std::size_t second : {1U, 10U, 64U}) {
      const std::size_t total = 1 + (2 + 1 + 2 + first) + (2 + second + 2 + 3);
      const auto code = fault_of_metadata(
          {{"k", std::string_view(filler).substr(0, first)}, {std::string_view(key).substr(0, second), "end"}});
      EXPECT_EQ(code, total <= metadata_bytes_max ? 0U : 8U) << first << " " << second;
    }
  }
}

// Section 4.2: an id of 0 is error 12, which is the session's to find: the bytes are a message.
TEST(Request, IdsAndBodiesAreNotJudged) {
  for (const std::uint64_t id : {std::uint64_t{0}, std::uint64_t{1}, u64_max}) {
    for (const std::string_view body : {std::string_view(), std::string_view("\0\xff\xc0", 3)}) {
      const std::string part = encoded(Request{id, body});
      EXPECT_EQ(from_client<Request>(part).id, id);
      EXPECT_EQ(from_client<Request>(part).body, body);
    }
  }
}

// Section 7, error 3: "no such message, or not in this direction"
TEST(Types, OnlyThoseOfTheDirection) {
  for (unsigned type = 0; type <= 0xFF; ++type) {
    const std::string part{'\x01', static_cast<char>(type)};
    const bool clients = type >= 0x01 && type <= 0x05;
    const bool servers = type >= 0x81 && type <= 0x87 && type != 0x83;
    EXPECT_EQ(fault_code(decode_client_message(part)) == 3U, !clients) << type;
    EXPECT_EQ(fault_code(decode_server_message(part)) == 3U, !servers) << type;
  }
}

// Section 7, error 4: "a flag bit that this version does not define"
TEST(Flags, UnknownBitsAreRefused) {
  for (unsigned flags = 0; flags <= 0xFF; ++flags) {
    const std::string hex = to_hex(std::string(1, static_cast<char>(flags)));
    SCOPED_TRACE(hex);
    EXPECT_EQ(client_fault("0101" + hex) == "UNKNOWN_FLAG", flags > 3);
    EXPECT_EQ(client_fault("0105" + hex) == "UNKNOWN_FLAG", flags > 1);
    EXPECT_EQ(server_fault("0181" + hex) == "UNKNOWN_FLAG", flags > 1);
    EXPECT_EQ(server_fault("0184" + hex) == "UNKNOWN_FLAG", flags > 1);
  }
}

// Section 3: "bytes after a message's last field are error 5"
TEST(Trailing, IsRefusedWhereAMessageHasAnEnd) {
  const std::string tail = "00";
  EXPECT_EQ(client_fault("01 01 00 0000" + tail), "TRAILING_BYTES");
  EXPECT_EQ(client_fault("01 03" + tail), "TRAILING_BYTES");
  EXPECT_EQ(client_fault("01 04 0000000000000000 0000" + tail), "TRAILING_BYTES");
  EXPECT_EQ(client_fault("01 05 00 0000000000000000" + tail), "TRAILING_BYTES");
  for (const std::string& part : {encoded(Welcome{false, {}, 1, 0, 0, 0, 0}), encoded(Roster{}), encoded(Event{}),
                                  encoded(Error{}), encoded(Closing{})}) {
    EXPECT_EQ(server_fault(to_hex(part)), "ok");
    EXPECT_EQ(server_fault(to_hex(part) + tail), "TRAILING_BYTES");
  }
}

// Section 5: "window ; 1 or more", kinds 1 to 3, "reason ; of a leave: 1 to 5, else 0", section 7's codes, reasons 1
// to 3.
TEST(Values, OutsideTheirRangesAreRefused) {
  EXPECT_EQ(fault_code(decode_server_message(encoded(Welcome{}))), 7U);
  for (unsigned kind = 0; kind <= 0xFF; ++kind) {
    for (unsigned reason = 0; reason <= 7; ++reason) {
      Event event;
      event.kind = static_cast<EventKind>(kind);
      event.reason = static_cast<LeaveReason>(reason);
      const bool good = kind == 2 ? reason >= 1 && reason <= 5 : (kind == 1 || kind == 3) && reason == 0;
      EXPECT_EQ(fault_code(decode_server_message(encoded(event))), good ? 0U : 7U) << kind << " " << reason;
    }
    Closing closing;
    closing.reason = static_cast<ClosingReason>(kind);
    EXPECT_EQ(fault_code(decode_server_message(encoded(closing))), kind >= 1 && kind <= 3 ? 0U : 7U) << kind;
  }
  for (unsigned code = 0; code <= 300; ++code) {
    const Error error{1, static_cast<ErrorCode>(code), ""};
    EXPECT_EQ(fault_code(decode_server_message(encoded(error))), code >= 1 ? 0U : 7U) << code;
  }
}

// Sections 4 and 10: a name has at most 128 bytes, whoever sends it.
TEST(Values, NamesOfEntriesAndEventsAreBounded) {
  const std::string name(name_bytes_max + 1, 'n');
  for (const std::size_t size : {name_bytes_max, name_bytes_max + 1}) {
    const unsigned expected = size > name_bytes_max ? 8U : 0U;
    Event event;
    event.name = std::string_view(name).substr(0, size);
    EXPECT_EQ(fault_code(decode_server_message(encoded(event))), expected);
    std::string entries;
    pack_item(RosterEntry{1, 2, 3, 4, event.name, "an address may be longer"}, entries);
    EXPECT_EQ(fault_code(decode_server_message(encoded(Roster{false, 1, 1, 0, {entries, 1}}))), expected);
  }
}

// Section 7: "When several things are wrong with a message, the one that a reader from left to right finds first is
// reported."
TEST(FirstFault, Wins) {
  EXPECT_EQ(client_fault("02 ff"), "UNKNOWN_VERSION");                          // before the type
  EXPECT_EQ(client_fault("01 06 00"), "UNKNOWN_TYPE");                          // before trailing bytes
  EXPECT_EQ(client_fault("01 01 04"), "UNKNOWN_FLAG");                          // before the missing name
  EXPECT_EQ(client_fault("01 01 00 0081 ff"), "TOO_LARGE");                     // the length before its bytes
  EXPECT_EQ(client_fault("01 01 01 0001 ff 00"), "INVALID_TEXT");               // the name before the token
  EXPECT_EQ(client_fault("01 01 00 0002 ff"), "MALFORMED");                     // no text is there to be judged
  EXPECT_EQ(client_fault("01 01 02 0000 11"), "TOO_LARGE");                     // 17 pairs, before there are none
  EXPECT_EQ(client_fault("01 01 02 0000 01 0000 0001"), "INVALID_VALUE");       // an empty key before its value
  EXPECT_EQ(client_fault("01 01 02 0000 01 0001 ff 0001"), "INVALID_TEXT");     // a key before its value
  EXPECT_EQ(client_fault("01 01 02 0000 01 0001 6b ffff ff"), "TOO_LARGE");     // more than metadata may have
  EXPECT_EQ(client_fault("01 01 00 0001 ff 00"), "INVALID_TEXT");               // before trailing bytes
  EXPECT_EQ(server_fault("01 85 04"), "INVALID_VALUE");                         // the kind before the reason
  EXPECT_EQ(server_fault("01 86 0000000000000001 0000"), "INVALID_VALUE");      // the code before its text
  EXPECT_EQ(server_fault("01 87 00 00000000 0001 ff 00"), "INVALID_VALUE");     // the reason before all else
  EXPECT_EQ(server_fault("01 81 00" + std::string(40, '0')), "INVALID_VALUE");  // a window of 0 before the rest
}

// Section 6: plain-error = "ERROR " 1*DIGIT " " 1*(ALPHA / "_") ": " *OCTET
TEST(PlainMode, ErrorsAreText) {
  std::string part;
  encode_plain_error(Error{7, ErrorCode::hello_required, "say HELLO first"}, part);
  EXPECT_EQ(part, "ERROR 11 HELLO_REQUIRED: say HELLO first");
  EXPECT_EQ(from_server<Plain>(part).text, part);
}

// Section 7: the table of names.
TEST(ErrorNames, AreThoseOfTheTable) {
  EXPECT_EQ(error_name(ErrorCode::malformed), "MALFORMED");
  EXPECT_EQ(error_name(ErrorCode::busy), "BUSY");
  EXPECT_EQ(error_name(ErrorCode::unauthorized), "UNAUTHORIZED");
  EXPECT_EQ(error_name(ErrorCode{0}), "UNASSIGNED");
  EXPECT_EQ(error_name(ErrorCode::reply_lost), "REPLY_LOST");
  EXPECT_EQ(error_name(ErrorCode{24}), "UNASSIGNED");
  EXPECT_EQ(error_name(ErrorCode{0xFFFF}), "UNASSIGNED");
}

// Section 7, error 2 and others: whatever the fault, it says what is wrong, for the text of the ERROR.
TEST(Faults, SayWhat) {
  for (const std::string_view hex : {"", "00", "01", "0106", "010104", "010300", "80", "0101000081"}) {
    const std::string part = from_hex(hex);
    EXPECT_FALSE(std::get<Fault>(decode_client_message(part)).what.empty()) << hex;
  }
}

}  // namespace
}  // namespace rollcall::wire
