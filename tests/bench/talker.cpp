#include "talker.hpp"

#include <charconv>

#include "wire/reader.hpp"
#include "zmtp.hpp"

namespace bench {
namespace {

namespace wire = rollcall::wire;

constexpr std::size_t type_offset = 1;
constexpr std::size_t id_offset_in_part = 2;

template <typename Message>
std::string framed(const Message& message) {
  std::string part;
  wire::encode(message, part);
  std::string frame;
  zmtp::append_frame(frame, part);
  return frame;
}

}  // namespace

Requests::Requests(Protocol protocol, std::string_view text, std::uint32_t window_max) : protocol_(protocol) {
  std::string one;
  if (protocol == Protocol::full) {
    one = framed(wire::Request{0, text});
    first_ = framed(wire::Hello{});
  } else {
    if (protocol == Protocol::delimited) zmtp::append_frame(one, {}, true);
    zmtp::append_frame(one, text);
    first_ = one;
  }
  request_bytes_ = one.size();
  for (std::uint32_t i = 0; i < window_max; ++i) many_ += one;
}

std::string_view Requests::make(std::uint32_t count, std::uint64_t next_id) {
  if (protocol_ == Protocol::full) {
    const std::size_t head = many_[0] == 0 ? 2 : 9;
    std::string id;
    for (std::uint32_t i = 0; i < count; ++i) {
      id.clear();
      wire::put_number(id, next_id + i);
      many_.replace(i * request_bytes_ + head + id_offset_in_part, id.size(), id);
    }
  }
  return std::string_view(many_).substr(0, count * request_bytes_);
}

Requests::Answer Requests::answer(std::string_view body) const {
  if (protocol_ != Protocol::full) return body.starts_with("ERROR ") ? Answer::error : Answer::reply;
  if (body.size() <= type_offset) return Answer::error;
  const auto type = static_cast<wire::Type>(static_cast<unsigned char>(body[type_offset]));
  if (type == wire::Type::welcome) return Answer::welcome;
  return type == wire::Type::reply ? Answer::reply : Answer::error;
}

std::uint32_t Requests::count_in(std::string_view body) const {
  if (protocol_ == Protocol::full) {
    const auto message = wire::decode_server_message(body);
    const auto* reply = std::get_if<wire::Reply>(&message);
    return reply == nullptr ? 0 : reply->count;
  }
  std::uint32_t count = 0;
  const std::string_view digits = body.substr(body.find_last_of(' ') + 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), count);
  return count;
}

}  // namespace bench
