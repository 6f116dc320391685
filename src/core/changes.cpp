#include "core/changes.hpp"

#include <algorithm>
#include <charconv>

namespace rollcall::core {

AddressText::AddressText(const Address& address) noexcept {
  constexpr std::size_t port_digits_max = 10;
  const bool is_ip6 = address.host.find(':') != std::string::npos;
  if (is_ip6) append("[");
  append(std::string_view(address.host).substr(0, text_.size() - port_digits_max - 3));
  append(is_ip6 ? "]:" : ":");
  std::array<char, port_digits_max> digits{};
  const auto written = std::to_chars(digits.begin(), digits.end(), address.port);
  append({digits.data(), static_cast<std::size_t>(written.ptr - digits.data())});
}

void AddressText::append(std::string_view text) noexcept {
  std::copy(text.begin(), text.end(), text_.begin() + size_);
  size_ = static_cast<std::uint8_t>(size_ + text.size());
}

}  // namespace rollcall::core
