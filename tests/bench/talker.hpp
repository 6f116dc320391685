// A client that keeps a window of requests in flight over one Peer (closed loop), in any of the three protocols. One
// thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "peer.hpp"
#include "wire/codec.hpp"

namespace bench {

/// The bytes of requests in one protocol with one text, made once for all clients.
class Requests {
 public:
  Requests(Protocol protocol, std::string_view text, std::uint32_t window_max);

  /// What a client says first: HELLO, or a first plain request.
  [[nodiscard]] std::string_view first() const { return first_; }
  /// The bytes of `count` requests (at most window_max); in the full protocol with ids from `next_id` on. Valid until
  /// the next call.
  [[nodiscard]] std::string_view make(std::uint32_t count, std::uint64_t next_id);

  enum class Answer { reply, welcome, error };
  [[nodiscard]] Answer answer(std::string_view body) const;
  /// The number of clients that a reply tells; 0 when it tells none.
  [[nodiscard]] std::uint32_t count_in(std::string_view body) const;

 private:
  Protocol protocol_;
  std::string first_;
  std::string many_;  ///< window_max requests, one behind the other
  std::size_t request_bytes_ = 0;
};

class Talker {
 public:
  /// window 0: says its first word, and is idle from then on.
  Talker(Poller& poller, std::uint32_t number, std::uint32_t window)
      : peer_(poller, number), sent_ns_(window), window_(window) {}

  void connect(std::uint16_t port, const Requests& requests) { peer_.connect(port, requests.first()); }
  /// Fills the window. The client must have joined.
  void start(Requests& requests, std::int64_t now) { send(requests, window_, now); }

  struct Happened {
    bool joined = false;
    bool lost = false;
    std::uint32_t replies = 0;
    std::uint32_t errors = 0;
    std::string_view last;  ///< the last reply's body
  };
  /// Reads what has come, and tells answered(sent_ns) for each answer but the first. Sends nothing.
  template <typename Answered>
  Happened on_ready(std::uint32_t events, const Requests& requests, Answered answered) {
    Happened happened;
    const bool open = peer_.on_ready(events, [&](std::string_view body) {
      const auto answer = requests.answer(body);
      happened.last = body;
      if (!joined_) {
        joined_ = happened.joined = answer != Requests::Answer::error;
        if (!joined_) ++happened.errors;
        return;
      }
      ++(answer == Requests::Answer::error ? happened.errors : happened.replies);
      if (window_ == 0) return;
      answered(sent_ns_[answered_++ % window_]);
    });
    happened.lost = !open;
    return happened;
  }
  void send(Requests& requests, std::uint32_t count, std::int64_t now) {
    peer_.send(requests.make(count, sent_ + 1));
    for (std::uint32_t i = 0; i < count; ++i) sent_ns_[sent_++ % window_] = now;
  }

 private:
  Peer peer_;
  std::vector<std::int64_t> sent_ns_;  ///< of the requests in flight, by their number modulo the window
  std::uint64_t sent_ = 0;
  std::uint64_t answered_ = 0;
  std::uint32_t window_;
  bool joined_ = false;
};

}  // namespace bench
