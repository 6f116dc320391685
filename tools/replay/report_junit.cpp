#include "replay/report_junit.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <pugixml.hpp>
#include <sstream>

#include "replay/figures.hpp"

namespace rollcall::replay {

namespace {

/// What XML 1.0 can carry (its production Char). After shown() two characters are left that it cannot.
std::string xml_text(std::string_view text) {
  std::string safe = shown(text);
  for (const std::string_view forbidden : {"\uFFFE", "\uFFFF"}) {
    for (std::size_t at = 0; (at = safe.find(forbidden, at)) != std::string::npos;) {
      safe.replace(at, forbidden.size(), forbidden == "\uFFFE" ? "\\u{FFFE}" : "\\u{FFFF}");
    }
  }
  return safe;
}

class JunitReport {
 public:
  JunitReport(const Run& run, const std::vector<Verdict>& verdicts) : run_(run), verdicts_(verdicts) {
    name_ = run.title.empty() ? "rollcall-replay" : xml_text(run.title);
    suite_ = document_.append_child("testsuites").append_child("testsuite");
    suite_.append_attribute("name") = name_.c_str();
  }

  std::string write() {
    for (const auto name : {"tests", "failures", "errors", "skipped", "time"}) suite_.append_attribute(name);
    property("server", run_.server);
    if (run_.seed) property("seed", std::to_string(*run_.seed));
    expectations();
    for (const Verdict& verdict : verdicts_) {
      const std::string actual = actual_text(verdict, Language::english);
      if (verdict.met) {
        pass(verdict.threshold.text);
      } else {
        fail(verdict.threshold.text, "threshold", actual, verdict.threshold.text + ": " + actual);
      }
    }
    suite_.attribute("tests") = tests_;
    suite_.attribute("failures") = failures_;
    suite_.attribute("errors") = 0;
    suite_.attribute("skipped") = 0;
    suite_.attribute("time") = fmt::format("{:.3f}", run_.seconds).c_str();
    std::ostringstream out;
    document_.save(out, "  ");
    return std::move(out).str();
  }

 private:
  void property(const char* name, const std::string& value) {
    pugi::xml_node properties = suite_.child("properties");
    if (!properties) properties = suite_.append_child("properties");
    pugi::xml_node property = properties.append_child("property");
    property.append_attribute("name") = name;
    property.append_attribute("value") = xml_text(value).c_str();
  }

  pugi::xml_node pass(const std::string& name) {
    pugi::xml_node test = suite_.append_child("testcase");
    test.append_attribute("name") = xml_text(name).c_str();
    test.append_attribute("classname") = name_.c_str();
    ++tests_;
    return test;
  }

  void fail(const std::string& name, const char* type, const std::string& message, const std::string& text) {
    pugi::xml_node failure = pass(name).append_child("failure");
    failure.append_attribute("type") = type;
    failure.append_attribute("message") = xml_text(message).c_str();
    failure.text() = text.c_str();
    ++failures_;
  }

  void expectations() {
    const Sample& total = run_.total;
    if (total.expectations_failed == 0) {
      pass(fmt::format("expectations ({} met)", total.expectations_met));
      return;
    }
    for (const Failure& failure : total.failures) {
      const std::string got = xml_text(failure.got);
      fail(fmt::format("line {}: {}", failure.line, failure.client), "expectation", failure.got,
           fmt::format("expected {}\ngot      {}", xml_text(failure.expected), got));
    }
    if (const std::uint64_t told = total.failures.size(); total.expectations_failed > told) {
      const std::string more = fmt::format("{} more expectations failed", total.expectations_failed - told);
      fail(more, "expectation", more, more);
    }
  }

  const Run& run_;
  const std::vector<Verdict>& verdicts_;
  pugi::xml_document document_;
  pugi::xml_node suite_;
  std::string name_;
  unsigned tests_ = 0;
  unsigned failures_ = 0;
};

}  // namespace

std::string junit_report(const Run& run, const std::vector<Verdict>& verdicts) {
  return JunitReport(run, verdicts).write();
}

}  // namespace rollcall::replay
