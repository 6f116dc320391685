// What goes into the server's core, and what comes out of it: plain values (server_core.hpp).
//
// Views in events need to live through the call of step(); views in effects and notices live until the next call.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "core/job.hpp"
#include "core/limits.hpp"
#include "wire/messages.hpp"

namespace rollcall::core {

/// Where a client is: an IP address and port, or a word for the transport and a number that tells its peers apart.
struct Address {
  std::string host;
  std::uint32_t port = 0;
  bool operator==(const Address&) const = default;
};

/// Why something was turned away before it could become a session, or without belonging to one. One counter each.
enum class Refusal : std::uint8_t {
  silent_connection,  ///< ended without one valid message: port scans, failed handshakes, duplicate routing ids
  chosen_routing_id,  ///< the peer chose its routing id
  forged_routing_id,  ///< the peer claimed an id of the form that libzmq gives out
  no_connection,      ///< ZMTP 2: the message belongs to no connection that could be watched
  late_message,       ///< of a connection that has ended
  session_ended,      ///< of a client that said goodbye or was evicted
  bad_message,        ///< not a message (PROTOCOL.md errors 1 to 9)
  out_of_place,       ///< not now, or never here (errors 10 to 12, 22)
  over_bound,         ///< window, queues, number of clients (errors 13 to 15)
  draining,           ///< error 16
  failed_handshake,   ///< told by the monitor; the connection's end is counted under silent_connection too
  unauthorized,       ///< its key is not, or no longer, allowed (error 21, or told by the monitor)
  held_off,           ///< cut as it opened: too many failures from its address
  stranger,           ///< cut after a time without a session, to make room
  endless_message,    ///< cut for part after part of one message
};
inline constexpr std::size_t refusal_count = 15;

/// Such as "chosen_routing_id"; used in logs and metrics.
[[nodiscard]] std::string_view refusal_name(Refusal refusal) noexcept;
/// Such as "disconnected".
[[nodiscard]] std::string_view leave_reason_name(wire::LeaveReason reason) noexcept;

// Events.

/// The monitor: a connection was accepted on `fd`. Monitor events come in their own order.
struct Opened {
  int fd = -1;
  Address address;
};
/// The monitor: the connection on `fd` has ended.
struct Closed {
  int fd = -1;
  bool timed_out = false;                            ///< its peer no longer answered heartbeats
  std::optional<std::chrono::nanoseconds> silent{};  ///< since its last byte, where that is known
};
/// The frontend gave a message. Every monitor event that was waiting must have been fed before.
struct Received {
  std::uint32_t routing_id = 0;  ///< libzmq's 4-byte counter
  int fd = -1;
  bool delimited = false;
  bool many_parts = false;  ///< there were more parts than `part`
  std::string_view part;
  /// The key that the connection was made with, and its owner's name, for a sender that has no session yet; empty where
  /// connections have none.
  std::string_view key{};
  std::string_view key_name{};
};
/// Something that the shell itself had to turn away.
struct Refused {
  Refusal reason = Refusal::chosen_routing_id;
  int fd = -1;  ///< whose connection that was, where it is known
};
/// A message on `fd` has more parts, or more bytes in parts, than any peer can have sent by mistake; it need not have
/// come to its end.
struct Endless {
  int fd = -1;
};
/// The connection on `fd`, if it still is this peer's, has to end: what it leaves unread takes too much memory.
struct Clogged {
  int fd = -1;
  std::uint32_t routing_id = 0;
};
/// A Send could not be delivered: the peer is gone, or has too much to read already (`full`).
struct Undeliverable {
  std::uint32_t routing_id = 0;
  bool full = false;
  Closed end{};  ///< its connection's, where that is known: it is to be fed, too, in its turn
};
/// A worker has ended its batch, and spent `busy` on the `ran` jobs of it that it began.
struct Finished {
  std::uint32_t worker = 0;
  std::uint32_t ran = 0;
  std::chrono::nanoseconds busy{0};
};
/// The answer to Reclaim: the worker had begun `begun` jobs and will begin no more of this batch; all of them
/// but the last are finished. Its Finished still comes. Not sent when the batch has ended meanwhile.
struct Reclaimed {
  std::uint32_t worker = 0;
  std::uint32_t begun = 0;
};
/// A worker died, having begun `begun` jobs; the last of them was not finished. It never reports again.
struct WorkerLost {
  std::uint32_t worker = 0;
  std::uint32_t begun = 0;
};
/// There is a worker, and it is idle.
struct WorkerReady {
  std::uint32_t worker = 0;
};
/// Nothing else is waiting, or time has come to next_deadline(): hand out work, look at the clock.
struct TurnEnded {};
/// This key is no longer allowed: its sessions end.
struct Revoked {
  std::string_view key{};
};
/// Stop: finish what was accepted within `grace`, accept nothing new.
struct DrainBegan {
  std::chrono::nanoseconds grace{0};
};

using ServerEvent = std::variant<Opened, Closed, Received, Refused, Endless, Clogged, Undeliverable, Finished,
                                 Reclaimed, WorkerLost, WorkerReady, TurnEnded, Revoked, DrainBegan>;

// Effects, to be carried out in order.

struct Send {
  std::uint32_t routing_id = 0;
  bool delimited = false;
  std::string_view part;
};
/// Lend `batch` to `worker`; never to one that has not reported since its last batch.
struct Dispatch {
  std::uint32_t worker = 0;
  Batch* batch = nullptr;
  std::chrono::nanoseconds expected{0};  ///< how long its requests will take, by those before them
};
/// Take back what the worker has not begun, and say so with Reclaimed.
struct Reclaim {
  std::uint32_t worker = 0;
};
/// The worker has been in one request for longer than handler_time_max, and nobody waits for it any more: put another
/// one in its place (WorkerReady). Its own Finished may still come; from then on it is forgotten, and may be that other
/// one for somebody else.
struct Replace {
  std::uint32_t worker = 0;
};
/// End the connection on `fd`, if it still is this peer's; its Closed follows.
struct Cut {
  int fd = -1;
  const Address* address = nullptr;
};
/// Draining is over; nothing follows.
struct Drained {};

/// Something for people: the log, the library's observer. Rate-limited (journal.hpp).
struct Notice {
  enum class Kind : std::uint8_t {
    joined,
    left,
    message,
    refused,
    suppressed,
    hung,
    draining,
    reloaded,
    drifted
  } kind = Kind::joined;
  const Address* address = nullptr;  ///< joined, left, message; refused: of a connection that was cut for it
  std::string_view name;             ///< joined, left, message
  std::string_view text;             ///< message: the body; reloaded: what went wrong, if anything did
  wire::LeaveReason reason = wire::LeaveReason::none;
  bool resumed = false;  ///< joined: the session goes on after its connection was lost
  Refusal refusal = Refusal::late_message;
  Kind suppressed_kind = Kind::message;
  /// joined, left: the roster's size after it; draining: its size; hung: workers that have nobody in their place, since
  /// there are too many
  std::uint32_t count = 0;
  std::uint64_t version = 0;  ///< joined, left
  /// refused: so far, for this reason; suppressed: how many notices were left out; hung: workers that are, now;
  /// draining: unanswered requests; reloaded: keys that may come in
  std::uint64_t total = 0;
  /// drifted: connections that the core's side has and the system does not, or the other way round
  std::int64_t drift = 0;
};

/// For a recording, where one is made (ServerCore::Config::records): everything, in the order in which it took effect.
/// A request that is handed to a worker has the roster's count of that moment, so it stands between the joins and
/// leaves that it came after and those that came after it. Jobs are told by the number of their dispatch.
struct Record {
  enum class Kind : std::uint8_t {
    joined,
    left,
    dispatched,  ///< `jobs` are about to be handed to a worker
    settled,     ///< `jobs` will be answered under the dispatch that was told: they can't be taken back any more
    taken_back,  ///< `jobs` were not begun: of clients that are still here, they will be dispatched again
    answered,    ///< `answers` are about to be sent
    refused,     ///< a request or a client was turned away, with the error `code`
  } kind = Kind::joined;
  std::uint32_t routing_id = 0;      ///< joined, left, refused; never used twice for a session
  const Address* address = nullptr;  ///< joined, left
  std::string_view name;             ///< joined, left
  std::span<const Job> jobs;         ///< of taken_back: bodies have gone back into the queue
  std::span<Job* const> answers;
  wire::LeaveReason reason = wire::LeaveReason::none;
  wire::ErrorCode code = wire::ErrorCode::malformed;  ///< refused; answered: of those that failed
  std::uint32_t count = 0;                            ///< joined, left: the roster's size after it
  std::uint64_t version = 0;                          ///< joined, left
};

using Effect = std::variant<Send, Dispatch, Reclaim, Replace, Cut, Drained, Notice, Record>;

}  // namespace rollcall::core
