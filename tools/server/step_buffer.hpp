// Steps of a server on their way from its loop, which must not wait, to the thread that writes them down.
//
// Bounded by bytes. When the buffer fills up because the writer is slower, requests are left out first, then the texts
// of replies; joins, leaves, and that a request was answered at all are left out last, and then the recording is at its
// end: what came after could not be told in its place. What belongs to a request that was left out is left out, too.
// put() is called by one thread at a time, take() by one other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "rollcall/server.hpp"
#include "server/byte_ring.hpp"

namespace rollcall::tools {

class StepBuffer {
 public:
  explicit StepBuffer(std::size_t bytes_max);

  void put(const RecordedStep& step) noexcept;

  struct Taken {
    RecordedStep step;           ///< its views live until the next take()
    bool text_left_out = false;  ///< reply
    std::uint64_t left_out = 0;  ///< requests that are missing before this step
  };
  /// False when nothing is there.
  bool take(Taken& taken);

  // When put() is not called any more:

  /// Requests that are missing at the end.
  [[nodiscard]] std::uint64_t left_out_at_end() const noexcept { return left_out_; }
  /// The recording had to end before the server did.
  [[nodiscard]] bool overflowed() const noexcept { return overflowed_; }

 private:
  struct Entry;

  [[nodiscard]] bool was_left_out(std::uint64_t request) const noexcept;
  [[nodiscard]] bool leave_out_request(const RecordedStep& step, std::size_t size) noexcept;
  void write(const RecordedStep& step, bool with_text) noexcept;

  ByteRing ring_;
  std::size_t requests_most_;  ///< bytes in use up to which requests are taken
  std::size_t texts_most_;     ///< and replies' texts
  bool leaving_out_ = false;
  bool overflowed_ = false;
  std::uint64_t left_out_ = 0;       ///< since the last one that was not
  std::uint64_t left_out_from_ = 0;  ///< the newest gap: requests of these numbers
  std::uint64_t left_out_to_ = 0;
  std::string text_;  ///< of the step that was taken
};

}  // namespace rollcall::tools
