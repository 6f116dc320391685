// What can go wrong on this side of the connection; what the other side says is in an Outcome (client.hpp).
#pragma once

#include <stdexcept>
#include <string>

namespace rollcall {

/// Thrown by Server and Client. what() is one line that names the setting or the endpoint, and the remedy where there
/// is one.
class Error : public std::runtime_error {
 public:
  enum class Kind {
    config,    ///< a setting is out of its range, or refused for safety
    endpoint,  ///< cannot bind or connect
    refused,   ///< the server does not want this client
    timeout,   ///< it took longer than the caller wanted to wait
  };
  Error(Kind kind, const std::string& what) : std::runtime_error(what), kind_(kind) {}
  [[nodiscard]] Kind kind() const noexcept { return kind_; }

 private:
  Kind kind_;
};

}  // namespace rollcall
