// write_reports DIRECTORY: the reports of the example runs, as files for other programs to look at.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <string>

#include "replay/example_run.hpp"
#include "replay/report_file.hpp"
#include "replay/report_html.hpp"
#include "replay/report_json.hpp"
#include "replay/report_junit.hpp"
#include "replay/report_text.hpp"

namespace replay = rollcall::replay;

namespace {

void write_reports(const std::string& folder, const std::string& name, const replay::Run& run) {
  const auto verdicts = replay::test::example_verdicts(run);
  const auto path = [&](const char* suffix) { return fmt::format("{}/{}.{}", folder, name, suffix); };
  const auto write = [](const std::string& to, const std::string& text) { replay::ReportFile(to).write(text); };
  write(path("json"), replay::json_report(run, verdicts));
  write(path("xml"), replay::junit_report(run, verdicts));
  using replay::Language;
  for (const auto& [language, code] : {std::pair{Language::portuguese, "pt"}, std::pair{Language::english, "en"}}) {
    write(path(fmt::format("{}.html", code).c_str()), replay::html_report(run, verdicts, language));
    write(path(fmt::format("{}.txt", code).c_str()), replay::text_report(run, verdicts, {language, false}));
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::fputs("usage: write_reports DIRECTORY\n", stderr);
    return 2;
  }
  write_reports(argv[1], "example", replay::test::example_run());
  write_reports(argv[1], "quiet", replay::test::quiet_run());
  write_reports(argv[1], "hostile", replay::test::hostile_run());
  write_reports(argv[1], "empty", replay::Run{});
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "write_reports: %s\n", error.what());
  return 1;
}
