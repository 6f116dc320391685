// Any bytes as a script (proto/SCRIPT.md): read, checked, and its texts filled in. What is wrong with it is a
// ScriptError; what passed the check can be filled in.
#include "fuzz/fuzzing.hpp"
#include "replay/checker.hpp"
#include "replay/script_reader.hpp"
#include "replay/script_text.hpp"
#include "wire/utf8.hpp"

namespace rollcall::fuzz {
namespace {

void fill_in(const replay::Values& values, const replay::Step& step) {
  const replay::Moment moment{"ana", 1, 0, 1, 1};
  if (step.label) (void)values.render(*step.label, moment);
  if (step.kind == replay::Step::Kind::send && !step.is_bytes) (void)values.render(step.text, moment);
  if (step.expectation && step.expectation->text) (void)values.render(*step.expectation->text, moment, 1);
  for (const replay::Step& inner : step.steps) fill_in(values, inner);
}

}  // namespace

void try_bytes(std::string_view bytes) {
  try {
    replay::ScriptReader reader("s.jsonl", test::memory_source(std::string(bytes), 1 + bytes.size() % 100));
    if (!reader.header().csv.empty()) return;  // any file's path
    const replay::Values values(reader.header(), "", 1);
    replay::Checker checker(reader.file(), values);
    while (const auto step = reader.next()) {
      checker.add(*step);
      fill_in(values, *step);
    }
    require(checker.summary().clients_left <= checker.summary().clients_most, "who is left was there");
  } catch (const replay::ScriptError& error) {
    require(wire::is_utf8(error.what()), "what is wrong is said in UTF-8");
  }
}

}  // namespace rollcall::fuzz
