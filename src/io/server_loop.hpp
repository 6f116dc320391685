// The server's shell: one thread that moves events from the sockets into the core, and carries out its effects.
//
// A turn: wait; read what is readable of the monitor, of the workers' reports, of the messages (a burst of them); now
// and then look for endless ones; then let the core hand out work. Work that takes less time than waking a worker is
// run here; a second thread takes the loop over should it take longer than was expected (leadership.hpp).
//
// Threads: whoever leads owns everything here; run() waits until it is over. stop() and reload() may be called from any
// thread and from signal handlers, status() and roster() from any thread.
#pragma once

#include <poll.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>
#include <zmq.hpp>

#include "core/server_core.hpp"
#include "io/auditor.hpp"
#include "io/authenticator.hpp"
#include "io/desk.hpp"
#include "io/early_messages.hpp"
#include "io/frontend.hpp"
#include "io/leadership.hpp"
#include "io/signals.hpp"
#include "io/snapshots.hpp"
#include "io/wakeup.hpp"
#include "io/worker_pool.hpp"

namespace rollcall::io {

class ServerLoop {
 public:
  struct Options {
    Frontend::Options frontend;
    std::vector<std::string> endpoints;
    std::string authorized_keys_file;  ///< with frontend.secret_key
    unsigned workers = 1;
    std::chrono::milliseconds drain_grace{5000};
    /// SIGINT and SIGTERM call stop(). They are blocked in the constructor's thread, which must be run()'s too.
    bool handle_signals = false;
    std::chrono::milliseconds audit_period{10'000};
    Handler handler;
    /// Called by one thread at a time; must not block. Null: nobody listens.
    std::function<void(const core::Notice&)> observer;
    /// The same, for a recording: with the time (std::chrono::steady_clock) of the step in which it happened.
    std::function<void(const core::Record&, core::Time)> recorder;
  };

  /// Binds. Throws EndpointError.
  explicit ServerLoop(Options options);

  enum class End { drained, abandoned };
  /// Serves until stop(). `abandoned`: a second stop() came, or a handler had not returned when the drain was over; its
  /// thread runs on. Throws what kept it from going on, std::bad_alloc among others, after an end at once. The core
  /// would bear that (server_core.hpp), but libzmq ends the process where it gets no memory itself.
  End run();
  /// The first call begins to drain, the second ends run() at once.
  void stop() noexcept;
  /// Reads authorized_keys_file again; without effect where there is none. Any thread, and signal handlers.
  void reload() noexcept;

  /// Asks for a status that is no older than `age_max`; after `patience`, and when run() does not run, the latest is
  /// given, or null. Any thread.
  [[nodiscard]] std::shared_ptr<const StatusSnapshot> status(std::chrono::nanoseconds age_max,
                                                             std::chrono::nanoseconds patience);
  /// Changes up to this version need not be told again. Any thread.
  void changes_are_known(std::uint64_t version) noexcept { known_version_.store(version); }
  /// The same for the roster.
  [[nodiscard]] std::shared_ptr<const RosterSnapshot> roster(std::chrono::nanoseconds age_max,
                                                             std::chrono::nanoseconds patience);

  [[nodiscard]] const std::vector<std::string>& endpoints() const noexcept { return bound_; }

 private:
  static constexpr std::int64_t no_audit = INT64_MIN;

  static std::unique_ptr<Authenticator> make_authenticator(zmq::context_t& context, const Options& options);
  void close_desks();
  void take_part(std::shared_ptr<Leadership> leadership);
  /// Runs turns until it is over, or the caller leads no longer: then *this may be gone, and is not touched again.
  void lead();
  struct Readable {
    bool monitor = false;
    bool workers = false;
    bool messages = false;
    bool stops = false;
    bool keys = false;
  };
  Readable wait();
  /// True when something has come.
  bool spin(std::span<pollfd> items, int wait_ms);
  [[nodiscard]] int wait_ms_max() const;
  void read_monitor();
  void read_workers();
  void read_messages();
  /// Or keeps the message in early_. `since`: when it came.
  void feed(Frontend::Incoming& message, core::Time since);
  [[nodiscard]] bool may_be_early(const std::variant<std::uint32_t, core::Refusal>& sender, int fd) const;
  void look_again_at_early_messages();
  /// False: the caller leads no longer.
  [[nodiscard]] bool end_turn();
  [[nodiscard]] bool run_in_place();
  [[nodiscard]] bool is_asked() const noexcept { return status_desk_.is_asked() || roster_desk_.is_asked(); }
  void answer_questions();
  void put_status();
  void put_roster();
  [[nodiscard]] StatusSnapshot take_status() const;
  void start_audits(std::optional<Auditor>& auditor);
  void tell_drift();
  /// For those who ask when it is over.
  void say_last_words();
  void check_stops();
  void read_key_news();
  /// Fills in whose key the sender has. False: none that may come in.
  [[nodiscard]] bool identify(Frontend::Incoming& message, core::Received& event);
  [[nodiscard]] bool over() const noexcept { return drained_ || stops_seen_ >= 2; }
  void step(const core::ServerEvent& event);
  void carry_out(std::span<const core::Effect> effects);
  void carry_out(const core::Send& send);

  Options options_;
  zmq::context_t context_;
  std::unique_ptr<Authenticator> authenticator_;  ///< where connections have keys; before any socket is bound
  Frontend frontend_;
  std::vector<std::string> bound_;
  Wakeup wakeup_;
  std::atomic<std::uint64_t> known_version_{0};
  std::atomic<std::int64_t> drift_{no_audit};
  std::atomic<bool> has_drifted_{false};  ///< and nobody was told
  Desk<StatusSnapshot> status_desk_{wakeup_};
  Desk<RosterSnapshot> roster_desk_{wakeup_};
  std::atomic<int> stops_{0};
  std::atomic<bool> reload_{false};
  int stops_seen_ = 0;
  bool drained_ = false;
  bool work_came_back_ = false;
  bool spin_pays_ = false;  ///< the last wait was a short one
  core::Time now_{0};
  std::shared_ptr<core::ServerCore> core_;
  EarlyMessages early_;
  std::vector<core::ServerEvent> outcomes_;  ///< of effects, to be fed into the core
  std::optional<Signals> signals_;
  std::vector<core::Dispatch> in_place_;  ///< to be run by the leader
  std::shared_ptr<WorkerPool> workers_;   ///< while run() runs, like the next two
  std::shared_ptr<Leadership> leadership_;
  std::exception_ptr failure_;
};

}  // namespace rollcall::io
