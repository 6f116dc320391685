#include "replay/load_part.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "replay/load_driver.hpp"
#include "replay/sample_json.hpp"

namespace rollcall::replay {
namespace {

/// SIGINT and SIGTERM wait meanwhile; a process that is made meanwhile never gets them.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, &before_);
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_{};
};

/// The part's own side: it does what it is told over the socket.
class Follower {
 public:
  explicit Follower(LoadLine& line) : line_(line) {}

  bool stopped() {
    listen();
    return stopped_;
  }
  std::optional<core::Time> start() {
    if (!std::exchange(ready_, true)) line_.put({{"ready", true}});
    listen();
    return start_;
  }

 private:
  void listen() {
    const bool open = line_.read();
    while (const auto message = line_.next()) {
      if (message->contains("start")) start_ = core::Time{message->at("start").get<core::Time::rep>()};
      stopped_ = stopped_ || message->contains("stop");
    }
    stopped_ = stopped_ || !open;
  }

  LoadLine& line_;
  bool ready_ = false;
  bool stopped_ = false;
  std::optional<core::Time> start_;
};

void drive(const LoadPlan& share, std::uint32_t first, LoadLine& line) {
  Follower follower(line);
  LoadDriver::Lead lead;
  lead.fd = line.fd();
  lead.stopped = [&] { return follower.stopped(); };
  lead.start = [&] { return follower.start(); };
  lead.on_sample = [&](const Sample& sample, double from_s, double interval_s) {
    line.put({{"sample", sample_to_json(sample)}, {"from", from_s}, {"seconds", interval_s}});
  };
  const LoadResult result = LoadDriver(share, first, std::move(lead)).run();
  line.put({{"result", result.seconds}, {"unanswered", result.unanswered}, {"notes", result.notes}});
}

}  // namespace

LoadLine::LoadLine(LoadLine&& other) noexcept : fd_(std::exchange(other.fd_, -1)), text_(std::move(other.text_)) {}

LoadLine::~LoadLine() {
  if (fd_ >= 0) close(fd_);
}

void LoadLine::put(const nlohmann::json& message) const {
  // Texts may hold what a server said, which need not be UTF-8.
  std::string text = message.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t sent = send(fd_, text.data() + done, text.size() - done, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return;
    done += static_cast<std::size_t>(sent);
  }
}

bool LoadLine::read() {
  std::array<char, 65536> bytes;
  for (;;) {
    const ssize_t count = recv(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return count < 0 && errno == EAGAIN;
    text_.append(bytes.data(), static_cast<std::size_t>(count));
  }
}

std::optional<nlohmann::json> LoadLine::next() {
  const std::size_t end = text_.find('\n');
  if (end == std::string::npos) return std::nullopt;
  auto message = nlohmann::json::parse(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(end));
  text_.erase(0, end + 1);
  return message;
}

LoadPart fork_load_part(const LoadPlan& share, std::uint32_t first, const std::vector<LoadPart>& others) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw LoadError(LoadError::Kind::failed, std::string("cannot make another process: ") + std::strerror(errno));
  }
  LoadLine ours(ends[0]);
  LoadLine theirs(ends[1]);
  // Ctrl-C reaches every process of a terminal's foreground group: this one decides, and tells them.
  const BlockedSignals blocked;
  const pid_t pid = fork();
  if (pid < 0) {
    throw LoadError(LoadError::Kind::failed, std::string("cannot make another process: ") + std::strerror(errno));
  }
  if (pid > 0) return {pid, std::move(ours)};
  // Or the end of the first process would not be seen by the others.
  for (const LoadPart& other : others) close(other.line.fd());
  close(ours.fd());
  try {
    drive(share, first, theirs);
  } catch (const LoadError& error) {
    theirs.put({{"error", error.what()}, {"kind", error.kind()}});
  } catch (const std::exception& error) {
    theirs.put({{"error", error.what()}, {"kind", LoadError::Kind::failed}});
  }
  _exit(0);
}

}  // namespace rollcall::replay
