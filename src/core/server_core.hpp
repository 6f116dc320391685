// The server's behaviour without its sockets, threads or clock: events in, effects out (sans-IO).
//
// step(event, now) takes one thing that happened and returns what has to be done about it, in order. `now` never goes
// back. The shell (io/server_loop.cpp) reads messages, feeds every monitor event that was waiting by then, and then
// these messages (one of a session that fd_of() knows may go before the monitor, one whose connection is not open yet
// may wait until it is); feeds TurnEnded when it has nothing more at hand, and at next_deadline() at the latest; and
// answers a Send that failed with Undeliverable. Effects and their views are valid until the next call. One thread.
//
// Promises, each checked by the simulator (tests/sim): the count is the number of live sessions; a connection whose
// session has left never gets another; no request is run twice, whatever is sent again; each request has one outcome,
// which goes to its own client, in order; every bound of Limits holds; the same events give the same effects.
//
// A step() that throws std::bad_alloc has done its event by whole pieces, or not at all, and the promises hold
// (tests/core/failing_allocation_test.cpp): carry out effects(), and feed the same event again, before any other, until
// it is done. All is then as if nothing had failed, but that kept answers may be lost. A Received may be dropped
// instead: cut its connection, and feed Closed at once. The core may be destroyed after any step.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/absentees.hpp"
#include "core/allowance.hpp"
#include "core/changes.hpp"
#include "core/connections.hpp"
#include "core/door.hpp"
#include "core/durations.hpp"
#include "core/events.hpp"
#include "core/journal.hpp"
#include "core/limits.hpp"
#include "core/reply_cache.hpp"
#include "core/roster.hpp"
#include "core/roster_pages.hpp"
#include "core/scheduler.hpp"
#include "core/strangers.hpp"
#include "core/watchers.hpp"
#include "wire/codec.hpp"

namespace rollcall::core {

/// Everything that happened since the start, for logs and metrics. The count itself is the roster's.
struct Counters {
  std::uint64_t joins = 0;
  std::array<std::uint64_t, 6> leaves{};                         ///< by wire::LeaveReason
  std::array<std::uint64_t, refusal_count> refusals{};           ///< by Refusal
  std::array<std::uint64_t, wire::error_code_max + 1> errors{};  ///< sent, by wire::ErrorCode
  std::uint64_t requests = 0;                                    ///< accepted
  std::uint64_t window_refused = 0;                              ///< requests beyond the window
  std::uint64_t replies = 0;                                     ///< outcomes, handed to the frontend
  std::uint64_t repeated = 0;                                    ///< answers given again to clients that came back
  std::uint64_t resumes = 0;                                     ///< joins that went on with a session
  std::uint64_t dropped = 0;                                     ///< queued, and dropped because their client left
  std::uint64_t undeliverable = 0;                               ///< sends that failed
  std::uint64_t suppressed = 0;                                  ///< notices that were left out
  Durations handler_time;                                        ///< of each request; the mean of its batch
  Durations reply_time;  ///< from a request's acceptance until its outcome was handed to the frontend
  Durations silence;     ///< of connections that were lost, from the last byte until the end was told
};

class ServerCore {
 public:
  struct Config {
    Limits limits;
    std::chrono::milliseconds liveness{5000};  ///< told to clients: heartbeat interval + timeout
    std::function<wire::Token()> make_token;   ///< unpredictable (getrandom(2) outside simulations)
    bool records = false;                      ///< gives Record effects, too
    Time unix_offset{0};                       ///< added to a Time, it gives the time since 1970-01-01T00:00Z
  };

  explicit ServerCore(Config config);

  std::span<const Effect> step(const ServerEvent& event, Time now);
  /// What the last step() gave; where it threw, of what it had done.
  [[nodiscard]] std::span<const Effect> effects() const noexcept { return effects_; }
  /// When step(TurnEnded) has something to do by itself; nothing when only events can change anything.
  [[nodiscard]] std::optional<Time> next_deadline() const;
  /// The descriptor on which the session of `routing_id` lives; -1 when there is none.
  [[nodiscard]] int fd_of(std::uint32_t routing_id) noexcept;
  /// True from Opened to Closed.
  [[nodiscard]] bool is_open(int fd) noexcept;

  /// Connections that are open: clients', strangers', and those that are being cut.
  [[nodiscard]] std::size_t connections() const noexcept {
    return roster_.count() + strangers_.size() + connections_.cut_ones();
  }

  [[nodiscard]] const Roster& roster() const noexcept { return roster_; }
  /// The latest joins and leaves.
  [[nodiscard]] const Changes& changes() const noexcept { return changes_; }
  [[nodiscard]] std::size_t watchers() const noexcept { return watchers_.size(); }
  [[nodiscard]] const Counters& counters() const noexcept { return counters_; }
  [[nodiscard]] const Scheduler& scheduler() const noexcept { return scheduler_; }
  /// From DrainBegan on.
  [[nodiscard]] bool draining() const noexcept { return phase_ != Phase::serving; }
  [[nodiscard]] bool drained() const noexcept { return phase_ == Phase::drained; }

 private:
  enum class Phase { serving, draining, drained };
  /// Who sent the message that is being handled.
  struct Origin {
    Connection& connection;
    std::uint32_t routing_id;
    int fd;
    Form form;
    Time now;
    std::string_view key;
    std::string_view key_name;
  };

  /// The connection of a client whose key was revoked, which is cut when it has had time to hear of it.
  struct Revocation {
    int fd;
    std::uint32_t routing_id;
    Time cut_at;
  };

  void on(const Opened& event, Time now);
  void on(const Closed& event, Time now);
  void on(const Received& event, Time now);
  void on(const Refused& event, Time now);
  void on(const Endless& event, Time now);
  void on(const Clogged& event, Time now);
  void on(const Undeliverable& event, Time now);
  void on(const Finished& event, Time now);
  void on(const Reclaimed& event, Time now);
  void on(const WorkerLost& event, Time now);
  void on(const WorkerReady& event, Time now);
  void on(const TurnEnded& event, Time now);
  void on(const Revoked& event, Time now);
  void on(const DrainBegan& event, Time now);

  static Origin origin_of(const Received& event, Connection& connection, Time now);
  void handle(const Received& event, Connection& connection, Time now);
  void act(PeerAction action, const wire::ClientMessage& message, const Origin& origin);
  void greet(const wire::Hello& hello, const Origin& origin);
  void welcome(const wire::Hello& hello, bool resumed, const Origin& origin);
  void run(const wire::ClientMessage& message, const Origin& origin);
  /// Says no to its peer when not. A session that has this token on another connection ends.
  [[nodiscard]] bool may_join(const Origin& origin, const std::optional<wire::Token>& token);
  /// `back`: whose session goes on, if anybody's.
  void join(std::string_view name, const Absentee* back, const Origin& origin);
  void resume(Session& session);
  /// Request `id` of a resumed session, which was sent before its connection was lost.
  void answer_again(std::uint64_t id, const Origin& origin);
  void say_goodbye(const Origin& origin);
  /// `may_read`: what was said last is to reach even an evicted client, so its connection is not cut here.
  void leave(Connection& connection, wire::LeaveReason reason, Time now, bool may_read = false);
  void park(const Session& session, Time now);
  void forget(const Absentee& absentee) noexcept;
  [[nodiscard]] bool resumes() const noexcept { return config_.limits.resume_time_max.count() > 0; }
  void answer_roster(const wire::RosterQuery& query, const Origin& origin);
  void watch(const wire::Watch& watch, const Origin& origin);
  static void begin_watching(Watcher& watcher, const Session& session, std::uint64_t from, Time now) noexcept;
  /// Everything that each of them may be told by now.
  void tell_watchers(Time now);
  void send_snapshot(Watcher& watcher, Time now);
  void tell_change(const Change& change);
  /// Keeps a join or a leave, which was just done, for watchers.
  void remember(wire::EventKind kind, wire::LeaveReason reason, const Session& session, Time now) noexcept;
  void end_connection(const Closed& end, Time now);
  /// Its session leaves for the reason why its connection ended.
  void leave(Connection& connection, const Closed& end, Time now);
  void release_doubtful(Time now);

  /// For `coming` new ones, too.
  void make_room(Time now, std::size_t coming = 0);
  [[nodiscard]] std::optional<Time> next_stranger_deadline() const;
  void cut(int fd);
  void cut_revoked(Time now);
  void charge(Connection& connection, Time now);

  /// `code`: of those that failed.
  void tell_results(Scheduler::Results results, Time now, wire::ErrorCode code = wire::ErrorCode::handler_failed);
  void record_answers(Scheduler::Results results, wire::ErrorCode code);
  void end_hung(Time now);
  void dispatch_work(Time now);
  void leave_all(bool watchers_too, Time now);
  void tell_omissions(Time now);
  void say_draining(const Session& session, Time now);
  void finish_drain(Time now);

  void refuse(Refusal reason, Time now, const Address* address = nullptr);
  /// send_error(), of what no recording has: queries.
  void say_error(const Origin& origin, std::uint64_t id, wire::ErrorCode code, std::string_view text);
  void send_error(const Origin& origin, std::uint64_t id, wire::ErrorCode code, std::string_view text);
  void tell(const Notice& notice, Time now);
  /// A join or a leave that was just done.
  void record(Record::Kind kind, const Session& session, wire::LeaveReason reason = wire::LeaveReason::none);
  void record_jobs(Record::Kind kind, std::span<const Job> jobs);
  void record_taken_back(const Batch* batch, std::size_t size_before, std::size_t begun);
  /// Encodes a message that lives until the next step, and sends it.
  template <typename Message>
  void send(std::uint32_t routing_id, bool delimited, const Message& message) {
    std::string& part = scratch();
    wire::encode(message, part);
    effects_.emplace_back(Send{routing_id, delimited, part});
  }
  std::string& scratch() noexcept;

  struct Need {
    std::size_t effects;
    std::size_t messages;
    std::size_t leavers;
  };
  /// The most that a message does is to end a half-open session, to join and to be welcomed.
  static constexpr Need piece{16, 2, 2};
  static constexpr std::size_t effects_of_leave = 2;
  /// Room for the effects of one piece of an event, and for `more`. A piece first makes what else it needs, and from
  /// then on nothing fails; who does one after another calls this after each. A step begins with room for one.
  void make_ready(const Need& more);
  void make_ready() { make_ready({0, 0, 0}); }
  void make_ready_for_results(std::size_t count);

  Config config_;
  Connections connections_;
  Strangers strangers_;
  Roster roster_;
  Changes changes_;
  Watchers watchers_;
  Snapshot snapshot_;
  Allowance queries_;  ///< of entries in ROSTER pages, of all sessions
  Scheduler scheduler_;
  Absentees absentees_;
  ReplyCache replies_;
  Door door_;
  Journal journal_;
  Counters counters_;
  Phase phase_ = Phase::serving;
  Time drain_until_{0};
  std::vector<Effect> effects_;
  std::vector<std::unique_ptr<std::string>> scratch_;
  std::size_t scratch_used_ = 0;
  std::deque<Revocation> revocations_;  ///< in the order of their times
  // What notices of this step point to.
  std::vector<Roster::Leaver> left_;
  std::vector<Hold> released_;
  std::vector<Job*> answers_;
};

/// Under which reason an error that is sent is counted.
[[nodiscard]] Refusal refusal_for(wire::ErrorCode code) noexcept;

}  // namespace rollcall::core
