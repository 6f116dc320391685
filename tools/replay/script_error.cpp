#include "replay/script_error.hpp"

#include "wire/utf8.hpp"

namespace rollcall::replay {
namespace {

constexpr std::size_t file_bytes_max = 300;
constexpr std::size_t what_bytes_max = 1000;

std::string place(const std::string& file, std::uint64_t line) {
  const std::string name = file == "-" ? "(standard input)" : wire::printable(file, file_bytes_max);
  return line == 0 ? name : name + ":" + std::to_string(line);
}

}  // namespace

ScriptError::ScriptError(const std::string& file, std::uint64_t line, const std::string& what)
    : std::runtime_error(place(file, line) + ": " + wire::printable(what, what_bytes_max)), line_(line) {}

}  // namespace rollcall::replay
