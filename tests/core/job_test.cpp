// How an answer becomes bytes.
#include "core/job.hpp"

#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "core/limits.hpp"
#include "wire/codec.hpp"
#include "wire/utf8.hpp"

namespace rollcall::core {
namespace {

Job job_with(Form form) {
  Job job;
  job.id = 7;
  job.form = form;
  job.count = 3;
  job.version = 9;
  job.reply_bytes_max = 10;
  return job;
}
Job full_job() { return job_with({false, false}); }
Job plain_job() { return job_with({true, false}); }

TEST(Answer, OfAFullRequestIsAReplyWithItsIdAndTheRoster) {
  Job job = full_job();
  answer(job, "oi");
  const auto message = wire::decode_server_message(job.reply);
  const auto& reply = std::get<wire::Reply>(message);
  EXPECT_EQ(reply.id, 7U);
  EXPECT_EQ(reply.count, 3U);
  EXPECT_EQ(reply.version, 9U);
  EXPECT_EQ(reply.body, "oi");
  EXPECT_FALSE(job.failed);
}

TEST(Answer, OfAPlainRequestIsTheTextAlone) {
  Job job = plain_job();
  answer(job, "Olá");
  EXPECT_EQ(job.reply, "Olá");
  EXPECT_FALSE(job.failed);
}

TEST(Answer, MayBeEmpty) {
  Job job = full_job();
  answer(job, "");
  EXPECT_EQ(std::get<wire::Reply>(wire::decode_server_message(job.reply)).body, "");
  job = plain_job();
  answer(job, "");
  EXPECT_EQ(job.reply, "");
}

TEST(Answer, ReplacesWhatABufferHeldBefore) {
  Job job = plain_job();
  job.reply = "of an earlier job";
  job.failed = true;
  answer(job, "new");
  EXPECT_EQ(job.reply, "new");
  EXPECT_FALSE(job.failed);
  job.form.plain = false;
  answer(job, "newer");
  EXPECT_EQ(std::get<wire::Reply>(wire::decode_server_message(job.reply)).body, "newer");
}

TEST(Answer, AtTheBoundFits) {
  Job job = plain_job();
  answer(job, std::string(10, 'x'));
  EXPECT_EQ(job.reply, std::string(10, 'x'));
}

TEST(Answer, AboveTheBoundIsError17) {
  Job job = full_job();
  answer(job, std::string(11, 'x'));
  EXPECT_TRUE(job.failed);
  const auto message = wire::decode_server_message(job.reply);
  EXPECT_EQ(std::get<wire::Error>(message).code, wire::ErrorCode::handler_failed);
  EXPECT_EQ(std::get<wire::Error>(message).id, 7U);
}

TEST(Fail, OfAFullRequestIsAnErrorWithItsId) {
  Job job = full_job();
  fail(job, wire::ErrorCode::handler_failed, "division by zero");
  EXPECT_TRUE(job.failed);
  const auto message = wire::decode_server_message(job.reply);
  const auto& error = std::get<wire::Error>(message);
  EXPECT_EQ(error.id, 7U);
  EXPECT_EQ(error.code, wire::ErrorCode::handler_failed);
  EXPECT_EQ(error.text, "division by zero");
}

TEST(Fail, OfAPlainRequestIsText) {
  Job job = plain_job();
  fail(job, wire::ErrorCode::handler_failed, "division by zero");
  EXPECT_EQ(job.reply, "ERROR 17 HANDLER_FAILED: division by zero");
}

TEST(Fail, BoundsTheText) {
  Job job = full_job();
  fail(job, wire::ErrorCode::handler_failed, std::string(100'000, 'x'));
  EXPECT_EQ(std::get<wire::Error>(wire::decode_server_message(job.reply)).text, std::string(512, 'x') + "…");
}

// A text is UTF-8 (section 3), also where it had to be cut: a client closes the connection over what it can't decode.
TEST(Fail, CutsTextBetweenCharacters) {
  for (std::size_t before = 0; before < 4; ++before) {
    std::string text(before, 'x');
    while (text.size() < 600) text += "😀";
    Job job = full_job();
    fail(job, wire::ErrorCode::handler_failed, text);
    EXPECT_TRUE(std::holds_alternative<wire::Error>(wire::decode_server_message(job.reply))) << before;
    job = plain_job();
    fail(job, wire::ErrorCode::handler_failed, text);
    EXPECT_TRUE(wire::is_utf8(job.reply)) << before;
  }
}

// What an exception says is whatever bytes its thrower liked.
TEST(Fail, GivesTextWhateverTheHandlerThrew) {
  Job job = full_job();
  fail(job, wire::ErrorCode::handler_failed, "caf\xE9");
  EXPECT_TRUE(std::holds_alternative<wire::Error>(wire::decode_server_message(job.reply)));
}

TEST(Recycle, KeepsASmallBuffer) {
  std::string buffer(kept_buffer_bytes_max / 2, 'x');
  const char* const memory = buffer.data();
  recycle(buffer);
  EXPECT_TRUE(buffer.empty());
  buffer.assign(kept_buffer_bytes_max / 2, 'y');
  EXPECT_EQ(buffer.data(), memory);
}

TEST(Recycle, GivesALargeOneBack) {
  std::string buffer(kept_buffer_bytes_max + 1, 'x');
  recycle(buffer);
  EXPECT_TRUE(buffer.empty());
  EXPECT_LE(buffer.capacity(), kept_buffer_bytes_max);
}

}  // namespace
}  // namespace rollcall::core
