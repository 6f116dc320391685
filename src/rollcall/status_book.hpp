// Makes what Server::status() and Server::roster() give out of what the server's loop has told. Any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>

#include "rollcall/status.hpp"

namespace rollcall {

namespace core {
struct Limits;
}
namespace io {
struct StatusSnapshot;
struct RosterSnapshot;
}  // namespace io

class StatusBook {
 public:
  explicit StatusBook(const core::Limits& limits);

  /// With the changes after this version.
  [[nodiscard]] std::shared_ptr<const ServerStatus> status(const io::StatusSnapshot& snapshot,
                                                           std::uint64_t changes_after);
  /// The version up to which the loop need not tell changes again.
  [[nodiscard]] std::uint64_t known_version();
  /// The same one again for the same snapshot.
  [[nodiscard]] std::shared_ptr<const ServerRoster> roster(std::shared_ptr<const io::RosterSnapshot> snapshot);
  [[nodiscard]] std::size_t clients_max() const noexcept { return clients_max_; }

 private:
  void learn(const io::StatusSnapshot& snapshot);
  void fill_changes(ServerStatus& status, std::uint64_t after) const;

  const std::size_t clients_max_;
  const std::uint32_t window_;
  const std::size_t unanswered_bytes_max_;
  const std::size_t unread_bytes_max_;
  const std::chrono::system_clock::time_point started_ = std::chrono::system_clock::now();
  std::mutex mutex_;                  ///< of what follows
  std::deque<RosterChange> changes_;  ///< the latest, one after the other
  std::uint64_t known_version_ = 0;   ///< of the last one
  std::shared_ptr<const io::RosterSnapshot> roster_of_;
  std::shared_ptr<const ServerRoster> roster_;
};

}  // namespace rollcall
