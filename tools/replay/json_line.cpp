#include "replay/json_line.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "replay/script_error.hpp"
#include "wire/utf8.hpp"

namespace rollcall::replay {
namespace {

using nlohmann::json;

constexpr std::size_t quoted_bytes_max = 60;

/// Builds the value; throws at the first thing that is not wanted, so that the parser never goes on after it.
class StrictBuilder : public nlohmann::json_sax<json> {
 public:
  json take() { return std::move(root_); }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return false; }  // JSON text has none
  bool start_object(std::size_t) override { return open(json::object()); }
  bool start_array(std::size_t) override { return open(json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    if (open_.back()->contains(name)) {
      throw Fault(fmt::format("\"{}\" is given twice: once is meant", wire::printable(name, quoted_bytes_max)));
    }
    key_ = std::move(name);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const json::exception& error) override {
    // "[json.exception.parse_error.101] parse error at line 1, column 3: syntax error while parsing ..."
    std::string what = error.what();
    if (const std::size_t id = what.find("] "); id != std::string::npos) what.erase(0, id + 2);
    if (const std::size_t place = what.find(": "); place != std::string::npos) what.erase(0, place + 2);
    throw Fault(fmt::format("this is no JSON at byte {}: {}", position, what));
  }

 private:
  json* append(json value) {
    if (++values_ > json_values_max) {
      throw Fault(fmt::format("more than {} values in one line: write several lines", json_values_max));
    }
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    json& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    return &(parent[key_] = std::move(value));
  }
  bool add(json value) { return append(std::move(value)) != nullptr; }
  bool open(json value) {
    if (open_.size() == json_depth_max) throw Fault(fmt::format("nested deeper than {} levels", json_depth_max));
    open_.push_back(append(std::move(value)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  json root_;
  std::vector<json*> open_;  ///< the innermost last; only that one grows, so that no pointer becomes stale
  std::string key_;
  std::size_t values_ = 0;
};

}  // namespace

json parse_json_line(std::string_view line) {
  StrictBuilder builder;
  json::sax_parse(line, &builder);
  json value = builder.take();
  if (!value.is_object()) {
    throw Fault(fmt::format("this is JSON, but {} {}: a line is one object, such as {{\"join\": \"ana\"}}",
                            value.is_array() ? "an" : "a", value.type_name()));
  }
  return value;
}

}  // namespace rollcall::replay
