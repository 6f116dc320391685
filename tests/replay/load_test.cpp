// Load without a script, against a server in a process of its own: replay/load.hpp.
#include "replay/load.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <fstream>

#include "io/wakeup.hpp"
#include "replay/load_processes.hpp"
#include "support/server_process.hpp"

namespace rollcall::replay {
namespace {

using namespace std::chrono_literals;

class LoadTest : public ::testing::Test {
 protected:
  LoadTest() {
    plan_.endpoint = server_.endpoint();
    plan_.clients = 20;
    plan_.message = "x";
    plan_.duration = 2s;
    plan_.patience = 20s;
  }

  /// Runs it, calling then(n) when interval n is over.
  template <typename Then>
  LoadResult run(Then then, unsigned processes = 0) {
    std::size_t n = 0;
    const OnSample on_sample = [&](const Sample& sample, double from_s, double interval_s) {
      EXPECT_EQ(from_s, static_cast<double>(n));
      EXPECT_GE(interval_s, 0.0);
      samples_.push_back(sample);
      total_.add(sample);
      then(n++);
    };
    return processes == 0 ? run_load(plan_, on_sample) : run_load_in_processes(plan_, processes, on_sample);
  }
  LoadResult run() {
    return run([](std::size_t) {});
  }
  [[nodiscard]] std::uint64_t ended() const {
    std::uint64_t errors = 0;
    for (const auto& [name, times] : total_.errors) errors += times;
    return total_.replies + total_.unknown + total_.timeouts + errors;
  }

  test::ServerProcess server_;
  LoadPlan plan_;
  std::vector<Sample> samples_;
  Sample total_;
};

TEST_F(LoadTest, AnOpenLoopKeepsItsPlan) {
  plan_.rate = 500;
  const LoadResult result = run();
  EXPECT_EQ(total_.due, 1000U);
  EXPECT_EQ(total_.sent + total_.not_sent, total_.due);
  EXPECT_EQ(total_.replies, total_.sent);
  EXPECT_EQ(total_.latency.count(), total_.replies);
  EXPECT_EQ(total_.service_time.count(), total_.replies);
  EXPECT_EQ(total_.joins, 20U);
  EXPECT_EQ(total_.leaves, 20U);
  EXPECT_EQ(total_.count, 20U);
  EXPECT_GE(samples_.size(), 3U);
  EXPECT_GE(result.seconds, 2.0);
  EXPECT_FALSE(result.interrupted);
  EXPECT_EQ(result.processes, 1U);
}

TEST_F(LoadTest, AClosedLoopKeepsItsWindow) {
  plan_.clients = 3;
  plan_.window = 4;
  plan_.duration = 500ms;
  run();
  EXPECT_GT(total_.replies, 12U);
  EXPECT_EQ(total_.due, total_.sent);
  EXPECT_EQ(ended(), total_.sent);
  EXPECT_EQ(total_.latency.max(), total_.service_time.max());
}

TEST_F(LoadTest, AWindowAboveTheServersIsNoted) {
  plan_.clients = 1;
  plan_.window = 100'000;
  plan_.duration = 100ms;
  const LoadResult result = run();
  ASSERT_EQ(result.notes.size(), 1U);
  EXPECT_NE(result.notes[0].find("256"), std::string::npos) << result.notes[0];
  EXPECT_TRUE(total_.errors.empty());
}

TEST_F(LoadTest, TheRateRisesWithTheRamp) {
  plan_.rate = 100;
  plan_.ramp = 1s;
  run();
  EXPECT_EQ(total_.due, 150U);
  EXPECT_EQ(total_.joins, 20U);
  EXPECT_EQ(total_.replies, 150U);
}

// The whole point of an open loop: requests that a stalled server kept from being sent are late all the same.
TEST_F(LoadTest, AStallShowsInLatencyAndNotInServiceTime) {
  plan_.rate = 500;
  plan_.duration = 5s;
  plan_.max_in_flight = 10;
  run([this](std::size_t interval) {
    if (interval == 1) server_.stop();
    if (interval == 2) server_.signal(SIGCONT);
  });
  EXPECT_EQ(total_.due, 2500U);
  EXPECT_EQ(total_.replies, 2500U);
  EXPECT_GT(total_.latency.quantile(0.99), 600'000'000U);
  EXPECT_LT(total_.service_time.quantile(0.99), total_.latency.quantile(0.99) / 2);
  EXPECT_GT(total_.service_time.max(), 600'000'000U) << "those that were on their way";
}

TEST_F(LoadTest, WhatCannotBeSentIsCounted) {
  plan_.rate = 100;
  plan_.timeout = 300ms;
  run([this](std::size_t interval) {
    if (interval == 0) server_.end(SIGKILL);
  });
  EXPECT_EQ(total_.due, 200U);
  EXPECT_GT(total_.not_sent, 0U);
  EXPECT_EQ(total_.sent + total_.not_sent, total_.due);
  EXPECT_EQ(ended(), total_.sent);
}

TEST_F(LoadTest, GoesOnWhenTheServerIsBack) {
  plan_.window = 4;
  plan_.duration = 5s;
  run([this](std::size_t interval) {
    if (interval == 0) server_.end(SIGKILL);
    if (interval == 1) server_.restart();
  });
  EXPECT_EQ(total_.lost, 20U);
  EXPECT_EQ(total_.joins, 40U);
  EXPECT_EQ(ended(), total_.sent);
  EXPECT_GT(total_.unknown, 0U);
  EXPECT_LE(total_.unknown, 80U);
  ASSERT_GE(samples_.size(), 5U);
  EXPECT_GT(samples_[4].replies, 0U);
}

TEST_F(LoadTest, AReplyThatDoesNotComeTimesOut) {
  plan_.clients = 2;
  plan_.message = "sleep 60000 x";
  plan_.timeout = 200ms;
  plan_.duration = 500ms;
  run();
  EXPECT_GE(total_.timeouts, 2U);
  EXPECT_EQ(total_.timeouts, total_.sent);
}

TEST_F(LoadTest, ErrorsHaveTheirNames) {
  plan_.message = "throw no";
  plan_.rate = 100;
  plan_.duration = 100ms;
  run();
  EXPECT_EQ(total_.errors, (std::map<std::string, std::uint64_t>{{"handler_failed", 10}}));
}

TEST_F(LoadTest, NoServerIsAnError) {
  server_.end(SIGKILL);
  plan_.patience = 200ms;
  try {
    run();
    FAIL() << "it should have thrown";
  } catch (const LoadError& error) {
    EXPECT_EQ(error.kind(), LoadError::Kind::no_server);
    EXPECT_NE(std::string(error.what()).find(plan_.endpoint), std::string::npos);
  }
  EXPECT_THROW(run([](std::size_t) {}, 2), LoadError);
}

TEST_F(LoadTest, EndsAtOnceWhenInterrupted) {
  for (const unsigned processes : {0U, 3U}) {
    const io::Wakeup interrupt;
    plan_.interrupt_fd = interrupt.fd();
    plan_.rate = 100;
    plan_.duration = 1h;
    samples_.clear();
    const LoadResult result = run([&](std::size_t) { interrupt.signal(); }, processes);
    EXPECT_TRUE(result.interrupted);
    EXPECT_GE(samples_.size(), 2U);
    EXPECT_LT(result.seconds, 60.0);
  }
  server_.end(SIGKILL);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a process was left behind";
  EXPECT_EQ(errno, ECHILD);
}

TEST_F(LoadTest, SeveralProcessesMakeOneLoad) {
  plan_.rate = 500;
  plan_.clients = 20;
  const LoadResult result = run([](std::size_t) {}, 3);
  EXPECT_EQ(result.processes, 3U);
  EXPECT_NEAR(static_cast<double>(total_.due), 1000, 2);
  EXPECT_EQ(total_.replies, total_.due);
  EXPECT_EQ(total_.joins, 20U);
  EXPECT_EQ(total_.leaves, 20U);
  EXPECT_EQ(samples_[0].count, 20U) << "all were there when it began";
  EXPECT_GT(samples_[1].replies, 0U);
  server_.end(SIGKILL);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a process was left behind";
}

TEST_F(LoadTest, AProcessThatDiesIsAnError) {
  plan_.rate = 100;
  plan_.duration = 1h;
  const auto kill_one = [this](std::size_t interval) {
    std::ifstream children("/proc/self/task/" + std::to_string(getpid()) + "/children");
    for (pid_t pid = 0; interval == 0 && children >> pid;) {
      if (pid != server_.pid()) {
        kill(pid, SIGKILL);
        return;
      }
    }
  };
  try {
    run(kill_one, 2);
    FAIL() << "it should have thrown";
  } catch (const LoadError& error) {
    EXPECT_EQ(error.kind(), LoadError::Kind::failed);
    EXPECT_NE(std::string(error.what()).find("Killed"), std::string::npos) << error.what();
  }
  server_.end(SIGKILL);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a process was left behind";
}

}  // namespace
}  // namespace rollcall::replay
