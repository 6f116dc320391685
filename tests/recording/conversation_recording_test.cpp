#include <optional>
#include <regex>
#include <vector>

#include "client/recording.hpp"
#include "recording_folder.hpp"

namespace rollcall::tools {
namespace {

class ConversationRecordingTest : public test::RecordingFolder {
 protected:
  void begin() {
    recording.emplace(path("a"), false, "ana", [this](const std::string& text) { complaints.push_back(text); });
  }
  void reply(std::uint64_t id, std::uint32_t count) {
    Outcome outcome;
    outcome.kind = Outcome::Kind::reply;
    outcome.id = id;
    outcome.text = "re";
    outcome.count = count;
    recording->happened(outcome);
  }
  void error(std::uint64_t id, const std::string& name) {
    Outcome outcome;
    outcome.kind = Outcome::Kind::error;
    outcome.id = id;
    outcome.code_name = name;
    recording->happened(outcome);
  }
  void event(ClientEvent::Kind kind, std::uint32_t count = 0) {
    recording->happened(ClientEvent{kind, count, false, {}});
  }
  /// After the header, without times.
  std::string lines() {
    const std::string all = std::regex_replace(content(path("a")), std::regex(",\"at\":[0-9.]+"), "");
    return all.substr(all.find("replies.\n") + 9);
  }

  std::optional<ConversationRecording> recording;
  std::vector<std::string> complaints;
};

TEST_F(ConversationRecordingTest, OthersComeAndGoByTheCounts) {
  begin();
  recording->welcomed(2);
  recording->sent(1, "um");
  recording->sent(2, "dois");
  recording->sent(3, "tres");
  reply(1, 2);
  reply(2, 4);
  reply(3, 1);
  recording->end();
  EXPECT_EQ(lines(),
            "{\"join\":\"others-1\"}\n"
            "{\"wait\":{\"count\":1}}\n"
            "{\"join\":\"c1\",\"name\":\"ana\"}\n"
            "{\"wait\":{\"count\":2}}\n"
            "{\"send\":\"c1\",\"text\":\"um\",\"expect\":{\"text\":\"re\",\"count\":2}}\n"
            "{\"wait\":{\"count\":2}}\n"
            "{\"join\":\"others-2\"}\n"
            "{\"join\":\"others-3\"}\n"
            "{\"wait\":{\"count\":4}}\n"
            "{\"send\":\"c1\",\"text\":\"dois\",\"expect\":{\"text\":\"re\",\"count\":4}}\n"
            "{\"wait\":{\"count\":4}}\n"
            "{\"leave\":\"others-3\"}\n"
            "{\"leave\":\"others-2\"}\n"
            "{\"leave\":\"others-1\"}\n"
            "{\"wait\":{\"count\":1}}\n"
            "{\"send\":\"c1\",\"text\":\"tres\",\"expect\":{\"text\":\"re\",\"count\":1}}\n"
            "{\"wait\":{\"count\":1}}\n"
            "{\"leave\":\"c1\"}\n");
}

TEST_F(ConversationRecordingTest, WhatMayEndOtherwiseNextTimeIsLeftOut) {
  begin();
  recording->welcomed(1);
  recording->sent(1, "um");
  recording->sent(2, "dois");
  recording->sent(3, "tres");
  error(2, "BUSY");
  error(1, "HANDLER_FAILED");
  recording->end();
  EXPECT_EQ(lines(),
            "{\"join\":\"c1\",\"name\":\"ana\"}\n"
            "{\"wait\":{\"count\":1}}\n"
            "# A request is left out: it was refused (BUSY).\n"
            "{\"send\":\"c1\",\"text\":\"um\",\"expect\":{\"error\":\"handler_failed\"}}\n"
            "{\"send\":\"c1\",\"text\":\"tres\"}\n"
            "{\"wait\":{\"count\":1}}\n"
            "{\"leave\":\"c1\"}\n");
}

TEST_F(ConversationRecordingTest, ALostConnectionIsACrashAndANewClient) {
  begin();
  recording->welcomed(2);
  recording->sent(1, "um");
  event(ClientEvent::Kind::disconnected);
  recording->sent(2, "dois");
  event(ClientEvent::Kind::reconnected, 1);
  recording->happened(Outcome{Outcome::Kind::unknown, 1, {}, 0, 0, 0, {}});
  reply(2, 1);
  recording->end();
  EXPECT_EQ(lines(),
            "{\"join\":\"others-1\"}\n"
            "{\"wait\":{\"count\":1}}\n"
            "{\"join\":\"c1\",\"name\":\"ana\"}\n"
            "{\"wait\":{\"count\":2}}\n"
            "{\"crash\":\"c1\"}\n"
            "{\"leave\":\"others-1\"}\n"
            "{\"join\":\"c2\",\"name\":\"ana\"}\n"
            "{\"wait\":{\"count\":1}}\n"
            "# A request is left out: its outcome is unknown.\n"
            "{\"send\":\"c2\",\"text\":\"dois\",\"expect\":{\"text\":\"re\",\"count\":1}}\n"
            "{\"wait\":{\"count\":1}}\n"
            "{\"leave\":\"c2\"}\n");
}

// Whatever answers at that port: nothing that it says makes this file grow without bound.
TEST_F(ConversationRecordingTest, ACountThatCanNotBeIsNotBroughtAbout) {
  begin();
  recording->welcomed(0);
  recording->sent(1, "um");
  recording->sent(2, "dois");
  reply(1, 4'000'000'000);
  reply(2, 0);
  recording->end();
  EXPECT_EQ(test::without_comments(lines()),
            "{\"join\":\"c1\",\"name\":\"ana\"}\n"
            "{\"wait\":{\"count\":1}}\n"
            "{\"send\":\"c1\",\"text\":\"um\",\"expect\":{\"matches\":\"\"}}\n"
            "{\"send\":\"c1\",\"text\":\"dois\",\"expect\":{\"matches\":\"\"}}\n"
            "{\"wait\":{\"count\":1}}\n"
            "{\"leave\":\"c1\"}\n");
}

TEST_F(ConversationRecordingTest, NothingIsLeftOfAConversationThatNeverBegan) {
  begin();
  EXPECT_TRUE(std::filesystem::exists(path("a")));
  recording.reset();
  EXPECT_FALSE(std::filesystem::exists(path("a")));
}

TEST_F(ConversationRecordingTest, AFullDiskIsSaidOnce) {
  recording.emplace("/dev/full", true, "ana", [this](const std::string& text) { complaints.push_back(text); });
  recording->welcomed(1);
  recording->end();
  ASSERT_EQ(complaints.size(), 1U);
  EXPECT_TRUE(complaints[0].ends_with("the conversation goes on without recording"));
}

}  // namespace
}  // namespace rollcall::tools
