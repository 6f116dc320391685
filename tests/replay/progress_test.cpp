// The line that tells how a run goes (progress.hpp), on a pseudo terminal.
#include "replay/progress.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <unistd.h>

#include <stdexcept>
#include <string>

#include "replay/example_run.hpp"

namespace rollcall::replay {
namespace {

using namespace std::chrono_literals;

class Terminal {
 public:
  explicit Terminal(unsigned short columns) {
    winsize size{};
    size.ws_row = 24;
    size.ws_col = columns;
    if (openpty(&screen_, &program_, nullptr, nullptr, &size) != 0) throw std::runtime_error("no pseudo terminal");
  }
  ~Terminal() {
    close(screen_);
    close(program_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  [[nodiscard]] int fd() const { return program_; }
  /// What was written since the last call.
  [[nodiscard]] std::string written() const {
    std::string text;
    pollfd readable{screen_, POLLIN, 0};
    while (poll(&readable, 1, 0) == 1 && (readable.revents & POLLIN) != 0) {
      char buffer[4096];
      const ssize_t size = read(screen_, buffer, sizeof buffer);
      if (size <= 0) break;
      text.append(buffer, static_cast<std::size_t>(size));
    }
    return text;
  }

 private:
  int screen_ = -1;
  int program_ = -1;
};

TEST(ProgressLine, TellsTheMostImportantFirst) {
  const replay::Run run = test::example_run();
  EXPECT_EQ(progress_line(run, Language::english, 120),
            "1 min 00 s · 1,000/s · 39 errors · p99 3.55 ms · 111 connected · 59,961 replies");
  EXPECT_EQ(progress_line(run, Language::portuguese, 120),
            "1 min 00 s · 1.000/s · 39 erros · p99 3,55 ms · 111 conectados · 59.961 respostas");
}

TEST(ProgressLine, IsNeverWiderThanTheTerminal) {
  const replay::Run run = test::example_run();
  EXPECT_EQ(progress_line(run, Language::english, 32), "1 min 00 s · 1,000/s · 39 errors");
  EXPECT_EQ(progress_line(run, Language::english, 31), "1 min 00 s · 1,000/s");
  EXPECT_EQ(progress_line(run, Language::english, 3), "");
}

TEST(ProgressLine, OfARunThatHasJustBegun) {
  EXPECT_EQ(progress_line(replay::Run{}, Language::english, 80), "0.0 s · 0/s · 0 errors · 0 replies");
}

TEST(Progress, WritesOverItselfFourTimesASecondAndGoesAway) {
  const Terminal terminal(60);
  const replay::Run run = test::example_run();
  const Progress::Clock::time_point start{};
  {
    Progress progress(terminal.fd(), Language::english);
    progress.show(run, start);
    EXPECT_EQ(terminal.written(), "\r\x1b[K" + progress_line(run, Language::english, 59));
    progress.show(run, start + 249ms);
    EXPECT_EQ(terminal.written(), "");
    progress.show(run, start + 250ms);
    EXPECT_NE(terminal.written(), "");
    progress.clear();
    EXPECT_EQ(terminal.written(), "\r\x1b[K");
    progress.show(run, start + 500ms);
    EXPECT_NE(terminal.written(), "");
  }
  EXPECT_EQ(terminal.written(), "\r\x1b[K");
}

TEST(Progress, IsSilentWithoutATerminal) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
  {
    Progress progress(ends[1], Language::english);
    progress.show(test::example_run(), Progress::Clock::time_point{});
    progress.clear();
  }
  close(ends[1]);
  char byte = 0;
  EXPECT_EQ(read(ends[0], &byte, 1), 0);
  close(ends[0]);
}

}  // namespace
}  // namespace rollcall::replay
