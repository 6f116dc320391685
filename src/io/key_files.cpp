#include "io/key_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>
#include <variant>

namespace rollcall::io {
namespace {

constexpr std::size_t file_bytes_max = std::size_t{16} << 20U;
using KeyText = std::array<char, core::key_text_bytes + 1>;

class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

[[noreturn]] void fail(const std::string& file, const std::string& what) { throw KeyError(file + ": " + what); }

int open_to_read(const std::string& file, const char* remedy) {
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd >= 0) return fd;
  const int error = errno;
  if (core::is_key_text(file)) {
    // Not to be shown again: it may be a secret one.
    throw KeyError("give the name of a file, not a key: a secret key that was on a command line is none any more");
  }
  fail(file, std::strerror(error) + std::string(remedy));
}

std::string read_all(const File& file, const std::string& name) {
  std::string text;
  std::array<char, 4096> block{};
  while (true) {
    const ssize_t got = read(file.fd(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(name, std::strerror(errno));
    if (got == 0) return text;
    text.append(block.data(), static_cast<std::size_t>(got));
    if (text.size() > file_bytes_max) fail(name, "it is larger than 16 MiB");
  }
}

void write_all(const File& file, std::string_view text, const std::string& name) {
  while (!text.empty()) {
    const ssize_t written = write(file.fd(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(name, std::strerror(errno));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (fsync(file.fd()) != 0) fail(name, std::strerror(errno));
}

struct stat status_of(const File& file, const std::string& name) {
  struct stat status {};
  if (fstat(file.fd(), &status) != 0) fail(name, std::strerror(errno));
  if (!S_ISREG(status.st_mode)) fail(name, "it is not a file");
  return status;
}

/// On the open file, so that nobody can put another one in its place between the look and the reading.
void check_is_private(const File& file, const std::string& name) {
  const struct stat status = status_of(file, name);
  if (status.st_uid != geteuid() && status.st_uid != 0)
    fail(name, "it belongs to another user: give a file of your own");
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    fail(name,
         "others than its owner may read or write it, so the key in it is no secret: chmod 600, or make a new one");
  }
}

/// The one line that is no comment.
std::string_view only_line(std::string_view text) {
  std::string_view found;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with("# ")) continue;
    if (!found.empty()) return {};
    found = line;
  }
  return found;
}

}  // namespace

std::string generate_key(const std::string& file) {
  KeyText public_key{};
  KeyText secret_key{};
  if (zmq_curve_keypair(public_key.data(), secret_key.data()) != 0) fail(file, zmq_strerror(zmq_errno()));
  const File made(open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (made.fd() < 0) {
    const bool is_there = errno == EEXIST;
    fail(file, is_there ? "it is there already, and keys are not replaced: give another name" : std::strerror(errno));
  }
  const std::string comment = "# A secret key of rollcall. Its public key is " + std::string(public_key.data()) + "\n";
  try {
    write_all(made, comment + secret_key.data() + "\n", file);
  } catch (...) {
    unlink(file.c_str());
    throw;
  }
  return public_key.data();
}

KeyPair read_secret_key(const std::string& file) {
  const File opened(open_to_read(file, ": make one with --generate-key"));
  check_is_private(opened, file);
  KeyPair pair;
  const std::string text = read_all(opened, file);
  pair.secret_key = only_line(text);
  KeyText public_key{};
  if (!core::is_key_text(pair.secret_key) || zmq_curve_public(public_key.data(), pair.secret_key.c_str()) != 0) {
    fail(file, "it has no secret key in it: make one with --generate-key");
  }
  pair.public_key = public_key.data();
  return pair;
}

core::AuthorizedKeys read_authorized_keys(const std::string& file) {
  const File opened(open_to_read(file, ""));
  if ((status_of(opened, file).st_mode & S_IWOTH) != 0) {
    fail(file, "everybody may write to it, and so let anybody in: chmod o-w");
  }
  auto parsed = core::parse_authorized_keys(read_all(opened, file));
  if (const auto* fault = std::get_if<core::KeyListFault>(&parsed)) {
    throw KeyError(file + ":" + std::to_string(fault->line) + ": " + fault->what);
  }
  return std::get<core::AuthorizedKeys>(std::move(parsed));
}

}  // namespace rollcall::io
