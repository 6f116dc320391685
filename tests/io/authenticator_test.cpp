// Who may come in, asked the way libzmq asks (ZAP, RFC 27), and what happens to odd questions.
#include "io/authenticator.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "io/curve.hpp"
#include "io/key_files.hpp"

namespace rollcall::io {
namespace {

using Frames = std::vector<std::string>;

class AuthenticatorTest : public ::testing::Test {
 protected:
  AuthenticatorTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "rollcall-zap-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    ana_ = generate_key((folder_ / "ana").string());
    ben_ = generate_key((folder_ / "ben").string());
    list(ana_ + " ana\n");
    authenticator_.emplace(context_, (folder_ / "list").string());
  }
  ~AuthenticatorTest() override {
    authenticator_.reset();
    std::filesystem::remove_all(folder_);
  }
  AuthenticatorTest(const AuthenticatorTest&) = delete;
  AuthenticatorTest& operator=(const AuthenticatorTest&) = delete;

  void list(const std::string& text) const { std::ofstream(folder_ / "list") << text; }

  static std::string bytes_of(const std::string& key) {
    std::array<std::uint8_t, 32> bytes{};
    zmq_z85_decode(bytes.data(), key.c_str());
    return {bytes.begin(), bytes.end()};
  }
  Frames ask(const Frames& request) {
    zmq::socket_t socket(context_, ZMQ_REQ);
    socket.set(zmq::sockopt::linger, 0);
    socket.connect("inproc://zeromq.zap.01");
    for (std::size_t i = 0; i < request.size(); ++i) {
      socket.send(zmq::buffer(request[i]), i + 1 < request.size() ? zmq::send_flags::sndmore : zmq::send_flags::none);
    }
    Frames reply;
    zmq::message_t frame;
    do {
      if (!socket.recv(frame)) break;
      reply.push_back(frame.to_string());
    } while (frame.more());
    return reply;
  }
  Frames ask_about(const std::string& key) {
    return ask({"1.0", "7", zap_domain, "127.0.0.1", "", "CURVE", bytes_of(key)});
  }
  std::vector<Authenticator::News> reload() {
    authenticator_->reload();
    pollfd ready{authenticator_->fd(), POLLIN, 0};
    EXPECT_EQ(poll(&ready, 1, 60'000), 1);
    return authenticator_->take_news();
  }

  zmq::context_t context_;
  std::filesystem::path folder_;
  std::string ana_;
  std::string ben_;
  std::optional<Authenticator> authenticator_;
};

TEST_F(AuthenticatorTest, LetsInWhomItKnows) {
  EXPECT_EQ(ask_about(ana_), (Frames{"1.0", "7", "200", "OK", ana_ + "ana", ""}));
  EXPECT_EQ(ask_about(ben_)[2], "400");
  EXPECT_EQ(ask_about(ben_)[4], "");
  EXPECT_TRUE(authenticator_->allows(ana_));
  EXPECT_FALSE(authenticator_->allows(ben_));
  EXPECT_FALSE(authenticator_->allows(""));
}

TEST_F(AuthenticatorTest, OddQuestionsAreAnsweredWithNo) {
  const std::string key = bytes_of(ana_);
  const std::vector<Frames> odd = {
      {""},
      {"1.0", "7"},
      {"2.0", "7", zap_domain, "127.0.0.1", "", "CURVE", key},
      {"1.0", "7", "other", "127.0.0.1", "", "CURVE", key},
      {"1.0", "7", zap_domain, "127.0.0.1", "", "PLAIN", "ana", "secret"},
      {"1.0", "7", zap_domain, "127.0.0.1", "", "NULL"},
      {"1.0", "7", zap_domain, "127.0.0.1", "", "CURVE", key, "more"},
      {"1.0", "7", zap_domain, "127.0.0.1", "", "CURVE", key.substr(1)},
      {"1.0", "7", zap_domain, "127.0.0.1", "", "CURVE", ana_},
      Frames(100, "x"),
  };
  for (const Frames& request : odd) {
    const Frames reply = ask(request);
    ASSERT_EQ(reply.size(), 6U);
    EXPECT_EQ(reply[2], "400");
    EXPECT_EQ(reply[4], "");
  }
  EXPECT_EQ(ask_about(ana_)[2], "200");
}

TEST_F(AuthenticatorTest, ReadsItsListAgain) {
  list(ben_ + " ben\n");
  EXPECT_EQ(ask_about(ben_)[2], "400") << "before it is told to";
  const auto news = reload();
  ASSERT_EQ(news.size(), 1U);
  EXPECT_EQ(news[0].revoked, std::vector<std::string>{ana_});
  EXPECT_EQ(news[0].keys, 1U);
  EXPECT_EQ(news[0].problem, "");
  EXPECT_EQ(ask_about(ben_)[2], "200");
  EXPECT_EQ(ask_about(ana_)[2], "400");
}

TEST_F(AuthenticatorTest, AListThatIsWrongChangesNothing) {
  list("nonsense\n");
  const auto news = reload();
  ASSERT_EQ(news.size(), 1U);
  EXPECT_TRUE(news[0].revoked.empty());
  EXPECT_NE(news[0].problem.find(":1: "), std::string::npos);
  EXPECT_EQ(ask_about(ana_)[2], "200");
  EXPECT_TRUE(authenticator_->is_alive());
}

TEST_F(AuthenticatorTest, ItsEndIsTold) {
  context_.shutdown();
  pollfd ready{authenticator_->fd(), POLLIN, 0};
  EXPECT_EQ(poll(&ready, 1, 60'000), 1);
  EXPECT_FALSE(authenticator_->is_alive());
}

TEST_F(AuthenticatorTest, WithoutAListThereIsNone) {
  zmq::context_t context;
  EXPECT_THROW(Authenticator(context, (folder_ / "missing").string()), KeyError);
}

}  // namespace
}  // namespace rollcall::io
