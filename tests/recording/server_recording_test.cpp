#include <vector>

#include "recording_folder.hpp"
#include "server/recording.hpp"

namespace rollcall::tools {
namespace {

class ServerRecordingTest : public test::RecordingFolder {
 protected:
  Recording::Options options(const std::string& file) {
    Recording::Options made;
    made.file = file;
    made.buffer_bytes = 64 * 1024;
    made.complain = [this](const std::string& text) { complaints.push_back(text); };
    return made;
  }
  static RecordedStep step(RecordedStep::Kind kind, std::uint64_t request = 0, std::string_view text = {}) {
    RecordedStep made;
    made.kind = kind;
    made.client = 7;
    made.request = request;
    made.text = text;
    made.count = 1;
    return made;
  }

  std::vector<std::string> complaints;
};

TEST_F(ServerRecordingTest, TheFileIsCompleteWhenItIsClosed) {
  Recording recording(options(path("a")));
  recording.happened(step(RecordedStep::Kind::joined));
  recording.happened(step(RecordedStep::Kind::request, 1, "oi"));
  recording.happened(step(RecordedStep::Kind::reply, 1, "re"));
  recording.close();
  recording.close();
  const std::string lines = content(path("a"));
  EXPECT_TRUE(lines.starts_with("{\"rollcall\":1,")) << lines;
  const std::string all = test::without_comments(lines);
  EXPECT_EQ(all.substr(all.find('\n') + 1),
            "{\"join\":\"c1\",\"name\":\"\",\"at\":0.000000}\n"
            "{\"wait\":{\"count\":1}}\n"
            "{\"send\":\"c1\",\"at\":0.000000,\"text\":\"oi\"}\n"
            "{\"expect\":\"c1\",\"text\":\"re\",\"count\":1}\n"
            "{\"wait\":{\"count\":1}}\n"
            "{\"leave\":\"c1\",\"at\":0.000000}\n");
  EXPECT_TRUE(complaints.empty());
}

TEST_F(ServerRecordingTest, LinesComeWhileTheServerRuns) {
  Recording recording(options(path("a")));
  recording.happened(step(RecordedStep::Kind::joined));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (content(path("a")).find("\"join\"") == std::string::npos) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::yield();
  }
}

// 100,000 requests in no time do not fit into the buffer, whatever the writer does.
TEST_F(ServerRecordingTest, WhatIsLeftOutIsSaid) {
  Recording recording(options(path("a")));
  recording.happened(step(RecordedStep::Kind::joined));
  const std::string text(10'000, 'x');
  for (std::uint64_t i = 1; i <= 20'000; ++i) {
    recording.happened(step(RecordedStep::Kind::request, i, text));
    recording.happened(step(RecordedStep::Kind::reply, i, "re"));
  }
  recording.close();
  ASSERT_EQ(complaints.size(), 1U);
  EXPECT_NE(complaints[0].find(" of 20000 requests are not in " + path("a")), std::string::npos) << complaints[0];
  EXPECT_NE(content(path("a")).find("left out here"), std::string::npos);
}

TEST_F(ServerRecordingTest, AFullDiskIsSaidOnce) {
  Recording::Options full = options("/dev/full");
  full.force = true;
  Recording recording(full);
  for (int i = 0; i < 100; ++i) recording.happened(step(RecordedStep::Kind::joined));
  recording.close();
  EXPECT_EQ(complaints, std::vector<std::string>{
                            "--record: cannot write to /dev/full: No space left on device; its last line may be "
                            "cut off; the server goes on without recording"});
}

}  // namespace
}  // namespace rollcall::tools
