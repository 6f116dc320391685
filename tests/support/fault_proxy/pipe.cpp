#include "pipe.hpp"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace rollcall::test {
namespace {

constexpr std::uint64_t held_bytes_max = std::uint64_t{256} << 10U;

std::uint64_t unread_bytes(int socket) {
  int bytes = 0;
  return ioctl(socket, FIONREAD, &bytes) == 0 && bytes > 0 ? static_cast<std::uint64_t>(bytes) : 0;
}

}  // namespace

void Pipe::treat(Treatment treatment, int source) {
  if (treatment_.fault == Fault::stall) tally_->of(Fault::stall).bytes += unread_bytes(source) + held_bytes_;
  treatment_ = treatment;
}

bool Pipe::wants_read() const noexcept {
  return !ended_ && treatment_.fault != Fault::stall && held_bytes_ < held_bytes_max;
}

Time Pipe::due() const noexcept {
  const bool idle = chunks_.empty() && !(ended_ && !end_passed_on_);
  if (idle || blocked_ || treatment_.fault == Fault::stall || treatment_.fault == Fault::swallow) return Time{0};
  const Time chunk = chunks_.empty() ? Time{1} : std::max(chunks_.front().due, Time{1});
  return treatment_.fault == Fault::drip ? std::max(chunk, next_drip_) : chunk;
}

Pipe::Result Pipe::read(int source, Time now) {
  static std::array<char, 65536> buffer;
  const ssize_t count = recv(source, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (count < 0) return errno == EAGAIN || errno == EINTR ? Result::ok : Result::broken;
  if (count == 0) {
    ended_ = true;
    return Result::ok;
  }
  const auto bytes = static_cast<std::uint64_t>(count);
  if (treatment_.fault != Fault::none) tally_->of(treatment_.fault).bytes += bytes;
  if (treatment_.fault == Fault::swallow) {
    lost_bytes_ = true;
    return Result::ok;
  }
  const Time due = treatment_.fault == Fault::delay ? now + treatment_.pause : now;
  chunks_.push_back({due, std::string(buffer.data(), bytes)});
  held_bytes_ += bytes;
  return Result::ok;
}

Pipe::Result Pipe::write(int destination, Time now) {
  blocked_ = false;
  if (treatment_.fault == Fault::stall || treatment_.fault == Fault::swallow) return Result::ok;
  const bool drips = treatment_.fault == Fault::drip;
  while (!chunks_.empty() && chunks_.front().due <= now && !(drips && now < next_drip_)) {
    const std::string& bytes = chunks_.front().bytes;
    const std::size_t size = drips ? 1 : bytes.size() - written_;
    const ssize_t count = send(destination, bytes.data() + written_, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0) {
      blocked_ = errno == EAGAIN;
      return blocked_ || errno == EINTR ? Result::ok : Result::broken;
    }
    written_ += static_cast<std::size_t>(count);
    held_bytes_ -= static_cast<std::uint64_t>(count);
    passed_bytes_ += static_cast<std::uint64_t>(count);
    if (written_ == bytes.size()) {
      chunks_.pop_front();
      written_ = 0;
    }
    if (drips) next_drip_ = now + treatment_.pause;
  }
  if (ended_ && chunks_.empty() && !end_passed_on_) {
    end_passed_on_ = true;
    shutdown(destination, SHUT_WR);
  }
  return Result::ok;
}

}  // namespace rollcall::test
