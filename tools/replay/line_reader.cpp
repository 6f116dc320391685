#include "replay/line_reader.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>

namespace rollcall::replay {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{64} << 10U;

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

/// A descriptor that is closed with its last user; standard input stays open.
struct Descriptor {
  explicit Descriptor(const std::string& path)
      : fd(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (fd < 0) fail("cannot open it");
  }
  ~Descriptor() {
    if (fd != STDIN_FILENO) ::close(fd);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int fd;
};

}  // namespace

LineReader::Source file_source(const std::string& path) {
  return [file = std::make_shared<Descriptor>(path)](char* buffer, std::size_t size) {
    while (true) {
      const ssize_t got = ::read(file->fd, buffer, size);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) fail("cannot read it");
    }
  };
}

LineReader::LineReader(Source source, std::size_t line_bytes_max)
    : source_(std::move(source)), line_bytes_max_(line_bytes_max), buffer_(buffer_bytes) {}

bool LineReader::fill() {
  begin_ = 0;
  end_ = source_(buffer_.data(), buffer_.size());
  return end_ > 0;
}

std::optional<std::string_view> LineReader::next() {
  if (std::exchange(partial_given_, false)) partial_ = {};
  ++line_;
  const auto without_return = [](std::string_view text) {
    if (text.ends_with('\r')) text.remove_suffix(1);
    return text;
  };
  const auto check = [this](std::size_t bytes) {
    if (bytes > line_bytes_max_) throw LineError(line_, "the line is too long");
  };
  while (true) {
    const char* first = buffer_.data() + begin_;
    const auto* newline = static_cast<const char*>(begin_ == end_ ? nullptr : std::memchr(first, '\n', end_ - begin_));
    const std::size_t size = newline == nullptr ? end_ - begin_ : static_cast<std::size_t>(newline - first);
    const std::string_view text(first, size);
    check(partial_.size() + size);
    if (newline != nullptr) {
      begin_ += size + 1;
      if (partial_.empty()) return without_return(text);
      partial_ += text;
      partial_given_ = true;
      return without_return(partial_);
    }
    partial_ += text;
    if (fill()) continue;
    if (partial_.empty()) return std::nullopt;
    partial_given_ = true;
    return without_return(partial_);
  }
}

}  // namespace rollcall::replay
