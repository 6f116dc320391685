// A TCP proxy between clients and one server that makes networks fail on command: see main.cpp for the faults.
//
// One thread, one epoll. Connections are passed on as they come; a connection whose server can't be reached is reset.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "pipe.hpp"

namespace rollcall::test {

class Proxy {
 public:
  /// Listens on 127.0.0.1, any free port.
  Proxy();
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// Where new connections go: a port on 127.0.0.1.
  void set_target(std::uint16_t port) noexcept { target_ = port; }

  enum class Which : std::uint8_t { present, future, every };
  struct Direction {
    bool up = true;    ///< from the client to the server
    bool down = true;  ///< from the server to the client
  };
  /// Puts a treatment on `percent` of the connections that are there, on those to come, or both. Ends the one before
  /// it. Connections of which bytes were swallowed are reset when they are treated otherwise.
  std::uint64_t treat(Which which, Treatment treatment, Direction direction, unsigned percent);
  /// Ends `percent` of the connections that are there, with FIN (cut) or RST (reset) to both sides, or with RST
  /// to the client alone (abandon). Returns how many.
  std::uint64_t end(Fault how, unsigned percent);
  /// New connections are reset as soon as they come.
  void refuse(bool refuses) noexcept { refuses_ = refuses; }

  /// Serves until `control` (a descriptor) is readable.
  void run_until_readable(int control);

  /// One line of JSON: connections, bytes, and what each fault has hit.
  [[nodiscard]] std::string stats() const;

 private:
  struct Connection;
  struct End;
  struct Timer {
    Time due;
    std::uint64_t id;
    bool operator>(const Timer& other) const { return due > other.due; }
  };

  void accept_some();
  void treat(Connection& connection, Treatment treatment, Direction direction);
  void on_event(std::uint64_t key, std::uint32_t events, Time now);
  void pump(Connection& connection, Time now);
  void abandon(Connection& connection);
  void break_off(Connection& connection, bool from_client);
  void close(Connection& connection, Fault how);
  void watch(Connection& connection);
  void watch_end(std::uint64_t key, End& end, std::uint32_t wanted) const;
  void set_timer(Connection& connection);
  void run_timers(Time now);
  [[nodiscard]] int wait_ms(Time now) const;
  [[nodiscard]] std::vector<std::uint64_t> pick(unsigned percent);

  int epoll_;
  int listener_;
  std::uint16_t port_ = 0;
  std::uint16_t target_ = 0;
  bool refuses_ = false;
  Treatment future_;
  Direction future_direction_;
  std::uint64_t last_id_ = 0;
  std::uint64_t passed_up_ = 0;
  std::uint64_t passed_down_ = 0;
  unsigned pick_offset_ = 0;
  std::map<std::uint64_t, std::unique_ptr<Connection>> connections_;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
  Tally tally_;
};

}  // namespace rollcall::test
