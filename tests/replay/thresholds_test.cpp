// What `--fail-on` understands, refuses and decides (thresholds.hpp).
#include "replay/thresholds.hpp"

#include <gtest/gtest.h>

#include <string>

#include "replay/example_run.hpp"

namespace rollcall::replay {
namespace {

std::string why_not(std::string_view text) {
  try {
    (void)parse_threshold(text);
  } catch (const ThresholdError& error) {
    return error.what();
  }
  return "";
}

/// A second with a hundred replies of 1 ms (0.5 ms since they were sent), and one each of everything that can go wrong.
Run small_run() {
  replay::Run run;
  Sample sample;
  sample.due = 104;
  sample.sent = 103;
  sample.not_sent = 1;
  sample.replies = 100;
  sample.unknown = 1;
  sample.timeouts = 1;
  sample.errors = {{"busy", 1}};
  sample.lost = 1;
  sample.expectations_met = 9'999;
  sample.expectations_failed = 1;
  sample.latency.add(1'000'000, 100);
  sample.service_time.add(500'000, 100);
  run.add(sample, 0, 2);
  return run;
}

bool met(std::string_view text, const Run& run = small_run()) { return judge(parse_threshold(text), run).met; }

TEST(Threshold, MayBeOnAnythingThatIsMeasured) {
  for (const char* const text : {"p50<1.1ms",
                                 "p99 < 1100us",
                                 "p99.9<1100µs",
                                 "p99.99<1s",
                                 "p50>=1000000ns",
                                 "max==1ms",
                                 "mean==1ms",
                                 "raw.max==0.5ms",
                                 "raw.p99<600us",
                                 "raw.mean<=0.5ms",
                                 "errors==4",
                                 "error.busy==1",
                                 "error.draining==0",
                                 "unknown==1",
                                 "timeouts==1",
                                 "not_sent<=1",
                                 "requests==104",
                                 "sent==103",
                                 "replies==100",
                                 "failed==1",
                                 "lost==1",
                                 "refused==0",
                                 "rate==50",
                                 "rate>=50/s",
                                 "expectations==9999",
                                 "expectations>=99.99%",
                                 "expectations!=100%"}) {
    EXPECT_TRUE(met(text)) << text;
  }
}

TEST(Threshold, IsNotMetBeyondItsLimit) {
  for (const char* const text : {"p99<1ms", "max<1ms", "max>1ms", "max!=1ms", "errors==0", "rate>50", "rate<50/s",
                                 "expectations==100%", "failed<1", "error.busy<=0"}) {
    EXPECT_FALSE(met(text)) << text;
  }
}

TEST(Threshold, IsNotMetWhereThereWasNothingToMeasure) {
  const replay::Run nothing;
  for (const char* const text :
       {"p99<50ms", "max<1s", "raw.mean<1s", "rate>=0", "expectations==100%", "expectations>=0%"}) {
    const Verdict verdict = judge(parse_threshold(text), nothing);
    EXPECT_FALSE(verdict.met) << text;
    EXPECT_EQ(actual_text(verdict, Language::english), "there was nothing to measure");
    EXPECT_EQ(actual_text(verdict, Language::portuguese), "não houve o que medir");
  }
  EXPECT_TRUE(met("errors==0", nothing));
  EXPECT_FALSE(met("expectations>0", nothing));
}

TEST(Threshold, TellsWhatWasMeasured) {
  const auto actual = [](const char* text, Language language) {
    return actual_text(judge(parse_threshold(text), test::example_run()), language);
  };
  EXPECT_EQ(actual("p99<50ms", Language::english), "126 ms");
  EXPECT_EQ(actual("raw.p99.9<50ms", Language::portuguese), "8,74 ms");
  EXPECT_EQ(actual("replies>0", Language::english), "59,961");
  EXPECT_EQ(actual("rate>0", Language::english), "999/s");
  EXPECT_EQ(actual_text(judge(parse_threshold("expectations==100%"), small_run()), Language::english), "99.99 %")
      << "never rounded to all of them";
}

TEST(Threshold, NamesWhatIsWrongAndWhatIsMeant) {
  const std::pair<const char*, const char*> wrong[] = {
      {"p99", "there is no comparison in it: METRIC<VALUE, such as p99<50ms"},
      {"", "there is no comparison in it"},
      {"p99<50", "give the time a unit: 50ms"},
      {"p99<50min", "give the time a unit"},
      {"p99<", "\"\" is not a number"},
      {"p99<fast", "\"fast\" is not a number"},
      {"p99<-5ms", "\"-5ms\" is not a number"},
      {"p99<1.2.3ms", "is not a number"},
      {"p99=50ms", "compare with one of < <= > >= == !="},
      {"p100<5ms", "\"p100\" is not measured"},
      {"p0<5ms", "\"p0\" is not measured"},
      {"<5ms", "\"\" is not measured"},
      {"erors==0", "did you mean \"errors\"?"},
      {"timeout==0", "did you mean \"timeouts\"?"},
      {"latency<5ms", "metrics are p50, p90, p99, p99.9, max, mean, raw.p99, rate, expectations, errors"},
      {"error.bussy==0", "no error is called \"bussy\"; did you mean \"error.busy\"?"},
      {"error.nonsense==0", "there are error.malformed"},
      {"errors==0%", "\"%\" is no unit of this metric: give a plain number"},
      {"rate>5k", "\"k\" is no unit of this metric: give /s or nothing"},
      {"expectations==101%", "there are only 100 %"},
      {"expectations==5ms", "\"ms\" is no unit of this metric"},
      {"\x1b[31m<5ms", "\\u{1B}[31m"},
  };
  for (const auto& [text, part] : wrong) {
    EXPECT_NE(why_not(text).find(part), std::string::npos) << text << ": " << why_not(text);
  }
}

TEST(Threshold, AllHaveToBeMet) {
  const replay::Run run = small_run();
  EXPECT_TRUE(all_met({}));
  EXPECT_TRUE(all_met(judge({parse_threshold("errors==4"), parse_threshold("lost==1")}, run)));
  EXPECT_FALSE(all_met(judge({parse_threshold("errors==4"), parse_threshold("lost==0")}, run)));
}

}  // namespace
}  // namespace rollcall::replay
