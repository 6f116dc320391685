// Checks every now and then that three who know of connections agree: the core, which counts clients; the monitor's
// events; and the kernel. They are read one after the other while connections come and go, so what is apart is read
// again a few times before it is believed.
//
// A thread of its own, from the constructor to the destructor; it holds up nobody else.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "io/sock_diag.hpp"

namespace rollcall::io {

/// How many connections there are, as core and monitor have it at one moment.
struct Presence {
  std::size_t held = 0;         ///< by the core: those of clients, strangers', and those that are being cut
  std::size_t open = 0;         ///< by the monitor
  std::size_t open_tcp = 0;     ///< of them
  std::uint64_t tcp_began = 0;  ///< by the monitor, in all
  std::uint64_t tcp_ended = 0;
};

/// How far they are apart: 0, or how many connections more (or less) the core's side has. `kernel` was counted between
/// `before` and `after`, and may have seen all that happened between them, or nothing of it; empty: it does not count.
[[nodiscard]] std::int64_t presence_drift(const Presence& before, std::optional<std::size_t> kernel,
                                          const Presence& after) noexcept;

class Auditor {
 public:
  /// Gives what is so now; nothing when that can't be had.
  using Look = std::function<std::optional<Presence>()>;
  /// Is told the drift after every audit.
  using Tell = std::function<void(std::int64_t)>;

  /// The first audit comes after a tenth of `period`. `look` and `tell` are called by the thread of this, and must not
  /// wait when it is to end.
  Auditor(std::vector<TcpEnds> listening, Look look, Tell tell, std::chrono::milliseconds period);
  ~Auditor();
  Auditor(const Auditor&) = delete;
  Auditor& operator=(const Auditor&) = delete;

 private:
  void run();
  [[nodiscard]] std::optional<std::int64_t> audit();
  [[nodiscard]] std::optional<std::size_t> count_in_kernel();
  /// False: it ends.
  bool wait(std::chrono::milliseconds time);

  std::vector<TcpEnds> listening_;
  Look look_;
  Tell tell_;
  std::chrono::milliseconds period_;
  SockDiag sock_diag_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ends_ = false;  ///< guarded by mutex_
  std::thread thread_;
};

}  // namespace rollcall::io
