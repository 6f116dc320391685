#include "zmtp.hpp"

#include "wire/reader.hpp"

namespace bench::zmtp {
namespace {

namespace wire = rollcall::wire;

constexpr unsigned more_flag = 1;
constexpr unsigned long_flag = 2;
constexpr unsigned command_flag = 4;
constexpr std::size_t short_body_max = 255;

}  // namespace

std::string greeting(bool as_server) {
  std::string bytes("\xff\0\0\0\0\0\0\0\x01\x7f\x03\x01NULL", 16);
  bytes.resize(greeting_bytes, '\0');
  bytes[32] = as_server ? '\x01' : '\0';
  return bytes;
}

std::string ready(std::string_view socket_type) {
  constexpr std::string_view name = "Socket-Type";
  std::string body("\x05READY");
  body.push_back(static_cast<char>(name.size()));
  body += name;
  wire::put_number(body, static_cast<std::uint32_t>(socket_type.size()));
  body += socket_type;
  std::string frame;
  append_frame(frame, body, false, true);
  return frame;
}

void append_frame(std::string& out, std::string_view body, bool more, bool command) {
  const bool is_long = body.size() > short_body_max;
  out.push_back(
      static_cast<char>((more ? more_flag : 0U) | (is_long ? long_flag : 0U) | (command ? command_flag : 0U)));
  if (is_long) {
    wire::put_number(out, static_cast<std::uint64_t>(body.size()));
  } else {
    wire::put_number(out, static_cast<std::uint8_t>(body.size()));
  }
  out += body;
}

std::optional<Frame> take_frame(std::string_view& bytes) {
  wire::Reader reader(bytes);
  const unsigned flags = reader.number<std::uint8_t>();
  const bool is_long = (flags & long_flag) != 0;
  const std::uint64_t size = is_long ? reader.number<std::uint64_t>() : reader.number<std::uint8_t>();
  const std::string_view body = reader.take(size);
  if (reader.failed()) return std::nullopt;
  bytes = reader.rest();
  return Frame{(flags & more_flag) != 0, (flags & command_flag) != 0, body};
}

std::optional<std::string> pong_for(std::string_view command) {
  constexpr std::string_view ping("\x04PING");
  constexpr std::size_t ttl_bytes = 2;
  if (!command.starts_with(ping) || command.size() < ping.size() + ttl_bytes) return std::nullopt;
  std::string frame;
  append_frame(frame, std::string("\x04PONG") + std::string(command.substr(ping.size() + ttl_bytes)), false, true);
  return frame;
}

}  // namespace bench::zmtp
