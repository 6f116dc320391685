// Templates and what fills them: replay/text_template.hpp, replay/csv_table.hpp, replay/values.hpp.
#include "replay/values.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

#include "replay/script_text.hpp"
#include "replay/temporary_file.hpp"

namespace rollcall::replay {
namespace {

Header with_variables(std::map<std::string, std::string> variables) {
  Header header;
  header.variables = std::move(variables);
  return header;
}
std::string rendered(const Values& values, const std::string& source, const Moment& moment,
                     std::optional<std::uint32_t> count = std::nullopt) {
  return values.render(TextTemplate::parse(source, true), moment, count);
}
std::string template_error(const std::string& source, bool is_expected = false) {
  try {
    (void)TextTemplate::parse(source, is_expected);
  } catch (const TemplateError& error) {
    return error.what();
  }
  return "";
}

TEST(TextTemplate, SaysWhatIsWrong) {
  for (const char* source : {"{", "}", "a{b", "a}b", "{a{b}", "{{}", "{}}", "{a}}"}) {
    EXPECT_TRUE(template_error(source).starts_with("a brace stands alone") ||
                template_error(source).starts_with("the braces"))
        << source;
  }
  EXPECT_TRUE(template_error("{}").starts_with("the braces are empty"));
  for (const char* source : {"{random:}", "{random:1}", "{random:1-}", "{random:-1}", "{random:2-1}", "{random:1-2-3}",
                             "{random:0-4294967296}", "{dice:1-6}", "{random: 1-6}"}) {
    EXPECT_NE(template_error(source).find(" is no variable: a range is written {random:1-6}"), std::string::npos)
        << source;
  }
  EXPECT_NE(template_error("{count}"), "");
  EXPECT_EQ(template_error("{count}", true), "");
}

RC_GTEST_PROP(TextTemplate, DoubledBracesStandForAnyText, ()) {
  const auto letter = rc::gen::weightedOneOf<char>({{2, rc::gen::element('{', '}')}, {1, rc::gen::arbitrary<char>()}});
  const auto text = *rc::gen::container<std::string>(letter);
  const TextTemplate parsed = TextTemplate::parse(with_doubled_braces(text), false);
  RC_ASSERT(parsed.is_constant());
  RC_ASSERT(Values({}, "", 0).render(parsed, {}) == text);
  RC_ASSERT(parsed.source() == with_doubled_braces(text));
}

RC_GTEST_PROP(TextTemplate, ItsSourceIsATemplateForTheSame, ()) {
  const auto piece = rc::gen::element<std::string>("{{", "}}", "a", "{client}", "{n}", "{random}", "{random:1-6}",
                                                   "{count}", "{x y}", "{round}");
  std::string source;
  for (const std::string& next : *rc::gen::container<std::vector<std::string>>(piece)) source += next;
  const TextTemplate parsed = TextTemplate::parse(source, true);
  RC_ASSERT(parsed.source() == source);
  RC_ASSERT(TextTemplate::parse(parsed.source(), true).pieces() == parsed.pieces());
}

RC_GTEST_PROP(TextTemplate, AnyTextIsATemplateOrAnError, ()) {
  const auto letter = rc::gen::element('{', '}', '{', '}', 'n', ':', '-', '1', '9', 'r');
  const auto source = *rc::gen::container<std::string>(letter);
  if (template_error(source, true).empty())
    RC_ASSERT(TextTemplate::parse(source, true).source().size() <= source.size() + 8);
}

TEST(Values, FillsInWhatIsKnown) {
  const Values values(with_variables({{"greeting", "{Olá}"}}), "", 1);
  const Moment moment{.client = "bia7", .number = 7, .joined = 9, .request = 3, .round = 2};
  EXPECT_EQ(rendered(values, "{{{greeting}}}, {client} {n} {round} {count}", moment, 12), "{{Olá}}, bia7 7 2 12");
  EXPECT_EQ(rendered(values, "", moment), "");
  EXPECT_THROW((void)rendered(values, "{x}", moment), Fault);
}

TEST(Values, RandomNumbersFollowFromTheSeedTheClientAndTheRequest) {
  const Values values({}, "", 7);
  const Moment moment{.client = "ana", .request = 1};
  const std::string text = rendered(values, "{random} {random}", moment);
  EXPECT_EQ(text, rendered(Values({}, "", 7), "{random} {random}", moment));
  EXPECT_NE(text, rendered(Values({}, "", 8), "{random} {random}", moment));
  EXPECT_NE(text, rendered(values, "{random} {random}", {.client = "bia", .request = 1}));
  EXPECT_NE(text, rendered(values, "{random} {random}", {.client = "ana", .joined = 1, .request = 1}));
  EXPECT_NE(text, rendered(values, "{random} {random}", {.client = "ana", .request = 2}));
  EXPECT_NE(text.substr(0, text.find(' ')), text.substr(text.find(' ') + 1));
  // The same on every machine and in every release: recorded seeds stay good.
  EXPECT_EQ(rendered(values, "{random} {random:1-1000} {random:5-5}", moment), "131586081 76 5");
}

TEST(Values, RandomNumbersAreInTheirRangeAndAllOfItIsUsed) {
  const Values values({}, "", 1);
  std::map<int, int> seen;
  for (std::uint64_t request = 1; request <= 6000; ++request) {
    ++seen[std::stoi(rendered(values, "{random:1-6}", {.client = "ana", .request = request}))];
  }
  ASSERT_EQ(seen.size(), 6U);
  EXPECT_EQ(seen.begin()->first, 1);
  EXPECT_EQ(seen.rbegin()->first, 6);
  for (const auto& [number, times] : seen) EXPECT_NEAR(times, 1000, 150) << number;
}

CsvTable read(std::string_view content) { return CsvTable::read(test::TemporaryFile(content, ".csv").path()); }
std::string csv_error(std::string_view content) {
  const test::TemporaryFile file(content, ".csv");
  const std::string error = test::script_error([&] { (void)CsvTable::read(file.path()); });
  EXPECT_TRUE(error.starts_with(file.path() + ":")) << error;
  return error.substr(std::min(error.size(), file.path().size() + 1));
}

TEST(CsvTable, ReadsWhatRfc4180Says) {
  const CsvTable table =
      read("\xEF\xBB\xBFname, words\r\nana,\"a \"\"quoted\"\", comma\"\r\n bia ,\"two\r\nlines\"\r\n,\n");
  EXPECT_EQ(table.columns(), (std::vector<std::string>{"name", " words"}));
  ASSERT_EQ(table.rows(), 3U);
  EXPECT_EQ(table.value(0, 1), "a \"quoted\", comma");
  EXPECT_EQ(table.value(1, 0), " bia ");
  EXPECT_EQ(table.value(1, 1), "two\nlines");
  EXPECT_EQ(table.value(2, 0), "");
  EXPECT_EQ(table.value(3, 0), "ana") << "begins anew";
  EXPECT_EQ(table.column(" words"), 1U);
  EXPECT_FALSE(table.column("words"));
  EXPECT_EQ(read("a\n1").rows(), 1U) << "the last line may have no end";
}

TEST(CsvTable, SaysWhatIsWrongAndWhere) {
  EXPECT_TRUE(csv_error("").starts_with("") && csv_error("").find("there are no rows") != std::string::npos);
  EXPECT_EQ(csv_error("a,b\n"), "1: there are no rows: a line of names and a line of values are the least");
  EXPECT_EQ(csv_error("a,b\n1,2\n1\n"), "3: 1 fields: 2 are meant, as the first line has");
  EXPECT_EQ(csv_error("a,b\n1,2,3\n"), "2: 3 fields: 2 are meant, as the first line has");
  EXPECT_TRUE(csv_error("a,b\n1,\"2\" x\n").starts_with("2: a quote is out of place"));
  EXPECT_TRUE(csv_error("a,b\n1,x\"y\n").starts_with("2: a quote is out of place"));
  EXPECT_TRUE(csv_error("a,b\n1,\"2\n3,4\n").starts_with("3: a quote is out of place"));
  EXPECT_EQ(csv_error("a\n\xff\n"), "2: a field is not UTF-8");
  EXPECT_EQ(csv_error("a,a\n1,2\n"), "1: two columns are named \"a\"");
  EXPECT_TRUE(csv_error("n\n1\n").starts_with("1: \"n\" is a variable already"));
  EXPECT_TRUE(csv_error("a{b\n1\n").starts_with("1: \"a{b\" is no column's name"));
}

TEST(CsvTable, NamesAFileThatCannotBeRead) {
  Header header;
  header.csv = "x.csv";
  const std::string error = test::script_error([&] { const Values values(header, "/nowhere/x.csv", 0); });
  EXPECT_TRUE(error.starts_with("/nowhere/x.csv: cannot open it: ")) << error;
}

TEST(Values, EachClientHasItsRow) {
  const test::TemporaryFile csv("who\nAna\nBia\n", ".csv");
  Header header;
  header.csv = csv.path();
  const Values values(header, csv.path(), 0);
  EXPECT_EQ(rendered(values, "{who}", {.client = "a", .joined = 0}), "Ana");
  EXPECT_EQ(rendered(values, "{who}", {.client = "a", .joined = 1}), "Bia");
  EXPECT_EQ(rendered(values, "{who}", {.client = "a", .joined = 4}), "Ana");
  header.variables["who"] = "x";
  EXPECT_NE(test::script_error([&] { const Values both(header, csv.path(), 0); }), "");
}

}  // namespace
}  // namespace rollcall::replay
