// How much the server tells people: so much a second of each kind, and then how much was left out.
#include "core/journal.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace rollcall::core {
namespace {

using namespace std::chrono_literals;
using Kind = Notice::Kind;

class JournalTest : public ::testing::Test {
 protected:
  bool tell(Kind kind, Refusal refusal = Refusal::late_message) { return journal.may_tell(kind, refusal, now); }
  std::uint32_t told_of(std::uint32_t times, Kind kind, Refusal refusal = Refusal::late_message) {
    std::uint32_t told = 0;
    for (std::uint32_t i = 0; i < times; ++i) told += tell(kind, refusal) ? 1U : 0U;
    return told;
  }
  void expect_omitted(Kind kind, std::uint64_t count, Refusal refusal = Refusal::late_message) {
    const auto omission = journal.omitted(now);
    ASSERT_TRUE(omission.has_value());
    EXPECT_EQ(omission->kind, kind);
    EXPECT_EQ(omission->count, count);
    if (kind == Kind::refused) {
      EXPECT_EQ(omission->refusal, refusal);
    }
  }
  void expect_nothing_omitted() { EXPECT_FALSE(journal.omitted(now).has_value()); }

  Journal journal;
  Time now = 100s;
};

TEST_F(JournalTest, EachKindHasItsBudgetASecond) {
  EXPECT_EQ(told_of(1000, Kind::message), message_notices_per_second);
  EXPECT_EQ(told_of(1000, Kind::joined), presence_notices_per_second);
  EXPECT_EQ(told_of(1000, Kind::refused), refusal_notices_per_second);
}

TEST_F(JournalTest, JoinsAndLeavesShareOne) {
  EXPECT_EQ(told_of(presence_notices_per_second, Kind::joined), presence_notices_per_second);
  EXPECT_FALSE(tell(Kind::left));
}

TEST_F(JournalTest, EachReasonToRefuseHasItsOwn) {
  for (std::size_t i = 0; i < refusal_count; ++i) {
    EXPECT_EQ(told_of(10, Kind::refused, static_cast<Refusal>(i)), refusal_notices_per_second) << i;
  }
}

TEST_F(JournalTest, AQuietSecondGivesAFullBudget) {
  EXPECT_EQ(told_of(message_notices_per_second, Kind::message), message_notices_per_second);
  now += 1s - 1ns;
  EXPECT_FALSE(tell(Kind::message));
  expect_nothing_omitted();
  now += 1ns;
  expect_omitted(Kind::message, 1);
  EXPECT_EQ(told_of(1000, Kind::message), message_notices_per_second);
}

TEST_F(JournalTest, WithoutOmissionsASecondBeginsWithItsFirstNotice) {
  EXPECT_TRUE(tell(Kind::message));
  now += 1s;
  EXPECT_EQ(told_of(1000, Kind::message), message_notices_per_second);
}

TEST_F(JournalTest, WhatWasLeftOutIsToldWhenTheSecondIsOver) {
  told_of(message_notices_per_second + 7, Kind::message);
  told_of(1 + 3, Kind::refused, Refusal::bad_message);
  expect_nothing_omitted();
  now += 1s;
  expect_omitted(Kind::message, 7);
  expect_omitted(Kind::refused, 3, Refusal::bad_message);
  expect_nothing_omitted();
}

TEST_F(JournalTest, LeavesThatWereLeftOutAreToldAsPresence) {
  told_of(presence_notices_per_second + 2, Kind::left);
  now += 1s;
  expect_omitted(Kind::joined, 2);
}

TEST_F(JournalTest, ASecondWithOmissionsDoesNotEndBeforeTheyAreTold) {
  told_of(message_notices_per_second + 1, Kind::message);
  now += 5s;
  EXPECT_FALSE(tell(Kind::message));
  expect_omitted(Kind::message, 2);
  EXPECT_TRUE(tell(Kind::message));
}

TEST_F(JournalTest, TheSecondAfterOmissionsBeginsWhenTheyWereTold) {
  told_of(message_notices_per_second + 1, Kind::message);
  now += 1500ms;
  expect_omitted(Kind::message, 1);
  EXPECT_EQ(told_of(100, Kind::message), message_notices_per_second);
  now += 999ms;
  EXPECT_FALSE(tell(Kind::message));
}

TEST_F(JournalTest, TheDeadlineIsTheFirstSecondThatEndsWithOmissions) {
  EXPECT_EQ(journal.next_deadline(), std::nullopt);
  told_of(2, Kind::refused, Refusal::bad_message);
  EXPECT_EQ(journal.next_deadline(), now + 1s);
  now += 300ms;
  told_of(message_notices_per_second + 1, Kind::message);
  EXPECT_EQ(journal.next_deadline(), now + 700ms);
  now += 700ms;
  expect_omitted(Kind::refused, 1, Refusal::bad_message);
  EXPECT_EQ(journal.next_deadline(), now + 300ms);
  now += 300ms;
  expect_omitted(Kind::message, 1);
  EXPECT_EQ(journal.next_deadline(), std::nullopt);
}

TEST_F(JournalTest, NoticesThatWereToldNeedNoDeadline) {
  tell(Kind::message);
  tell(Kind::refused);
  EXPECT_EQ(journal.next_deadline(), std::nullopt);
}

TEST_F(JournalTest, AtTheServersEndAllIsTold) {
  told_of(message_notices_per_second + 4, Kind::message);
  told_of(2, Kind::refused, Refusal::draining);
  journal.end_all();
  expect_omitted(Kind::message, 4);
  expect_omitted(Kind::refused, 1, Refusal::draining);
  expect_nothing_omitted();
}

TEST_F(JournalTest, AnEndWithoutOmissionsTellsNothing) {
  tell(Kind::message);
  journal.end_all();
  expect_nothing_omitted();
}

}  // namespace
}  // namespace rollcall::core
