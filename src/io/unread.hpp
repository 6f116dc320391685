// How much of their answers clients have not read yet: the bytes that wait in libzmq, by client and in all.
//
// A part that is not small goes to libzmq in memory of its own, which libzmq gives back when the kernel has taken the
// last of it, or its connection has ended. Small parts are not watched: the high-water mark bounds their number. When
// all clients together are over their bound, whoever has left most unread has to go.
//
// One thread; only the memory is given back in others (libzmq's), also when this object is gone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>
#include <zmq.hpp>

#include "core/events.hpp"
#include "core/limits.hpp"

namespace rollcall::io {

class Unread {
 public:
  /// Parts of up to this are small: to watch them would cost more than to send them.
  static constexpr std::size_t small_part_bytes_max = 512;

  /// Of `limits`, unread_bytes_max and total_unread_bytes_max.
  explicit Unread(const core::Limits& limits);
  ~Unread();
  Unread(const Unread&) = delete;
  Unread& operator=(const Unread&) = delete;

  /// A copy of `part` that counts until it is given back. Nothing when the client `routing_id`, whose connection is on
  /// `fd`, has too much to read already; one part always fits. Throws std::bad_alloc, and zmq::error_t for the same.
  [[nodiscard]] std::optional<zmq::message_t> message(int fd, std::uint32_t routing_id, std::string_view part);
  /// Whose connection has to end; nothing while all together are within their bound. What it has not read counts no
  /// longer, and it is told of once.
  [[nodiscard]] std::optional<core::Clogged> most_over_bound();
  /// The connection on `fd` has ended; another one may take its place.
  void ended(int fd);

  [[nodiscard]] std::size_t bytes(int fd) const;
  /// The most that it had at once, so far.
  [[nodiscard]] std::size_t most_bytes(int fd) const;
  [[nodiscard]] std::size_t total_bytes() const;
  /// Those that count no longer, and that libzmq still has.
  [[nodiscard]] std::size_t written_off_bytes() const;

 private:
  struct Books;
  struct Reader;
  struct Part;
  static void give_back(void* bytes, void* part) noexcept;
  [[nodiscard]] Reader* find(int fd) const noexcept;
  void begin(int fd, std::uint32_t routing_id);
  /// What it has not read counts no longer. books_->mutex is held.
  void write_off(Reader& reader);

  std::size_t bytes_max_;
  std::size_t total_bytes_max_;
  std::shared_ptr<Books> books_;
  std::vector<std::shared_ptr<Reader>> readers_;  ///< by descriptor; null: it was sent nothing that is watched
};

}  // namespace rollcall::io
