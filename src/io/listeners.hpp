// Which of libzmq's I/O threads a new TCP connection goes to.
//
// Few clients are served best by few threads: each has its own wake-ups, and finds less to do at each of them. Many
// clients need several: libzmq walks half of a thread's timers whenever one is cancelled, at each PONG and at the end
// of each connection, so the cost of heartbeats grows with the square of a thread's clients. libzmq itself spreads
// connections evenly. So here each thread gets a listening socket of its own on the same port (SO_REUSEPORT), and a
// filter of one instruction tells the kernel which of them is next.
//
// One thread. Connections over Unix sockets are spread by libzmq, and only counted here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>
#include <zmq.hpp>

namespace rollcall::io {

class Listeners {
 public:
  /// How many I/O threads the context should have for so many clients.
  [[nodiscard]] static int io_threads(std::size_t clients_max) noexcept;

  /// For a context of `io_threads` threads, of which the first `spread` take turns from the first client on; 0: half as
  /// many as there are cores.
  explicit Listeners(int io_threads, std::size_t spread = 0);

  /// ZMQ_AFFINITY for the listener that libzmq makes itself.
  static constexpr std::uint64_t first_thread = 1;
  /// Opens the other threads' sockets. `listening_fd` is the one that `router` was just bound to `endpoint` with, on
  /// first_thread; it must stay open as long as connections are told of. Throws std::system_error, zmq::error_t.
  void share(zmq::socket_t& router, int listening_fd, const std::string& endpoint);

  /// A connection was accepted. Returns the thread that it counts for, which closed() has to be told. (One that waited
  /// in the kernel may live on another thread: these figures steer, and need not be exact.)
  std::uint8_t opened();
  void closed(std::uint8_t thread) noexcept { --connections_[thread]; }

 private:
  void direct() noexcept;

  std::size_t spread_;
  std::vector<std::size_t> connections_;  ///< by thread
  std::size_t next_ = 0;                  ///< the thread that new connections go to
  std::vector<int> shared_fds_;           ///< one of each endpoint's sockets; libzmq's
};

}  // namespace rollcall::io
