// A client that watches who comes and goes (PROTOCOL.md section 4.4): first everybody who is here, then every change,
// each version exactly one above the one before; after a lost connection it goes on where it was, or begins anew.
//
// Acknowledges what it was told by itself. A server that leaves out a version, or whose snapshot does not fit together,
// is asked for another snapshot. One thread. Where a call throws, it may be made again; after happened() and listed(),
// lost() comes first.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/client_pages.hpp"

namespace rollcall::core {

/// How many changes a watcher acknowledges at once: half of what the server tells without it, so that it need not wait.
inline constexpr std::uint64_t watch_acknowledge_every = 128;

class Watching {
 public:
  using Effects = std::vector<ClientEffect>;

  /// From now on, beginning with a snapshot; nothing when it watches already.
  void begin() noexcept;
  /// No more. `served`: by this connection.
  void stop(bool served, Effects& effects);
  /// A connection's WELCOME has come.
  void welcomed(bool resumed) noexcept;
  /// Says WATCH where that has to be said; for a connection on which HELLO was answered.
  void ask_when_due(Effects& effects);
  void happened(const wire::Event& event, Effects& effects);
  /// A page of a snapshot.
  void listed(const wire::Roster& page, Effects& effects);
  /// An error without an id. False: it is about something else.
  bool refused(const wire::Error& error, Effects& effects);
  void lost() noexcept;
  /// The client is closed.
  void end() noexcept;

 private:
  enum class State : std::uint8_t {
    off,
    unasked,     ///< WATCH was not said on this connection
    asked,       ///< for a snapshot, whose beginning has not come
    collecting,  ///< the snapshot's pages
    following,   ///< what happens after version_
  };

  void say_watch(Effects& effects);
  void begin_snapshot(const wire::Event& reset, Effects& effects);
  void follow(const wire::Event& change, Effects& effects);
  void ask_anew(Effects& effects);
  void fail(wire::ErrorCode code, std::string text, bool tell_server, Effects& effects);

  State state_ = State::off;
  std::uint64_t version_ = 0;       ///< the last one that was told; 0: none
  std::uint64_t acknowledged_ = 0;  ///< on this connection
  std::uint64_t snapshot_version_ = 0;
  std::uint32_t snapshot_count_ = 0;
  PageCollector pages_;
};

}  // namespace rollcall::core
