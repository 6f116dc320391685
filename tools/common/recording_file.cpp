#include "common/recording_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "rollcall/error.hpp"

namespace rollcall::tools {
namespace {

bool is_regular(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

RecordingFile::RecordingFile(std::string path, bool force) : path_(std::move(path)) {
  constexpr mode_t owner_only = 0600;
  constexpr int flags = O_WRONLY | O_CLOEXEC;
  // A new file in place of the old one, so that nobody who may read that one reads this one.
  if (force && is_regular(path_)) unlink(path_.c_str());
  fd_ = open(path_.c_str(), flags | O_CREAT | O_EXCL, owner_only);
  if (fd_ < 0 && errno == EEXIST && force) fd_ = open(path_.c_str(), flags);  // a device, a pipe
  if (fd_ >= 0) return;
  if (errno == EEXIST) {
    throw Error(Error::Kind::config, "--record: " + path_ + " exists: give another name, or --force to replace it");
  }
  throw Error(Error::Kind::config, "--record: cannot create " + path_ + ": " + std::strerror(errno));
}

RecordingFile::~RecordingFile() { close(fd_); }

bool RecordingFile::write(std::string_view lines) {
  if (!problem_.empty()) return false;
  off_t written = 0;
  while (!lines.empty()) {
    const ssize_t size = ::write(fd_, lines.data(), lines.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) {
      problem_ = "--record: cannot write to " + path_ + ": " + std::strerror(errno);
      // A part of a line would make all of it unreadable. What is no file, such as a pipe, stays as it is.
      if (ftruncate(fd_, size_) != 0) problem_ += "; its last line may be cut off";
      return false;
    }
    lines.remove_prefix(static_cast<std::size_t>(size));
    written += size;
  }
  size_ += written;
  return true;
}

void RecordingFile::discard() noexcept {
  if (is_regular(path_)) unlink(path_.c_str());
}

}  // namespace rollcall::tools
