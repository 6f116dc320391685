// Every vector of proto/vectors against the codec.
#include "support/vectors.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "support/wire_messages.hpp"

namespace rollcall::wire {
namespace {

using nlohmann::json;
using test::describe;
using test::encoded;
using test::from_hex;
using test::to_hex;

struct Decoded {
  json message;
  std::string encoded_again;
};

Decoded decode(const std::string& direction, const std::string& part) {
  if (direction == "client") {
    const auto message = decode_client_message(part);
    return {describe(message), encoded(message)};
  }
  EXPECT_EQ(direction, "server");
  const auto message = decode_server_message(part);
  return {describe(message), encoded(message)};
}

/// What the decoder is to say of a vector's message: a plain error is plain text to it.
json expected_message(const json& vector, const std::string& part) {
  const json& message = vector.at("message");
  return message.at("type") == "plain_error" ? json{{"type", "plain"}, {"text", part}} : message;
}

TEST(Vectors, EveryMessageDecodesToItsFields) {
  for (const json& vector : test::load_vectors("messages.json")) {
    SCOPED_TRACE(vector.at("name").get<std::string>());
    const std::string part = from_hex(vector.at("hex").get<std::string>());
    EXPECT_EQ(decode(vector.at("direction"), part).message, expected_message(vector, part));
  }
}

TEST(Vectors, EveryMessageEncodesToItsBytes) {
  for (const json& vector : test::load_vectors("messages.json")) {
    SCOPED_TRACE(vector.at("name").get<std::string>());
    const std::string hex = vector.at("hex");
    const std::string again = decode(vector.at("direction"), from_hex(hex)).encoded_again;
    EXPECT_EQ(to_hex(again), hex);
  }
}

TEST(Vectors, PlainErrorsEncodeToTheirBytes) {
  std::size_t seen = 0;
  for (const json& vector : test::load_vectors("messages.json")) {
    const json& message = vector.at("message");
    if (message.at("type") != "plain_error") continue;
    SCOPED_TRACE(vector.at("name").get<std::string>());
    ++seen;
    const std::string text = message.at("text");
    std::string part;
    encode_plain_error(Error{0, message.at("code").get<ErrorCode>(), text}, part);
    EXPECT_EQ(to_hex(part), vector.at("hex"));
    EXPECT_EQ(error_name(message.at("code").get<ErrorCode>()), message.at("code_name"));
  }
  EXPECT_GT(seen, 0U);
}

TEST(Vectors, EveryErrorGivesItsCode) {
  for (const json& vector : test::load_vectors("errors.json")) {
    SCOPED_TRACE(vector.at("name").get<std::string>());
    const json expected = {{"type", "fault"}, {"code", vector.at("code")}, {"code_name", vector.at("code_name")}};
    EXPECT_EQ(decode(vector.at("direction"), from_hex(vector.at("hex").get<std::string>())).message, expected);
  }
}

TEST(Vectors, NamesAreUniqueAndEveryTypeAndCodeOccurs) {
  std::set<std::string> names;
  std::set<std::string> types;
  std::set<unsigned> codes_in_errors;
  for (const json& vector : test::load_vectors("messages.json")) {
    EXPECT_TRUE(names.insert(vector.at("name")).second) << vector.at("name");
    const json& message = vector.at("message");
    types.insert(message.at("type").get<std::string>());
    if (message.at("type") == "error") codes_in_errors.insert(message.at("code").get<unsigned>());
  }
  EXPECT_EQ(types.size(), 13U);                            // the 11 of sections 4 and 5, and the two of plain mode
  EXPECT_EQ(codes_in_errors.size(), error_code_max + 1U);  // and one that no version has yet

  std::set<std::string> codes_by_direction;
  names.clear();
  for (const json& vector : test::load_vectors("errors.json")) {
    EXPECT_TRUE(names.insert(vector.at("name")).second) << vector.at("name");
    codes_by_direction.insert(vector.at("direction").get<std::string>() + vector.at("code").dump());
  }
  EXPECT_EQ(codes_by_direction.size(), 16U);  // codes 1 to 8 in both directions
}

}  // namespace
}  // namespace rollcall::wire
