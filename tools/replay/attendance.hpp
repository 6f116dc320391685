// Who is there at some point of a script, and how many of their requests nothing is expected of yet: what the checker
// has to know. A pattern is one entry, however many clients it stands for. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace rollcall::replay {

class Attendance {
 public:
  /// These throw Fault: a name that is there already, or that is not.
  void join(const std::string& client, std::uint32_t number, std::uint64_t line);
  /// Returns how many left.
  std::uint32_t leave(const std::string& client);
  /// Each of them asks something that nothing is expected of yet.
  void ask(const std::string& client);
  /// An expectation of the oldest such request of each. Throws when there is none.
  void expect(const std::string& client);

  /// How many clients `client` stands for now. Throws Fault when there is none.
  [[nodiscard]] std::uint32_t present(const std::string& client) const;
  /// The same, with those of a pattern who have left one by one.
  [[nodiscard]] std::uint32_t joined(const std::string& client) const;
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

  /// True when some client has fewer requests to expect something of than in `before`, where the same ones are there.
  [[nodiscard]] bool uses_up(const Attendance& before) const;
  /// Changes those numbers as `rounds` more rounds of what led from `before` to here would.
  void repeat_change(const Attendance& before, std::uint32_t rounds);

 private:
  struct Group {
    std::uint32_t number = 1;
    std::uint64_t line = 0;
    std::int64_t pending = 0;                     ///< requests of each member, but for
    std::map<std::uint32_t, std::int64_t> apart;  ///< those that were named one by one: what they have more or less
    std::set<std::uint32_t> gone;                 ///< members that left one by one

    [[nodiscard]] std::uint32_t size() const { return number - static_cast<std::uint32_t>(gone.size()); }
    [[nodiscard]] std::int64_t least() const;  ///< of its members
  };
  /// By the name in the join: "ana", "bia*".
  using Groups = std::map<std::string, Group, std::less<>>;
  struct Place {
    Groups::const_iterator group;
    std::uint32_t member = 0;  ///< 0: all
  };

  [[nodiscard]] Place find(std::string_view client) const;
  [[nodiscard]] Place require(const std::string& client) const;
  [[nodiscard]] Group& change(const Place& place) { return groups_.find(place.group->first)->second; }
  void refuse_overlap(const std::string& pattern, std::uint32_t number) const;

  Groups groups_;
  std::uint64_t size_ = 0;
};

}  // namespace rollcall::replay
