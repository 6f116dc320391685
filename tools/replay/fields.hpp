// The keys of one object of a script, each taken with the type that it must have. What is wrong is a Fault that names
// the key. Lives no longer than its object; one thread.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "replay/script.hpp"
#include "replay/script_error.hpp"

namespace rollcall::replay {

class Fields {
 public:
  /// `what` names the object in messages: "a send"; it has to live as long. Throws when a key is not in `known`.
  Fields(const nlohmann::json& object, std::string_view what, const std::vector<std::string>& known);

  [[nodiscard]] bool has(std::string_view key) const { return object_.contains(key); }
  /// Nothing when the key is not there; a key whose value is null is a fault like any other wrong type.
  [[nodiscard]] std::optional<std::string> text(std::string_view key) const;
  [[nodiscard]] std::optional<std::uint64_t> number(std::string_view key, std::uint64_t least,
                                                    std::uint64_t most) const;
  [[nodiscard]] std::optional<std::uint32_t> number32(std::string_view key, std::uint32_t least,
                                                      std::uint32_t most = UINT32_MAX) const;
  [[nodiscard]] std::optional<Duration> duration(std::string_view key) const;
  [[nodiscard]] std::optional<TextTemplate> text_template(std::string_view key, bool is_expected) const;
  /// Bytes, written as hexadecimal digits (blanks between them are fine).
  [[nodiscard]] std::optional<std::string> bytes(std::string_view key) const;
  [[nodiscard]] const nlohmann::json* object(std::string_view key) const;
  [[nodiscard]] const nlohmann::json* array(std::string_view key) const;
  /// Throws when both are there.
  void not_both(std::string_view one, std::string_view other) const;

 private:
  [[nodiscard]] const nlohmann::json* find(std::string_view key) const;
  [[noreturn]] void wrong_type(std::string_view key, const nlohmann::json& value, std::string_view meant) const;

  const nlohmann::json& object_;
  std::string_view what_;
};

}  // namespace rollcall::replay
