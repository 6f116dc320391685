// Samples on their way between the processes of a load: replay/sample_json.hpp.
#include "replay/sample_json.hpp"

#include <gtest/gtest.h>

namespace rollcall::replay {
namespace {

TEST(SampleJson, BringsEverythingAcross) {
  Sample sample;
  std::uint64_t next = 1;
  for (auto* number : {&sample.due, &sample.sent, &sample.not_sent, &sample.replies, &sample.unknown, &sample.timeouts,
                       &sample.joins, &sample.leaves, &sample.crashes, &sample.lost, &sample.refused,
                       &sample.expectations_met, &sample.expectations_failed, &sample.version}) {
    *number = next++;
  }
  sample.errors = {{"busy", 3}, {"handler_failed", 1}};
  sample.count = 0;
  for (std::uint64_t value = 1; value < 10'000'000'000; value *= 3) {
    sample.latency.add(value, value % 5 + 1);
    sample.service_time.add(value / 2);
  }
  const Sample copy = sample_from_json(nlohmann::json::parse(sample_to_json(sample).dump()));
  EXPECT_EQ(sample_to_json(copy), sample_to_json(sample));
  EXPECT_EQ(copy.due, 1U);
  EXPECT_EQ(copy.version, 14U);
  EXPECT_EQ(copy.errors, sample.errors);
  EXPECT_EQ(copy.count, 0U);
  EXPECT_EQ(copy.latency.count(), sample.latency.count());
  EXPECT_EQ(copy.latency.max(), sample.latency.max());
  EXPECT_EQ(copy.latency.quantile(0.99), sample.latency.quantile(0.99));
  EXPECT_EQ(copy.service_time.quantile(0.5), sample.service_time.quantile(0.5));
}

TEST(SampleJson, NothingIsNothing) {
  const Sample copy = sample_from_json(sample_to_json(Sample{}));
  EXPECT_EQ(copy.sent, 0U);
  EXPECT_FALSE(copy.count);
  EXPECT_EQ(copy.latency.count(), 0U);
}

}  // namespace
}  // namespace rollcall::replay
