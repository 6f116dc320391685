// The naive model: what PROTOCOL.md and the comments of src/core's headers promise, kept in plain lists and maps, with
// nothing of the core's own but constants and types. It is told each event before the core is, and says what has to
// come of it; what the core may choose (which client's turn it is, how large a batch is), it checks instead.
// A connection is known by its number in the order of accepting, so that the model needs no rule to tell the dead from
// the living. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/events.hpp"
#include "core/limits.hpp"
#include "core/server_core.hpp"
#include "sim/message.hpp"
#include "sim/pictures.hpp"

namespace rollcall::sim {

using ConnId = std::size_t;
inline constexpr ConnId nobody = SIZE_MAX;

/// A message that has to be sent now.
struct ExpectedSend {
  std::uint32_t routing_id = 0;
  bool delimited = false;
  bool plain = false;
  wire::Type type = wire::Type::error;
  std::uint64_t id = 0;
  wire::ErrorCode code{};
  std::uint32_t count = 0;
  std::uint64_t version = 0;
  std::string body;
  bool resumed = false;
  wire::Token token{};
  wire::ClosingReason reason{};
  std::uint32_t grace_ms = 0;
};

/// A notice that has to be told now, or counted as left out.
struct ExpectedNotice {
  core::Notice::Kind kind{};
  bool resumed = false;
  ConnId conn = nobody;  ///< nobody: any client (the order in which a drain ends sessions is free)
  std::string name;
  std::string text;
  wire::LeaveReason reason{};
  core::Refusal refusal{};
  std::uint32_t count = 0;
  std::uint64_t version = 0;
  std::uint64_t total = 0;
};

/// From the core's time to the time since 1970.
inline constexpr core::Time unix_offset = std::chrono::seconds{1'700'000'000};

[[nodiscard]] core::Address address_of(ConnId conn);
/// The token that the core is given for its `number`-th session.
[[nodiscard]] wire::Token token_of(std::uint64_t number);

class Model {
 public:
  explicit Model(const core::Limits& limits) : limits_(limits) {}

  // Each event, before the core gets it.
  void opened(ConnId conn, int fd, core::Time now);
  void handshaken(ConnId conn, std::uint32_t routing_id);  ///< no event: libzmq gave the connection its id
  void closed(int fd, bool timed_out, core::Time now);
  void received(ConnId conn, int fd, const Message& message, core::Time now);
  void refused(core::Refusal reason, int fd, core::Time now);
  void endless(int fd, core::Time now);
  void clogged(int fd, std::uint32_t routing_id, core::Time now);
  /// Whose messages are listened to on `fd`; 0: nobody's.
  [[nodiscard]] std::uint32_t heard_on(int fd) const;
  void undeliverable(const core::Undeliverable& event, core::Time now);
  void finished(std::uint32_t worker, std::uint32_t ran, std::chrono::nanoseconds busy);
  void reclaimed(std::uint32_t worker, std::uint32_t begun, core::Time now);
  void worker_lost(std::uint32_t worker, std::uint32_t begun);
  void worker_ready(std::uint32_t worker);
  void revoked(std::string_view key, core::Time now);
  void drain_began(std::chrono::nanoseconds grace, core::Time now);
  void turn_ended(core::Time now);

  // What the core did that it may choose.
  void dispatched(const core::Dispatch& dispatch, core::Time now);
  void reclaim_asked(std::uint32_t worker);
  /// A session has left; the order in which those of a revoked key do is free.
  void has_left(std::uint32_t routing_id);
  void all_have_left() const;
  void replaced(std::uint32_t worker);
  /// All effects of a turn have been seen.
  void turn_over(core::Time now);
  /// The worker has begun a job of its batch.
  void begun(std::uint32_t worker, std::size_t index);

  std::vector<ExpectedSend> sends;      ///< of this event; the caller clears them
  std::vector<ExpectedNotice> notices;  ///< of this event, in order; the same
  std::vector<WatchOrder> orders;       ///< that are obeyed; the same
  std::vector<int> cuts;                ///< descriptors whose connection has to be cut now; the same
  bool drained_expected = false;

  [[nodiscard]] std::uint32_t count() const { return static_cast<std::uint32_t>(present_.size()); }
  [[nodiscard]] std::uint64_t version() const { return version_; }
  [[nodiscard]] const std::set<ConnId>& present() const { return present_; }
  [[nodiscard]] std::size_t unanswered() const { return unanswered_; }
  [[nodiscard]] bool present(ConnId conn) const { return present_.contains(conn); }
  /// Fails unless `session` is the one that has this routing id.
  void compare_session(const core::Session& session) const;
  /// Whether what is sent unasked has a delimiter.
  [[nodiscard]] bool is_delimited(std::uint32_t routing_id) const;
  [[nodiscard]] std::size_t connections() const;
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::size_t idle_workers() const;
  [[nodiscard]] std::size_t hung_workers() const;
  [[nodiscard]] bool runnable_work() const { return !runnable_.empty(); }
  [[nodiscard]] bool drained() const { return drained_; }
  [[nodiscard]] bool draining() const { return drain_until_.has_value(); }
  /// The earliest time at which something has to happen by itself.
  [[nodiscard]] std::optional<core::Time> due() const;
  /// Fails when a counter of the core differs.
  void compare_counters(const core::Counters& counters) const;
  /// How many sessions began for somebody dead, after a doubt in which the living one was silent.
  [[nodiscard]] std::uint64_t ghosts() const { return ghosts_; }
  /// How many requests were given up because their handler did not return.
  [[nodiscard]] std::uint64_t over_time() const { return over_time_; }
  /// How many workers were hung at a time, at most.
  [[nodiscard]] std::size_t hung_most() const { return hung_most_; }
  /// How many sessions were evicted because their key was revoked.
  [[nodiscard]] std::uint64_t revoked_sessions() const { return revoked_sessions_; }

 private:
  enum class State { silent, present, ended };
  struct Request {
    std::uint64_t id = 0;
    bool plain = false;
    bool delimited = false;
    std::string body;
    bool moved = false;  ///< its client has another connection since
  };
  struct Spent {
    core::Time since{-std::chrono::seconds{1}};
    std::uint32_t entries = 0;
    bool may(std::uint32_t cost, std::uint32_t most, core::Time now);
  };
  struct Peer {
    std::uint64_t number = 0;
    std::uint64_t requests = 0;
    core::Time joined{0};
    Spent spent;  ///< on queries
    std::uint32_t routing_id = 0;
    int fd = -1;
    State state = State::silent;
    bool said_hello = false;
    bool delimited = false;
    std::uint64_t last_id = 0;
    std::uint64_t resumed_to = 0;
    std::uint64_t missed_to = 0;
    bool away = false;
    core::Time away_until{0};
    std::map<std::uint64_t, ExpectedSend> kept;  ///< outcomes, by id
    core::Time last_seen{0};
    wire::Token token{};
    std::string key;
    std::string name;
    std::deque<Request> unanswered;  ///< those with a worker first
    std::size_t lent = 0;            ///< how many of them are with a worker
    std::size_t bytes = 0;
    bool runnable = false;
    std::uint64_t runnable_since = 0;  ///< in numbers of batches
    std::uint64_t last_turn = 0;
    bool robbed = false;  ///< its turn was taken back before anything of it began: its next one comes first
  };
  /// What the monitor and the messages have told about a descriptor.
  struct Slot;
  /// Null: nothing is open, or nothing of it is listened to any more.
  [[nodiscard]] Slot* listened_to(int fd);
  struct Slot {
    bool open = false;
    bool charged = false;    ///< its failure was counted against its address, or never will be
    bool cut = false;        ///< nothing of it is listened to any more
    ConnId owner = nobody;   ///< the latest that was opened here
    ConnId heard = nobody;   ///< whose messages are listened to
    ConnId latest = nobody;  ///< the latest that was ever listened to here
    bool doubtful = false;
    core::Time doubt_until{0};
    std::optional<core::Time> ended_in_doubt;
    ConnId held = nobody;
    std::vector<Message> kept;
    std::size_t kept_bytes = 0;
  };
  struct Lent {
    ConnId conn = nobody;
    Request request;
    std::uint64_t turn_before = 0;  ///< the client's last turn before this one
    std::uint32_t count = 0;
    std::uint64_t version = 0;
    bool begun = false;
  };
  struct Worker {
    std::vector<Lent> lent;
    bool busy = false;
    std::size_t told = 0;
    core::Time since{0};
    bool asked = false;
    std::optional<core::Time> alone_since;  ///< with the one request that it runs
    bool hung = false;
    bool replaced = false;
  };

  void end(int fd, core::Time now, wire::LeaveReason reason = wire::LeaveReason::disconnected);
  void handle(ConnId conn, int fd, const Message& message);
  void keep(ConnId conn, Slot& slot, int fd, const Message& message);
  void hear(ConnId conn, Slot& slot);
  void end_heard(const Slot& slot, wire::LeaveReason reason = wire::LeaveReason::disconnected);
  [[nodiscard]] bool is_silent(const Slot& slot) const;
  void forget_kept(int fd, Slot& slot);
  void expect_closing(const Peer& peer, wire::ClosingReason reason);
  void cut_revoked();
  [[nodiscard]] bool awaits_cut(ConnId conn) const;
  bool may_join(ConnId conn, const Message& message);
  /// Returns whether the session was resumed.
  bool join(ConnId conn, int fd, const Message& message);
  void welcome(ConnId conn, const Message& message, bool resumed);
  [[nodiscard]] bool resumes() const;
  void go_away(ConnId conn);
  void forget(ConnId conn);
  void forget_expired();
  void cut(int fd);
  void forget_stranger(int fd);
  void add_stranger(int fd);
  void make_room();
  /// How often connections from this address may still fail.
  double& credit(const std::string& host);
  void charge(Slot& slot);
  void drop_requests(Peer& peer);
  void drop_one(Peer& peer, std::size_t place);
  void end_elsewhere(const Message& message);
  bool come_back(ConnId conn, const Message& message);
  void keep(Peer& peer, const ExpectedSend& outcome);
  void answer_again(ConnId conn, const Message& message);
  void run(ConnId conn, const Message& message);
  void query(ConnId conn, const Message& message);
  void pack(ConnId conn, std::string& entries);
  void watch(ConnId conn, const Message& message);
  /// `may_read`: its connection is not cut, even where it is evicted.
  void leave(ConnId conn, wire::LeaveReason reason, bool any_order = false, bool may_read = false);
  void error(ConnId conn, const Message& message, std::uint64_t id, wire::ErrorCode code);
  void count_refusal(core::Refusal reason);
  void refresh(ConnId conn);
  void tell(Lent& lent, std::optional<wire::ErrorCode> error = {});
  void end_hung();
  [[nodiscard]] std::size_t replaced_workers() const;
  void put_back(Worker& worker, std::size_t from);
  void check_job(const core::Job& job, const Peer& peer, std::size_t place) const;
  void count_lanes();
  void check_size(const core::Batch& batch, std::size_t waiting) const;
  void check_turn(const std::vector<ConnId>& turns);
  void end_drain();

  core::Limits limits_;
  std::vector<Peer> peers_;  ///< by ConnId
  std::unordered_map<std::uint32_t, ConnId> by_routing_id_;
  std::map<int, Slot> slots_;
  std::vector<int> keeping_;  ///< descriptors with messages kept back, in the order in which that began
  std::set<ConnId> present_;
  std::set<ConnId> watching_;
  Spent spent_;
  std::vector<std::pair<int, core::Time>> strangers_;   ///< without a session, the longest first
  std::vector<ConnId> away_;                            ///< the one that left first comes first
  std::set<ConnId> to_evict_;                           ///< their key is being revoked
  std::vector<std::pair<ConnId, core::Time>> evicted_;  ///< of a revoked key, and when they are cut
  std::set<ConnId> runnable_;
  std::set<std::string> ran_;  ///< bodies of which each has its own
  std::map<std::uint32_t, Worker> workers_;
  std::set<std::uint32_t> to_ask_;
  std::map<std::string, std::pair<double, core::Time>> credits_;  ///< by host, and when that was
  std::uint64_t version_ = 0;
  std::uint64_t joins_ = 0;
  std::uint64_t tokens_ = 0;
  std::uint64_t resumes_ = 0;
  std::uint64_t repeated_ = 0;
  std::uint64_t accepted_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t told_ = 0;
  std::uint64_t turns_ = 0;
  std::uint64_t ghosts_ = 0;
  std::uint64_t over_time_ = 0;
  std::size_t hung_most_ = 0;
  std::uint64_t revoked_sessions_ = 0;
  std::size_t lanes_most_ = 0;  ///< clients that were here, or had requests with a worker, at the same time
  std::chrono::nanoseconds shortest_{10'000};  ///< of the times that a request took on the average of a batch; the
  std::chrono::nanoseconds longest_{10'000};   ///< core's guess before the first is among them
  std::size_t unanswered_ = 0;
  std::size_t bytes_ = 0;
  std::size_t all_kept_bytes_ = 0;
  core::Time now_{0};
  std::array<std::uint64_t, 6> leaves_{};
  std::array<std::uint64_t, core::refusal_count> refusals_{};
  std::array<std::uint64_t, wire::error_code_max + 1> errors_{};
  std::optional<core::Time> drain_until_;
  bool drained_ = false;
};

}  // namespace rollcall::sim
