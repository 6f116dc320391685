#include "replay/dry_run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <utility>
#include <vector>

#include "common/number_text.hpp"
#include "replay/duration_text.hpp"
#include "wire/utf8.hpp"

namespace rollcall::replay {
namespace {

using Kind = Step::Kind;

constexpr std::size_t text_bytes_max = 60;
constexpr std::size_t name_bytes_max = 80;
constexpr std::size_t indent_columns = 2;

std::string grouped(std::uint64_t number) { return tools::grouped(number, tools::Language::english); }
std::string some(std::uint64_t number, const char* thing) {
  return fmt::format("{} {}{}", grouped(number), thing, number == 1 ? "" : "s");
}
std::string in_quotes(std::string_view text) { return '"' + wire::printable(text, text_bytes_max) + '"'; }

/// "ana", or "bia1 … bia100 (99 clients)", where one has left. `present` 0: who is there is not known.
std::string who(const std::string& client, std::uint32_t joined, std::uint32_t present) {
  const auto shown = [](const std::string& name) { return wire::printable(name, name_bytes_max); };
  if (!is_pattern(client) || present == 0) return shown(client);
  const std::string last = joined == 1 ? "" : " … " + shown(member_name(client, joined));
  return fmt::format("{}{} ({})", shown(member_name(client, 1)), last, some(present, "client"));
}

std::string expected(const Expectation& expectation) {
  std::vector<std::string> parts;
  if (expectation.error) parts.push_back("error " + *expectation.error);
  if (expectation.text) parts.push_back(in_quotes(expectation.text->source()));
  if (expectation.bytes) parts.push_back(some(expectation.bytes->size(), "byte"));
  if (expectation.pattern) parts.push_back("what matches " + in_quotes(*expectation.pattern));
  if (expectation.count) parts.push_back(fmt::format("count {}", *expectation.count));
  if (parts.empty()) parts.emplace_back("any reply");
  const std::string within = expectation.timeout ? " within " + duration_text(*expectation.timeout) : std::string();
  return fmt::format("expect {}{}", fmt::join(parts, " and "), within);
}

class DryRun {
 public:
  DryRun(const Checker& checker, const std::function<void(std::string_view)>& print)
      : checker_(checker), print_(print) {}

  /// Before the checker has taken it: a leave still finds who leaves. `depth`: of repeats around it.
  void step(const Step& step, std::size_t depth) {
    if (++steps_ <= dry_run_steps_max) {
      print_(fmt::format("{:>6}  {:>14}  {}{}", step.line, when(step), std::string(depth * indent_columns, ' '),
                         what(step, depth)));
    }
    for (const Step& inner : step.steps) this->step(inner, depth + 1);
  }
  [[nodiscard]] std::uint64_t left_out() const { return steps_ < dry_run_steps_max ? 0 : steps_ - dry_run_steps_max; }

 private:
  static std::string when(const Step& step) {
    if (step.at) return duration_text(*step.at);
    return step.think ? "think " + duration_text(*step.think) : std::string();
  }

  /// In a repeat, who is there is not known before it is played.
  std::string clients(const Step& step, std::size_t depth) const {
    std::uint32_t joined = step.kind == Kind::join ? step.number : 0;
    std::uint32_t present = joined;
    if (step.kind != Kind::join && depth == 0) {
      try {
        joined = checker_.attendance().joined(step.client);
        present = checker_.attendance().present(step.client);
      } catch (const Fault&) {
        present = 0;  // the checker is about to say so
      }
    }
    const std::string over = step.ramp.count() > 0 ? " over " + duration_text(step.ramp) : std::string();
    return who(step.client, joined, present) + over;
  }

  std::string what(const Step& step, std::size_t depth) const {
    switch (step.kind) {
      case Kind::join:
        return fmt::format("join {}{}", clients(step, depth),
                           step.label ? ", named " + in_quotes(step.label->source()) : std::string());
      case Kind::send:
        return fmt::format("send {}: {}{}", clients(step, depth),
                           step.is_bytes ? some(step.text.constant_bytes(), "byte") : in_quotes(step.text.source()),
                           step.expectation ? ", " + expected(*step.expectation) : std::string());
      case Kind::expect:
        return fmt::format("{}: {}", clients(step, depth), expected(*step.expectation));
      case Kind::leave:
        return "leave " + clients(step, depth);
      case Kind::crash:
        return "crash " + clients(step, depth);
      case Kind::repeat:
        return fmt::format("repeat {}:", some(step.times, "time"));
      case Kind::wait:
        break;
    }
    std::string text = "wait until all of it is done";
    if (step.count) text += fmt::format(" and the count is {}", *step.count);
    if (step.timeout) text += ", " + duration_text(*step.timeout) + " at most";
    return text;
  }

  const Checker& checker_;
  const std::function<void(std::string_view)>& print_;
  std::uint64_t steps_ = 0;
};

}  // namespace

Summary dry_run(ScriptReader& reader, const Values& values, const std::function<void(std::string_view)>& print) {
  Checker checker(reader.file(), values);
  DryRun run(checker, print);
  const std::string& title = reader.header().title;
  print(title.empty() ? wire::printable(reader.file(), name_bytes_max) : wire::printable(title, name_bytes_max));
  print("  line            time  step");
  while (const auto step = reader.next()) {
    run.step(*step, 0);
    checker.add(*step);
  }
  if (run.left_out() > 0) print(fmt::format("and {}", some(run.left_out(), "step") + " more"));
  const Summary& sum = checker.summary();
  print(fmt::format("{}, {} ({} at most at a time), {}, {}; {}", some(sum.steps, "step"), some(sum.joins, "join"),
                    grouped(sum.clients_most), some(sum.requests, "request"), some(sum.expectations, "expectation"),
                    fmt::format("{} and {}", some(sum.leaves, "goodbye"),
                                grouped(sum.crashes) + (sum.crashes == 1 ? " crash" : " crashes"))));
  print(fmt::format(
      "{} by its times and ramps; thinking, waiting and answers come on top; seed {}",
      duration_text(std::chrono::nanoseconds(static_cast<std::int64_t>(std::min(sum.planned_s, 9e9) * 1e9))),
      values.seed()));
  return sum;
}

}  // namespace rollcall::replay
