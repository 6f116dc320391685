#include "replay/attendance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "replay/script.hpp"
#include "replay/script_error.hpp"
#include "replay/spelling.hpp"
#include "wire/utf8.hpp"

namespace rollcall::replay {
namespace {

constexpr std::size_t quoted_bytes_max = 80;
constexpr std::ptrdiff_t suggestions_max = 1000;  // names that are looked at for one that was meant
constexpr std::int64_t pending_max = std::int64_t{1} << 50U;

std::string shown(std::string_view name) { return '"' + wire::printable(name, quoted_bytes_max) + '"'; }

/// The number that `digits` is, as member_name() writes it: no leading zero, not 0.
std::optional<std::uint32_t> member_number(std::string_view digits) {
  std::uint32_t number = 0;
  if (digits.empty() || digits[0] < '1' || digits[0] > '9') return std::nullopt;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

using Apart = std::map<std::uint32_t, std::int64_t>;

std::int64_t value_or_0(const Apart& apart, std::uint32_t member) {
  const auto found = apart.find(member);
  return found == apart.end() ? 0 : found->second;
}

/// The members that one or the other has.
std::set<std::uint32_t> named_apart(const Apart& one, const Apart& other) {
  std::set<std::uint32_t> members;
  for (const Apart* apart : {&one, &other}) {
    for (const auto& [member, more] : *apart) members.insert(member);
  }
  return members;
}

[[noreturn]] void refuse_twice(std::string_view name, std::string_view other, std::uint64_t line) {
  const std::string as = name == other ? std::string() : fmt::format(" as one of {}", shown(other));
  throw Fault(fmt::format("{} is there already{}, since line {}: it has to leave or crash first, or have another name",
                          shown(name), as, line));
}

}  // namespace

std::int64_t Attendance::Group::least() const {
  std::int64_t least_more = apart.size() < size() ? 0 : pending_max;
  for (const auto& [member, more] : apart) least_more = std::min(least_more, more);
  return pending + least_more;
}

Attendance::Place Attendance::find(std::string_view client) const {
  if (const auto exact = groups_.find(client); exact != groups_.end()) return {exact, 0};
  if (is_pattern(client)) return {groups_.end(), 0};
  // One of "bia*": every way to cut off a number at the end.
  for (std::size_t cut = client.size(); cut-- > 1 && client[cut] >= '0' && client[cut] <= '9';) {
    const auto member = member_number(client.substr(cut));
    if (!member) continue;
    const auto group = groups_.find(std::string(client.substr(0, cut)) + '*');
    if (group == groups_.end() || *member > group->second.number || group->second.gone.contains(*member)) continue;
    return {group, *member};
  }
  return {groups_.end(), 0};
}

Attendance::Place Attendance::require(const std::string& client) const {
  const Place place = find(client);
  if (place.group != groups_.end()) return place;
  std::vector<std::string> names;
  for (auto group = groups_.begin(); group != groups_.end() && std::ssize(names) < suggestions_max; ++group) {
    names.push_back(group->first);
  }
  throw Fault(fmt::format("{} is not there, it has not joined or has left{}", shown(client),
                          did_you_mean(client, names, ": a join before this line is meant")));
}

void Attendance::refuse_overlap(const std::string& pattern, std::uint32_t number) const {
  const std::string_view prefix = std::string_view(pattern).substr(0, pattern.size() - 1);
  // Single clients, and patterns of a longer name: with bia* to bia20, bia7 and bia1* (bia11 ...) would be there twice.
  for (auto group = groups_.lower_bound(prefix); group != groups_.end() && group->first.starts_with(prefix); ++group) {
    std::string rest = group->first.substr(prefix.size());
    if (rest.ends_with('*')) rest.back() = '1';
    const auto least = member_number(rest);
    if (least && *least <= number) refuse_twice(std::string(prefix) + rest, group->first, group->second.line);
  }
  // Patterns of a shorter name: the smallest of ours may be one of theirs.
  const std::string first = member_name(pattern, 1);
  for (std::size_t cut = prefix.size(); cut-- > 1 && prefix[cut] >= '0' && prefix[cut] <= '9';) {
    const auto group = groups_.find(std::string(prefix.substr(0, cut)) + '*');
    const auto least = member_number(std::string_view(first).substr(cut));
    if (group != groups_.end() && least && *least <= group->second.number) {
      refuse_twice(first, group->first, group->second.line);
    }
  }
}

void Attendance::join(const std::string& client, std::uint32_t number, std::uint64_t line) {
  if (const Place place = find(client); place.group != groups_.end()) {
    refuse_twice(client, place.group->first, place.group->second.line);
  }
  if (is_pattern(client)) refuse_overlap(client, number);
  Group group;
  group.number = number;
  group.line = line;
  groups_.emplace(client, std::move(group));
  size_ += number;
}

std::uint32_t Attendance::leave(const std::string& client) {
  const Place place = require(client);
  Group& group = change(place);
  const std::uint32_t left = place.member == 0 ? group.size() : 1;
  size_ -= left;
  if (left == group.size()) {
    groups_.erase(place.group);
  } else {
    group.gone.insert(place.member);
    group.apart.erase(place.member);
  }
  return left;
}

void Attendance::ask(const std::string& client) {
  const Place place = require(client);
  Group& group = change(place);
  if (place.member == 0) {
    ++group.pending;
  } else if (++group.apart[place.member] == 0) {
    group.apart.erase(place.member);
  }
}

void Attendance::expect(const std::string& client) {
  const Place place = require(client);
  Group& group = change(place);
  const std::int64_t one = group.pending + value_or_0(group.apart, place.member);
  if ((place.member == 0 ? group.least() : one) < 1) {
    throw Fault(
        fmt::format("there is no request of {} that nothing was expected of yet: a send before this line is "
                    "meant, one for each expectation",
                    shown(client)));
  }
  if (place.member == 0) {
    --group.pending;
  } else if (--group.apart[place.member] == 0) {
    group.apart.erase(place.member);
  }
}

std::uint32_t Attendance::present(const std::string& client) const {
  const Place place = require(client);
  return place.member == 0 ? place.group->second.size() : 1;
}

std::uint32_t Attendance::joined(const std::string& client) const {
  const Place place = require(client);
  return place.member == 0 ? place.group->second.number : 1;
}

bool Attendance::uses_up(const Attendance& before) const {
  return std::any_of(groups_.begin(), groups_.end(), [&](const auto& entry) {
    const auto& [name, group] = entry;
    const auto old = before.groups_.find(name);
    if (old == before.groups_.end()) return false;
    const auto members = named_apart(group.apart, old->second.apart);
    return group.pending < old->second.pending ||
           std::any_of(members.begin(), members.end(), [&](std::uint32_t member) {
             return value_or_0(group.apart, member) < value_or_0(old->second.apart, member);
           });
  });
}

void Attendance::repeat_change(const Attendance& before, std::uint32_t rounds) {
  const auto grown = [rounds](std::int64_t now, std::int64_t then) {
    const double more = static_cast<double>(now - then) * rounds;
    if (std::abs(more) < static_cast<double>(pending_max))
      return now + (now - then) * static_cast<std::int64_t>(rounds);
    return more < 0 ? -pending_max : pending_max;
  };
  for (auto& [name, group] : groups_) {
    const auto old = before.groups_.find(name);
    if (old == before.groups_.end()) continue;
    group.pending = grown(group.pending, old->second.pending);
    for (const std::uint32_t member : named_apart(group.apart, old->second.apart)) {
      if (group.gone.contains(member)) continue;
      group.apart[member] = grown(value_or_0(group.apart, member), value_or_0(old->second.apart, member));
    }
  }
}

}  // namespace rollcall::replay
