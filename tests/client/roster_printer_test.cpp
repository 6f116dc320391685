// What people and scripts are shown of the roster: columns, strangers' text, and JSON.
#include "client/roster_printer.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>

#include "client/text_width.hpp"

namespace rollcall::tools {
namespace {

using namespace std::chrono_literals;

// 2026-11-26 14:03:05 UTC
constexpr std::chrono::system_clock::time_point moment{1'795'701'785s};
constexpr const char* hostile = "a\x1b[31m\u202e\n";

class RosterPrinterTest : public ::testing::Test {
 protected:
  RosterPrinterTest() {
    setenv("TZ", "UTC", 1);
    tzset();
    use_utf8_locale();
    roster_.version = 7;
    roster_.count = 4;
    roster_.own_session = 12;
    roster_.entries = {{3, "ana", "127.0.0.1:52634", moment, 12'345, 200ms},
                       {4, "日本語", "[::1]:9", moment, 0, 90s},
                       {9, hostile, "ipc:1", moment, 1, 3h},
                       {12, "", "127.0.0.1:9", moment, 2, 72h}};
  }
  static RosterEvent change(RosterChange::Kind kind, std::string_view reason, std::string name) {
    RosterEvent event;
    event.kind = kind == RosterChange::Kind::joined ? RosterEvent::Kind::joined : RosterEvent::Kind::left;
    event.change = {kind, 8, 5, 13, reason, std::move(name), "127.0.0.1:7", moment};
    return event;
  }

  Roster roster_;
  RosterPrinter portuguese_{Language::portuguese, false};
  RosterPrinter english_{Language::english, false};
  RosterPrinter json_{Language::portuguese, true};
};

TEST_F(RosterPrinterTest, TheTableKeepsItsColumns) {
  EXPECT_EQ(portuguese_.who(roster_),
            "👥 4 clientes conectados\n"
            "NOME                      ENDEREÇO         DESDE                PEDIDOS  INATIVO\n"
            "ana                       127.0.0.1:52634  2026-11-26 14:03:05    12345    0,2 s\n"
            "日本語                    [::1]:9          2026-11-26 14:03:05        0   90,0 s\n"
            "a\\u{1B}[31m\\u{202E}\\u{A}  ipc:1            2026-11-26 14:03:05        1      3 h\n"
            "-                         127.0.0.1:9      2026-11-26 14:03:05        2      3 d  ← este programa");
  roster_.count = 1;
  roster_.own_session = 0;
  roster_.entries.resize(1);
  EXPECT_EQ(english_.who(roster_),
            "👥 1 client connected\n"
            "NAME  ADDRESS          SINCE                REQUESTS   IDLE\n"
            "ana   127.0.0.1:52634  2026-11-26 14:03:05     12345  0.2 s");
}

TEST_F(RosterPrinterTest, ANameTakesNoMoreThanItsShareOfALine) {
  roster_.entries.resize(1);
  for (const std::string& piece : {std::string("x"), std::string("語"), std::string("\x1b")}) {
    std::string name;
    while (name.size() + piece.size() <= 128) name += piece;
    roster_.entries[0].name = name;
    const std::string table = portuguese_.who(roster_);
    const std::string row = table.substr(table.rfind('\n') + 1);
    const std::string shown = row.substr(0, row.find("…") + 3);
    EXPECT_GE(width(shown), 39) << row;
    EXPECT_LE(width(shown), 40) << row;
    EXPECT_EQ(nlohmann::json::parse(json_.who(roster_))["clients"][0]["name"], name) << "JSON has all of it";
  }
}

TEST_F(RosterPrinterTest, JsonIsOneHarmlessLine) {
  const std::string text = json_.who(roster_);
  EXPECT_EQ(text.find_first_of("\n\x1b"), std::string::npos);
  EXPECT_EQ(text.find("\u202e"), std::string::npos);
  const auto object = nlohmann::json::parse(text);
  EXPECT_EQ(object["version"], 7);
  EXPECT_EQ(object["count"], 4);
  ASSERT_EQ(object["clients"].size(), 4U);
  EXPECT_EQ(object["clients"][2]["name"], hostile);
  EXPECT_EQ(object["clients"][0],
            nlohmann::json::parse(R"({"session":3,"name":"ana","address":"127.0.0.1:52634",)"
                                  R"("since_unix_ms":1795701785000,"requests":12345,"idle_ms":200,"self":false})"));
  EXPECT_EQ(object["clients"][3]["self"], true);
}

TEST_F(RosterPrinterTest, AChangeIsALine) {
  using Kind = RosterChange::Kind;
  EXPECT_EQ(portuguese_.watched(change(Kind::joined, "", "ana"), true),
            "14:03:05 ✅ ana (127.0.0.1:7) entrou. Total de clientes: 5");
  EXPECT_EQ(english_.told(change(Kind::left, "timed_out", "")),
            "14:03:05 ❌ 127.0.0.1:7 stopped answering. Total clients: 5");
  EXPECT_EQ(portuguese_.told(change(Kind::left, "goodbye", hostile)),
            "14:03:05 👋 a\\u{1B}[31m\\u{202E}\\u{A} (127.0.0.1:7) saiu. Total de clientes: 5");
  std::vector<std::string> lines;
  for (const char* reason : {"goodbye", "disconnected", "timed_out", "evicted", "drained"}) {
    lines.push_back(portuguese_.told(change(Kind::left, reason, "ana")));
  }
  std::sort(lines.begin(), lines.end());
  EXPECT_EQ(std::unique(lines.begin(), lines.end()), lines.end()) << "each reason has its words";
}

TEST_F(RosterPrinterTest, AChangeIsAnObject) {
  using Kind = RosterChange::Kind;
  EXPECT_EQ(json_.watched(change(Kind::joined, "", "ana"), true),
            R"({"kind":"joined","session":13,"name":"ana","address":"127.0.0.1:7","version":8,"count":5,)"
            R"("unix_ms":1795701785000})");
  EXPECT_EQ(nlohmann::json::parse(json_.watched(change(Kind::left, "evicted", "ana"), true))["reason"], "evicted");
  RosterEvent reset;
  reset.roster = roster_;
  const auto object = nlohmann::json::parse(json_.watched(reset, false));
  EXPECT_EQ(object["kind"], "snapshot");
  EXPECT_EQ(object["clients"].size(), 4U);
}

TEST_F(RosterPrinterTest, AWatchSaysWhenItHasToBeginAnew) {
  RosterEvent reset;
  reset.roster = roster_;
  const std::string table = portuguese_.who(roster_);
  EXPECT_EQ(portuguese_.watched(reset, false).find(table), 0U);
  EXPECT_EQ(portuguese_.watched(reset, true), "🔄 A lista recomeça: não se sabe o que houve nesse meio-tempo\n" + table);
  EXPECT_EQ(english_.told(reset), "👀 Watching who comes and goes: 4 clients connected now. /watch stops it");
}

}  // namespace
}  // namespace rollcall::tools
