#include "replay/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <string_view>
#include <vector>

#include "common/number_text.hpp"
#include "wire/utf8.hpp"

namespace rollcall::replay {

namespace {

constexpr std::string_view erase_line = "\r\x1b[K";
constexpr std::size_t columns_default = 80;

std::size_t columns_of(int fd) {
  winsize size{};
  return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : columns_default;
}

/// Of text without wide characters, as all of ours is.
std::size_t width(std::string_view text) {
  std::size_t columns = 0;
  while (const auto point = wire::first_code_point(text)) {
    text.remove_prefix(point->size);
    ++columns;
  }
  return columns;
}

/// A terminal that takes nothing for now misses a line, and a run does not wait for it.
void put(int fd, std::string_view text) noexcept {
  [[maybe_unused]] const ssize_t written = write(fd, text.data(), text.size());
}

}  // namespace

std::string progress_line(const Run& run, Language language, std::size_t columns) {
  const auto say = [&](std::string_view portuguese, std::string_view english) {
    return language == Language::english ? english : portuguese;
  };
  const auto number = [&](std::uint64_t value) { return tools::grouped(value, language); };
  // The most important first: a narrow terminal shows as many as it has room for.
  std::vector<std::string> parts = {elapsed_text(run.seconds, language)};
  const Run::Interval last = run.intervals.empty() ? Run::Interval{} : run.intervals.back();
  const double rate = last.seconds > 0 ? static_cast<double>(last.replies) / last.seconds : 0;
  parts.push_back(rate_text(rate, language) + "/s");
  parts.push_back(fmt::format("{} {}", number(run.total.errors_total()), say("erros", "errors")));
  if (last.replies > 0) parts.push_back("p99 " + duration_text(last.p99_ms * ns_per_ms, language));
  if (run.total.count) parts.push_back(fmt::format("{} {}", number(*run.total.count), say("conectados", "connected")));
  parts.push_back(fmt::format("{} {}", number(run.total.replies), say("respostas", "replies")));
  std::string line;
  for (const std::string& part : parts) {
    std::string longer = line.empty() ? part : line + " · " + part;
    if (width(longer) > columns) break;
    line = std::move(longer);
  }
  return line;
}

Progress::Progress(int fd, Language language) noexcept : fd_(fd), language_(language), terminal_(isatty(fd) == 1) {}

Progress::~Progress() { clear(); }

void Progress::show(const Run& run, Clock::time_point now) {
  if (!terminal_ || (shown_at_ && now - *shown_at_ < pause)) return;
  shown_at_ = now;
  // One column is left free: a full line wraps on some terminals, and could then not be taken away.
  put(fd_, std::string(erase_line) + progress_line(run, language_, columns_of(fd_) - 1));
  visible_ = true;
}

void Progress::clear() noexcept {
  if (!visible_) return;
  put(fd_, erase_line);
  visible_ = false;
}

}  // namespace rollcall::replay
