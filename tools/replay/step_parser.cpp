#include "replay/step_parser.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "replay/duration_text.hpp"
#include "replay/expectation_parser.hpp"
#include "replay/fields.hpp"
#include "replay/spelling.hpp"
#include "wire/messages.hpp"
#include "wire/utf8.hpp"

namespace rollcall::replay {
namespace {

using nlohmann::json;
using Kind = Step::Kind;

constexpr std::size_t quoted_bytes_max = 60;
constexpr std::size_t client_bytes_max = 64;
constexpr std::uint64_t format_version = 1;

struct Verb {
  const char* name;
  const char* what;
  Kind kind;
  std::vector<std::string> keys;  ///< its own, too
};

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> all = {
      {"join", "a join", Kind::join, {"join", "name", "number", "at", "ramp"}},
      {"send", "a send", Kind::send, {"send", "text", "hex", "expect", "at", "think", "ramp"}},
      {"expect", "an expect", Kind::expect, {"expect", "text", "hex", "matches", "count", "error", "timeout", "at"}},
      {"leave", "a leave", Kind::leave, {"leave", "at", "think", "ramp"}},
      {"crash", "a crash", Kind::crash, {"crash", "at", "think", "ramp"}},
      {"wait", "a wait", Kind::wait, {"wait", "timeout", "at"}},
      {"repeat", "a repeat", Kind::repeat, {"repeat", "steps", "at"}},
  };
  return all;
}

std::vector<std::string> verb_names() {
  std::vector<std::string> names;
  for (const Verb& verb : verbs()) names.emplace_back(verb.name);
  return names;
}

/// The step's verb. "expect" is one unless it belongs to a "send".
const Verb& find_verb(const json& object) {
  const Verb* found = nullptr;
  for (const Verb& verb : verbs()) {
    if (!object.contains(verb.name) || (verb.kind == Kind::expect && object.contains("send"))) continue;
    if (found != nullptr) {
      throw Fault(fmt::format(R"("{}" and "{}" in one step: a step does one thing)", found->name, verb.name));
    }
    found = &verb;
  }
  if (found != nullptr) return *found;
  if (object.contains("rollcall")) throw Fault("a second header: only the first object of a script is one");
  const std::vector<std::string> names = verb_names();
  for (const auto& [key, value] : object.items()) {
    if (const std::string meant = nearest(key, names); !meant.empty()) {
      throw Fault(
          fmt::format(R"(unknown key "{}": did you mean "{}"?)", wire::printable(key, quoted_bytes_max), meant));
    }
  }
  throw Fault(fmt::format("the step does not say what to do: one of {} is meant", fmt::join(names, ", ")));
}

void check_client(const std::string& name, const char* verb) {
  if (name.empty() || name.size() > client_bytes_max) {
    throw Fault(fmt::format("\"{}\" needs a client's name of 1 to {} bytes", verb, client_bytes_max));
  }
  const std::size_t star = name.find('*');
  if (star != std::string::npos && (star == 0 || star + 1 != name.size())) {
    throw Fault(fmt::format(R"("{}" is no client: a '*' may stand at the end only, after a name, as in "bia*")",
                            wire::printable(name, quoted_bytes_max)));
  }
}

void parse_join(const Fields& fields, Step& step) {
  const auto number = fields.number32("number", 1, join_number_max);
  if (is_pattern(step.client) != number.has_value()) {
    const std::string shown = wire::printable(step.client, quoted_bytes_max);
    if (number) throw Fault(fmt::format(R"("number" is for several clients: "{}*" is meant as their name)", shown));
    throw Fault(fmt::format(R"("{}" is several clients: "number" says how many are meant)", shown));
  }
  step.number = number.value_or(1);
  step.label = fields.text_template("name", false);
  if (step.label && step.label->constant_bytes() > wire::name_bytes_max) {
    throw Fault(fmt::format("\"name\" is longer than the {} bytes that a server accepts", wire::name_bytes_max));
  }
}

void parse_send(const Fields& fields, Step& step) {
  fields.not_both("text", "hex");
  if (auto text = fields.text_template("text", false)) {
    step.text = std::move(*text);
  } else if (auto bytes = fields.bytes("hex")) {
    step.text = TextTemplate::constant(std::move(*bytes));
    step.is_bytes = true;
  } else {
    throw Fault("the send does not say what to send: \"text\" or \"hex\" is meant");
  }
  if (const json* expect = fields.object("expect")) {
    step.expectation = parse_expectation(Fields(*expect, "what is expected", expectation_keys()), step.line);
  }
}

void parse_wait(const Fields& fields, Step& step) {
  const Fields inner(*fields.object("wait"), "what is waited for", {"count"});
  step.count = inner.number32("count", 0);
  step.timeout = fields.duration("timeout");
}

Step parse_at_depth(const json& object, std::uint64_t line, Duration& now, std::size_t depth);

void parse_repeat(const Fields& fields, Step& step, std::size_t depth) {
  if (depth == repeat_depth_max) throw Fault(fmt::format("repeats are nested deeper than {}", repeat_depth_max));
  step.times = *fields.number32("repeat", 1, repeat_times_max);
  const json* steps = fields.array("steps");
  if (steps == nullptr || steps->empty())
    throw Fault("\"steps\" of the repeat are missing: a list in brackets is meant");
  Duration now{0};
  std::size_t index = 0;
  for (const json& inner : *steps) {
    ++index;
    try {
      if (!inner.is_object())
        throw Fault(fmt::format("{} is no step: an object in braces is meant", inner.type_name()));
      step.steps.push_back(parse_at_depth(inner, step.line, now, depth + 1));
    } catch (const Fault& fault) {
      throw Fault(fmt::format("step {} of the repeat: {}", index, fault.what()));
    }
  }
}

void parse_times(const Fields& fields, Step& step, Duration& now) {
  fields.not_both("at", "think");
  step.at = fields.duration("at");
  step.think = fields.duration("think");
  if (step.at && *step.at < now) {
    throw Fault(fmt::format("\"at\" goes back, from {} to {}: steps are in the order of their times",
                            duration_text(now), duration_text(*step.at)));
  }
  now = step.at.value_or(now);
  if (const auto ramp = fields.duration("ramp")) {
    if (!is_pattern(step.client)) {
      throw Fault("\"ramp\" is for several clients: a name that ends in '*' is meant, or no ramp");
    }
    step.ramp = *ramp;
  }
}

Step parse_at_depth(const json& object, std::uint64_t line, Duration& now, std::size_t depth) {
  const Verb& verb = find_verb(object);
  const Fields fields(object, verb.what, verb.keys);
  Step step;
  step.kind = verb.kind;
  step.line = line;
  if (verb.kind != Kind::wait && verb.kind != Kind::repeat) {
    step.client = *fields.text(verb.name);
    check_client(step.client, verb.name);
  }
  parse_times(fields, step, now);
  switch (verb.kind) {
    case Kind::join:
      parse_join(fields, step);
      break;
    case Kind::send:
      parse_send(fields, step);
      break;
    case Kind::expect:
      step.expectation = parse_expectation(fields, line);
      break;
    case Kind::leave:
    case Kind::crash:
      break;
    case Kind::wait:
      parse_wait(fields, step);
      break;
    case Kind::repeat:
      parse_repeat(fields, step, depth);
      break;
  }
  return step;
}

}  // namespace

Header parse_header(const json& object) {
  if (!object.contains("rollcall")) throw Fault("the header is missing: a script begins with {\"rollcall\": 1}");
  const Fields fields(object, "the header", {"rollcall", "title", "seed", "timeout", "variables", "csv"});
  const auto version = fields.number("rollcall", 0, UINT64_MAX);
  if (*version != format_version) {
    throw Fault(fmt::format("version {} of the format is not known: {} is", *version, format_version));
  }
  Header header;
  header.title = fields.text("title").value_or("");
  header.seed = fields.number("seed", 0, UINT64_MAX);
  header.timeout = fields.duration("timeout").value_or(header.timeout);
  header.csv = fields.text("csv").value_or("");
  if (const json* variables = fields.object("variables")) {
    for (const auto& [name, value] : variables->items()) {
      const std::string shown = wire::printable(name, quoted_bytes_max);
      if (!is_variable_name(name)) throw Fault(fmt::format("\"{}\" is no variable's name: no braces or colons", shown));
      if (is_built_in(name)) throw Fault(fmt::format("\"{}\" is a variable already: choose another name", shown));
      if (!value.is_string()) {
        throw Fault(fmt::format("the variable \"{}\" is {}: text in double quotes is meant", shown, value.type_name()));
      }
      header.variables.emplace(name, value.get<std::string>());
    }
  }
  return header;
}

Step parse_step(const json& object, std::uint64_t line, Duration& now) { return parse_at_depth(object, line, now, 0); }

}  // namespace rollcall::replay
