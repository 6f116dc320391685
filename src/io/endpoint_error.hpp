// An endpoint that cannot be bound or connected. what() names it and the reason.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace rollcall::io {

class EndpointError : public std::runtime_error {
 public:
  EndpointError(std::string endpoint, const std::string& reason)
      : std::runtime_error(endpoint + ": " + reason), endpoint_(std::move(endpoint)) {}
  [[nodiscard]] const std::string& endpoint() const noexcept { return endpoint_; }

 private:
  std::string endpoint_;
};

}  // namespace rollcall::io
