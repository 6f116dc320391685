#include "zmtp.hpp"

namespace bench::zmtp {
namespace {

constexpr unsigned more_flag = 1;
constexpr unsigned long_flag = 2;
constexpr unsigned command_flag = 4;
constexpr std::size_t short_body_max = 255;

void append_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out.push_back(static_cast<char>((value >> shift) & 0xFFU));
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = (value << 8U) | static_cast<unsigned char>(byte);
  return value;
}

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
  append_big_endian(body, socket_type.size(), 4);
  body += socket_type;
  std::string frame;
  append_frame(frame, body, false, true);
  return frame;
}

void append_frame(std::string& out, std::string_view body, bool more, bool command) {
  const bool is_long = body.size() > short_body_max;
  out.push_back(
      static_cast<char>((more ? more_flag : 0U) | (is_long ? long_flag : 0U) | (command ? command_flag : 0U)));
  append_big_endian(out, body.size(), is_long ? 8 : 1);
  out += body;
}

std::optional<Frame> take_frame(std::string_view& bytes) {
  if (bytes.size() < 2) return std::nullopt;
  const auto flags = static_cast<unsigned char>(bytes[0]);
  const bool is_long = (flags & long_flag) != 0;
  const std::size_t head = is_long ? 9 : 2;
  if (bytes.size() < head) return std::nullopt;
  const std::uint64_t size = is_long ? big_endian(bytes.substr(1, 8)) : static_cast<unsigned char>(bytes[1]);
  if (bytes.size() - head < size) return std::nullopt;
  const Frame frame{(flags & more_flag) != 0, (flags & command_flag) != 0, bytes.substr(head, size)};
  bytes.remove_prefix(head + size);
  return frame;
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
