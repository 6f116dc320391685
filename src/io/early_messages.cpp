#include "io/early_messages.hpp"

#include <utility>

namespace rollcall::io {
namespace {

// One connection for each endpoint can be early, with a window of requests; the rest is room for those who forge ids.
constexpr std::size_t messages_max = 1024;
constexpr std::size_t bytes_max = std::size_t{16} << 20U;

}  // namespace

bool EarlyMessages::keep(Frontend::Incoming& incoming, core::Time since) {
  const std::size_t bytes = incoming.part.size();
  if (messages_.size() >= messages_max || bytes_ + bytes > bytes_max) return false;
  bytes_ += bytes;
  messages_.push_back({since, std::move(incoming)});
  return true;
}

std::vector<EarlyMessages::Message> EarlyMessages::take_all() {
  bytes_ = 0;
  return std::exchange(messages_, {});
}

}  // namespace rollcall::io
