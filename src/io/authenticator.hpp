// Who may come in: answers libzmq's question about each CURVE handshake (ZAP, ZeroMQ RFC 27), in a thread of its own.
//
// libzmq lets every key in when nobody answers, so this fails closed twice: the thread's end is told by fd() and has to
// end the server, and the owner asks again, with key_of(), about each peer's first message. Must be made before the
// first socket of the context is bound, and end before the context. The list of keys can be read again while it runs;
// reading happens in this thread, too, so a slow disk holds up handshakes and nothing else.
//
// allows(), reload(): any thread. The rest: the owner's.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>
#include <zmq.hpp>

#include "core/authorized_keys.hpp"
#include "io/wakeup.hpp"

namespace rollcall::io {

class Authenticator {
 public:
  /// Reads `keys_file` and begins. Throws KeyError, zmq::error_t.
  Authenticator(zmq::context_t& context, std::string keys_file);
  ~Authenticator();
  Authenticator(const Authenticator&) = delete;
  Authenticator& operator=(const Authenticator&) = delete;

  /// Whether this key may come in now.
  [[nodiscard]] bool allows(std::string_view key) const;

  struct User {
    std::string_view key;
    std::string_view name;
  };
  /// The owner of a message's connection, whose key may come in now; empty when there is none. Views into the message.
  [[nodiscard]] User user_of(zmq::message_t& message) const;

  /// Reads the file again; news follow. When it can't be read, everything stays as it was.
  void reload();

  struct News {
    std::vector<std::string> revoked;  ///< keys that may not come in any more
    std::size_t keys = 0;              ///< how many may
    std::string problem;               ///< why nothing has changed; empty when all is well
  };
  /// What came of reload() since the last call, in order.
  std::vector<News> take_news();
  /// For poll(2): readable when there are news, or when the thread has ended.
  [[nodiscard]] int fd() const noexcept { return news_ready_.fd(); }
  /// False: nobody answers any more, and the server has to end.
  [[nodiscard]] bool is_alive() const noexcept { return alive_.load(); }

 private:
  void run() noexcept;
  void answer();
  void read_again();
  std::string user_id_for(std::string_view credentials) const;

  const std::string keys_file_;
  zmq::socket_t requests_;
  mutable std::mutex mutex_;
  core::AuthorizedKeys keys_;  ///< guarded by mutex_, like the next
  std::vector<News> news_;
  std::atomic<bool> ending_{false};
  std::atomic<bool> reload_{false};
  std::atomic<bool> alive_{true};
  Wakeup news_ready_;
  Wakeup wakeup_;
  std::thread thread_;
};

}  // namespace rollcall::io
