// The list of keys that the shell lets in: each key is called by its number, from 1; 0 is a connection without one. A
// key that comes back to the list has another name. One thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace rollcall::sim {

class KeyList {
 public:
  explicit KeyList(std::size_t keys) : entries_(keys) {}

  [[nodiscard]] bool allows(std::size_t number) const { return number == 0 || entries_[number - 1].allowed; }
  [[nodiscard]] static std::string key_of(std::size_t number) {
    return number == 0 ? std::string() : "key " + std::to_string(number);
  }
  [[nodiscard]] std::string name_of(std::size_t number) const {
    if (number == 0) return {};
    return "owner " + std::to_string(number) + "." + std::to_string(entries_[number - 1].times);
  }
  void take_off(std::size_t number) { entries_[number - 1].allowed = false; }
  void put_back(std::size_t number) {
    entries_[number - 1].allowed = true;
    ++entries_[number - 1].times;
  }

 private:
  struct Entry {
    bool allowed = true;
    unsigned times = 0;  ///< it was put back
  };
  std::vector<Entry> entries_;
};

}  // namespace rollcall::sim
