// What a server knows of itself, for those who watch over it: figures, the changes of its roster, and who is here.
//
// Plain values, made by Server::status() and Server::roster() and never changed afterwards: any thread may read them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall {

/// How often durations came to be between two bounds: each bucket holds those above the one before it, up to its own.
struct Durations {
  struct Bucket {
    std::chrono::nanoseconds up_to;  ///< the last one is nanoseconds::max()
    std::uint64_t count;
  };
  std::vector<Bucket> buckets;  ///< rising; the same bounds in every status
  std::uint64_t count = 0;      ///< of all
  std::chrono::nanoseconds sum{0};
};

/// Counted under a name of PROTOCOL.md: a leave's or a refusal's reason, or an error's name. Static text.
struct Tally {
  std::string_view name;
  std::uint64_t count;
};

/// A join or a leave.
struct RosterChange {
  enum class Kind { joined, left } kind = Kind::joined;
  std::uint64_t version = 0;  ///< of the roster, after it
  std::uint32_t count = 0;    ///< of clients, after it
  std::uint64_t session = 0;
  std::string_view reason;  ///< left: such as "goodbye"; static text
  std::string name;         ///< as the client gave it: data, to be escaped wherever people read it
  std::string address;      ///< such as "127.0.0.1:52634"
  std::chrono::system_clock::time_point time;
};

struct ServerStatus {
  std::chrono::steady_clock::time_point taken;    ///< when this was so
  std::chrono::system_clock::time_point started;  ///< the server was made
  bool draining = false;

  std::uint32_t count = 0;  ///< clients, now
  std::uint64_t version = 0;
  std::size_t clients_max = 0;
  /// Everything after the version that was asked for, in order, but at most the last 4,096. Where `changes_lost`, there
  /// were more.
  std::vector<RosterChange> changes;
  bool changes_lost = false;
  std::uint64_t joins = 0;
  std::uint64_t resumes = 0;   ///< of the joins, those that went on with a session
  std::vector<Tally> leaves;   ///< by reason
  std::vector<Tally> refused;  ///< peers and messages, by reason
  std::size_t watchers = 0;    ///< clients that have joins and leaves pushed

  std::uint64_t requests = 0;       ///< accepted
  std::uint64_t replies = 0;        ///< sent, errors that ended an accepted request among them
  std::vector<Tally> errors;        ///< sent, by name
  std::uint64_t repeated = 0;       ///< answers given again to clients that came back
  std::uint64_t dropped = 0;        ///< requests whose client left before they were run
  std::uint64_t undeliverable = 0;  ///< messages whose client was gone, or had too much to read
  std::uint64_t suppressed = 0;     ///< log lines that were left out, to keep their rate bounded
  std::size_t unanswered = 0;       ///< accepted requests without an outcome, now
  std::size_t unanswered_bytes = 0;
  std::size_t unanswered_bytes_max = 0;
  std::uint32_t window = 0;          ///< unanswered requests of one client, at most
  std::uint64_t window_refused = 0;  ///< requests beyond it (BUSY)
  std::size_t unread_bytes = 0;      ///< of large answers, given to libzmq and not read by their client
  std::size_t unread_bytes_max = 0;

  std::size_t workers = 0;
  std::size_t workers_busy = 0;
  std::size_t handlers_hung = 0;  ///< calls of the handler that are over their time

  Durations handler_time;  ///< of a request; of those that were run in one batch, the mean
  Durations reply_time;    ///< from a request's acceptance until its outcome was handed to the socket
  Durations silence;       ///< from the last byte of a client that was lost until it left
  /// Self-audit, every 10 s: how far roster, connections as counted by their events, and the kernel's connections of
  /// the server's ports are apart. Expected 0; nothing before the first audit.
  std::optional<std::int64_t> presence_drift;
};

struct RosterEntry {
  std::uint64_t session = 0;
  std::string name;     ///< data: escape it
  std::string address;  ///< such as "127.0.0.1:52634"
  std::chrono::system_clock::time_point since;
  std::uint64_t requests = 0;
  std::chrono::milliseconds idle{0};  ///< since its last message
};

/// Who was here at one moment.
struct ServerRoster {
  std::chrono::steady_clock::time_point taken;
  std::uint64_t version = 0;
  std::vector<RosterEntry> entries;  ///< by session, rising; their number is the count
};

}  // namespace rollcall
