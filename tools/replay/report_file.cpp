#include "replay/report_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "replay/figures.hpp"

namespace rollcall::replay {

namespace {

[[noreturn]] void fail(const std::string& path) {
  throw ReportFileError(fmt::format("cannot write {}: {}", shown(path), std::generic_category().message(errno)));
}

}  // namespace

ReportFile::ReportFile(std::string path)
    : path_(std::move(path)), fd_(open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666)) {
  if (fd_ < 0) fail(path_);
}

ReportFile::~ReportFile() {
  if (fd_ >= 0) close(fd_);
}

ReportFile::ReportFile(ReportFile&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)), emptied_(other.emptied_) {}

void ReportFile::write(std::string_view text) {
  if (!emptied_ && ftruncate(fd_, 0) != 0 && errno != EINVAL) fail(path_);  // EINVAL: a pipe
  emptied_ = true;
  while (!text.empty()) {
    const ssize_t written = ::write(fd_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(path_);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace rollcall::replay
