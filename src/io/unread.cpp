#include "io/unread.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <mutex>
#include <utility>

namespace rollcall::io {

struct Unread::Books {
  std::mutex mutex;
  std::size_t total_bytes = 0;        ///< of all readers that have not been written off
  std::size_t written_off_bytes = 0;  ///< of the others

  [[nodiscard]] std::size_t& of(const Reader& reader) noexcept;
};

/// All but `books` is guarded by its mutex.
struct Unread::Reader {
  std::shared_ptr<Books> books;
  std::uint32_t routing_id = 0;
  std::size_t bytes = 0;
  std::size_t most_bytes = 0;
  bool written_off = false;
};

std::size_t& Unread::Books::of(const Reader& reader) noexcept {
  return reader.written_off ? written_off_bytes : total_bytes;
}

struct Unread::Part {
  std::shared_ptr<Reader> reader;
  std::unique_ptr<char[]> bytes;
  std::size_t size;
};

Unread::Unread(const core::Limits& limits)
    : bytes_max_(limits.unread_bytes_max),
      total_bytes_max_(limits.total_unread_bytes_max),
      books_(std::make_shared<Books>()) {}

Unread::~Unread() = default;

Unread::Reader* Unread::find(int fd) const noexcept {
  const auto index = static_cast<std::size_t>(fd);
  return fd >= 0 && index < readers_.size() ? readers_[index].get() : nullptr;
}

std::optional<zmq::message_t> Unread::message(int fd, std::uint32_t routing_id, std::string_view part) {
  const Reader* known = find(fd);
  if (known == nullptr || known->routing_id != routing_id) {
    begin(fd, routing_id);
  } else if (const std::size_t unread = bytes(fd); unread > 0 && unread + part.size() > bytes_max_) {
    return std::nullopt;
  }
  const auto index = static_cast<std::size_t>(fd);
  // Not make_unique, which would write zeros first.
  auto owned =
      std::make_unique<Part>(Part{readers_[index], std::unique_ptr<char[]>(new char[part.size()]), part.size()});
  std::memcpy(owned->bytes.get(), part.data(), part.size());
  zmq::message_t message(owned->bytes.get(), part.size(), &Unread::give_back, owned.get());
  Reader& reader = *owned.release()->reader;
  const std::lock_guard lock(books_->mutex);
  reader.bytes += part.size();
  reader.most_bytes = std::max(reader.most_bytes, reader.bytes);
  books_->of(reader) += part.size();
  return message;
}

void Unread::give_back(void*, void* part) noexcept {
  const std::unique_ptr<Part> given_back(static_cast<Part*>(part));
  Reader& reader = *given_back->reader;
  const std::lock_guard lock(reader.books->mutex);
  reader.bytes -= given_back->size;
  reader.books->of(reader) -= given_back->size;
}

std::optional<core::Clogged> Unread::most_over_bound() {
  const std::lock_guard lock(books_->mutex);
  if (books_->total_bytes <= total_bytes_max_) return std::nullopt;
  std::optional<std::size_t> most;
  for (std::size_t fd = 0; fd < readers_.size(); ++fd) {
    if (!readers_[fd] || readers_[fd]->written_off) continue;
    if (!most || readers_[fd]->bytes > readers_[*most]->bytes) most = fd;
  }
  assert(most);
  write_off(*readers_[*most]);
  return core::Clogged{static_cast<int>(*most), readers_[*most]->routing_id};
}

void Unread::begin(int fd, std::uint32_t routing_id) {
  ended(fd);
  const auto index = static_cast<std::size_t>(fd);
  if (index >= readers_.size()) readers_.resize(index + 1);
  readers_[index] = std::make_shared<Reader>();
  readers_[index]->books = books_;
  readers_[index]->routing_id = routing_id;
}

void Unread::ended(int fd) {
  Reader* reader = find(fd);
  if (reader == nullptr) return;
  {
    const std::lock_guard lock(books_->mutex);
    write_off(*reader);
  }
  readers_[static_cast<std::size_t>(fd)].reset();
}

void Unread::write_off(Reader& reader) {
  books_->of(reader) -= reader.bytes;
  reader.written_off = true;
  books_->of(reader) += reader.bytes;
}

std::size_t Unread::bytes(int fd) const {
  const Reader* reader = find(fd);
  const std::lock_guard lock(books_->mutex);
  return reader == nullptr ? 0 : reader->bytes;
}

std::size_t Unread::most_bytes(int fd) const {
  const Reader* reader = find(fd);
  const std::lock_guard lock(books_->mutex);
  return reader == nullptr ? 0 : reader->most_bytes;
}

std::size_t Unread::written_off_bytes() const {
  const std::lock_guard lock(books_->mutex);
  return books_->written_off_bytes;
}

std::size_t Unread::total_bytes() const {
  const std::lock_guard lock(books_->mutex);
  return books_->total_bytes;
}

}  // namespace rollcall::io
