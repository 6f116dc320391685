// Connections without a session, in the order in which that began: who is on the way in, whose session has ended, and
// whoever else found the port. Says who makes room when there are too many of them.
//
// Every operation takes constant time, and memory is one small entry for each descriptor that was ever seen. One
// thread.
#pragma once

#include <cassert>
#include <cstddef>
#include <vector>

#include "core/limits.hpp"

namespace rollcall::core {

class Strangers {
 public:
  /// From now on, add() of `fd` allocates nothing.
  void reserve(int fd) {
    const auto index = static_cast<std::size_t>(fd) + 1;
    if (index >= links_.size()) links_.resize(index + 1);
  }

  /// The connection on `fd` has no session from now on. One that is here already becomes the latest.
  void add(int fd, Time now) {
    remove(fd);
    reserve(fd);
    const auto index = static_cast<std::size_t>(fd) + 1;
    links_[index] = {links_[0].previous, 0, now, true};
    links_[links_[0].previous].next = index;
    links_[0].previous = index;
    ++size_;
  }

  /// It has one, or has ended, or was cut. Nothing happens when it is not here.
  void remove(int fd) noexcept {
    const auto index = static_cast<std::size_t>(fd) + 1;
    if (fd < 0 || index >= links_.size() || !links_[index].here) return;
    Link& link = links_[index];
    links_[link.previous].next = link.next;
    links_[link.next].previous = link.previous;
    link.here = false;
    --size_;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  struct Stranger {
    int fd = -1;
    Time since{0};
  };
  /// The one that has been here for the longest time. There must be one.
  [[nodiscard]] Stranger oldest() const noexcept {
    assert(size_ > 0);
    const std::size_t index = links_[0].next;
    return {static_cast<int>(index) - 1, links_[index].since};
  }

 private:
  struct Link {
    std::size_t previous = 0;
    std::size_t next = 0;
    Time since{0};
    bool here = false;
  };

  std::vector<Link> links_ =
      std::vector<Link>(1);  ///< a ring by descriptor + 1; the first entry is its beginning and end
  std::size_t size_ = 0;
};

}  // namespace rollcall::core
