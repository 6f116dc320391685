// Every bound of a server in one place, with its reason (PROTOCOL.md section 10). Those in `Limits` can be configured.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "wire/messages.hpp"

namespace rollcall::core {

/// Time is an argument everywhere in this room: nanoseconds since any fixed moment, never going back.
using Time = std::chrono::nanoseconds;

struct Limits {
  /// Sessions at a time. Keeps the process below its file descriptors: see io/fd_limit.hpp.
  std::size_t clients_max = 10'000;
  /// Unanswered requests of one client. Below the frontend's high-water mark, so that libzmq never stops reading a
  /// client.
  std::uint32_t window = 256;
  /// One message part. Bounds what one request can make the server hold.
  std::size_t message_bytes_max = std::size_t{1} << 20U;
  /// Bytes of one client's unanswered requests; one request always fits, whatever message_bytes_max says.
  std::size_t client_queue_bytes_max = std::size_t{16} << 20U;
  /// Bytes of all unanswered requests.
  std::size_t total_queue_bytes_max = std::size_t{256} << 20U;
  /// Bytes of answers that are kept for clients who may come back, in all; of one client a sixteenth of it at most
  /// (reply_cache.hpp).
  std::size_t reply_cache_bytes_max = std::size_t{64} << 20U;
  /// How long a client whose connection was lost may take to come back to its session; 0: no session is resumed.
  std::chrono::milliseconds resume_time_max{60'000};
  /// How long the handler may take for a request; 0: as long as it likes.
  std::chrono::milliseconds handler_time_max{60'000};
  /// Connections without a session: clients on their way in, ended ones, and whoever else found the port. Each costs a
  /// file descriptor; the one that has been without a session for the longest time makes room.
  std::size_t strangers_max = 512;
  /// Connections from one address that may end without ever having had a session, at once and then in each second; new
  /// ones are held off until it is forgiven (door.hpp). A crowd of honest clients behind one address that fails at a
  /// restart stays below; who guesses keys, or claims routing ids, gets to 4.3 million tries a day.
  std::uint32_t door_burst = 1000;
  std::uint32_t door_refill_per_second = 50;
  /// Bytes of large answers (io/unread.hpp) that one client has not read; one always fits. Enough for a whole window of
  /// a quarter of message_bytes_max each, which even a client that reads all the time may have before it.
  std::size_t unread_bytes_max = std::size_t{64} << 20U;
  /// Of all clients together.
  std::size_t total_unread_bytes_max = std::size_t{512} << 20U;
};

/// Handlers that may be over their time at once and have had their worker replaced: each holds a thread.
inline constexpr std::size_t hung_workers_max = 64;

/// Requests in one batch. The more answers libzmq's I/O thread finds waiting, the fewer system calls it needs; above a
/// thousand that no longer shows.
inline constexpr std::size_t batch_jobs_max = 1024;
/// How long a batch may keep a worker, by the measured time of the handler: the longest that one client's request waits
/// behind another's in the same batch.
inline constexpr std::chrono::microseconds batch_time_target{200};
/// A batch that takes this long holds a slow request: the requests behind it are taken back for other workers.
inline constexpr std::chrono::milliseconds reclaim_after{1};
/// A measured handler time counts as this much at most, so that one slow call does not shrink the batches for long.
inline constexpr std::chrono::milliseconds handler_sample_max{1};

/// On a file descriptor whose last connection ended, without having been heard, less than `doubt_memory` ago, the first
/// messages are kept for `doubt_hold`: they may be the dead one's (see connections.hpp).
inline constexpr std::chrono::milliseconds doubt_memory{100};
inline constexpr std::chrono::milliseconds doubt_hold{20};

/// Log lines a second: enough to watch a conversation, too few to slow the loop.
inline constexpr std::uint32_t message_notices_per_second = 40;
inline constexpr std::uint32_t presence_notices_per_second = 400;
inline constexpr std::uint32_t hung_notices_per_second = 1;
inline constexpr std::uint32_t refusal_notices_per_second = 1;  // for each reason

/// How long a connection may be without a session while there are more than strangers_max of them, and room that
/// clients leave: a crowd that comes at once needs it to say HELLO on a busy machine. Longer than libzmq gives a
/// handshake.
inline constexpr std::chrono::seconds stranger_patience{5};

/// How long the connection of a client whose key was revoked stays, so that it may hear of it and go.
inline constexpr std::chrono::seconds revocation_patience{1};
/// Addresses whose failures are remembered: some 400 KiB.
inline constexpr std::size_t door_addresses_max = 4096;

/// Joins and leaves that are remembered for those who follow them: a second of a great churn, and 700 KiB.
inline constexpr std::size_t changes_kept = 4096;
/// Clients that may have them pushed at a time: each costs a message for every join and leave.
inline constexpr std::size_t watchers_max = 64;
/// Changes that a watcher is told beyond the last one that it has acknowledged. Below the frontend's high-water mark,
/// with the answers to a whole window.
inline constexpr std::uint64_t unacknowledged_changes_max = 256;
/// How soon after it has begun to watch a session may begin again.
inline constexpr std::chrono::seconds watch_pause{1};
/// Between two snapshots for watchers: one of 10,000 clients takes the loop some milliseconds.
inline constexpr std::chrono::milliseconds snapshot_pause{2};
/// How long the pages of a snapshot are used again, with the changes since then told after it.
inline constexpr std::chrono::seconds snapshot_life{1};
/// Entries of one ROSTER page: with names and addresses of common length some 32 KiB.
inline constexpr std::uint16_t page_entries_max = 500;
/// Messages of a snapshot, whose pages are larger where more clients are here; for the same high-water mark.
inline constexpr std::size_t snapshot_pages_max = 64;
/// What ROSTER queries may cost a second: entries that one session, and all together, are given. Some 5 ms, and 40.
inline constexpr std::uint32_t queried_entries_per_second = 25'000;
inline constexpr std::uint32_t total_queried_entries_per_second = 200'000;
/// A page counts as this many entries at least.
inline constexpr std::uint32_t query_cost_least = 50;

/// Buffers are used again, but given back when they grew beyond this; so an unanswered request counts this much against
/// the bounds on bytes, on top of its body.
inline constexpr std::size_t kept_buffer_bytes_max = 512;

/// The least message_bytes_max that can be configured.
inline constexpr std::size_t message_bytes_least = 4096;

static_assert(reclaim_after > batch_time_target, "a batch of normal length must not be taken back");
static_assert(doubt_memory > doubt_hold);
static_assert(batch_jobs_max >= 1);
static_assert(unacknowledged_changes_max < changes_kept, "who acknowledges in time needs no snapshot");
static_assert(page_entries_max >= query_cost_least && queried_entries_per_second > page_entries_max);
static_assert(wire::name_bytes_max + wire::metadata_bytes_max < message_bytes_least, "a HELLO always fits");

}  // namespace rollcall::core
