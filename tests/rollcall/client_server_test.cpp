// The public API by itself: a Server and Clients in one process, on a real port.
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <future>
#include <mutex>
#include <thread>

#include "rollcall/client.hpp"
#include "rollcall/server.hpp"
#include "support/running_server.hpp"

namespace rollcall {
namespace {

using namespace std::chrono_literals;
using test::RunningServer;

constexpr auto deadline = 60s;

/// The next event of this kind; outcomes and other events before it are dropped.
bool wait_event(Client& client, ClientEvent::Kind kind) {
  while (const auto happening = client.next(deadline)) {
    const auto* event = std::get_if<ClientEvent>(&*happening);
    if (event != nullptr && event->kind == kind) return true;
  }
  return false;
}

TEST(ClientServer, EveryReplyCarriesTheCount) {
  RunningServer server;
  Client ana({server.endpoint(), "ana"});
  EXPECT_EQ(ana.connect(deadline), 1U);
  Client bia({server.endpoint(), "bia"});
  EXPECT_EQ(bia.connect(deadline), 2U);
  const Outcome outcome = ana.ask("Hello, Server!", deadline);
  EXPECT_EQ(outcome.kind, Outcome::Kind::reply);
  EXPECT_EQ(outcome.text, "Hello, Client! Conexões ativas: 2");
  EXPECT_EQ(outcome.count, 2U);
  EXPECT_TRUE(bia.leave(deadline));
  EXPECT_EQ(ana.ask("?", deadline).count, 1U);
  EXPECT_EQ(server.stop(), Server::End::drained);
}

TEST(ClientServer, ARecorderIsToldEverything) {
  std::mutex mutex;
  std::vector<std::string> told;
  ServerConfig config;
  config.recorder = [&](const RecordedStep& step) {
    static constexpr std::array<const char*, 8> names = {"joined", "left",  "request", "settled",
                                                         "taken",  "reply", "failed",  "refused"};
    const std::lock_guard lock(mutex);
    std::string line = names.at(static_cast<std::size_t>(step.kind));
    for (const std::string_view word : {step.name, step.text, step.reason})
      line += (word.empty() ? "" : " ") + std::string(word);
    told.push_back(line + " " + std::to_string(step.count));
  };
  RunningServer server(
      [](const Request& request) -> std::string {
        if (request.body == "fail") throw std::runtime_error("no");
        return "re";
      },
      config);
  Client ana({server.endpoint(), "ana"});
  ana.connect(deadline);
  EXPECT_EQ(ana.ask("oi", deadline).text, "re");
  EXPECT_EQ(ana.ask("fail", deadline).kind, Outcome::Kind::error);
  EXPECT_TRUE(ana.leave(deadline));
  server.stop();
  EXPECT_EQ(told, (std::vector<std::string>{"joined ana 1", "request oi 1", "settled 1", "reply re 1", "request fail 1",
                                            "settled 1", "failed HANDLER_FAILED 1", "left ana goodbye 0"}));
}

TEST(ClientServer, AHandlerSeesBodyNameAndCount) {
  RunningServer server([](const Request& request) {
    return std::string(request.client) + '|' + std::string(request.body) + '|' + std::to_string(request.count);
  });
  Client ana({server.endpoint(), "ana"});
  ana.connect(deadline);
  EXPECT_EQ(ana.ask(std::string("a\0b", 3), deadline).text, std::string("ana|a\0b|1", 9));
  EXPECT_EQ(ana.ask("", deadline).text, "ana||1");
}

TEST(ClientServer, AHandlerThatThrowsGivesATypedErrorAndLivesOn) {
  RunningServer server([](const Request& request) -> std::string {
    if (request.body == "bad") throw std::runtime_error("no luck today");
    return "fine";
  });
  Client ana({server.endpoint(), ""});
  ana.connect(deadline);
  const Outcome outcome = ana.ask("bad", deadline);
  EXPECT_EQ(outcome.kind, Outcome::Kind::error);
  EXPECT_EQ(outcome.code, 17);
  EXPECT_EQ(outcome.code_name, "HANDLER_FAILED");
  EXPECT_EQ(outcome.text, "no luck today");
  EXPECT_EQ(ana.ask("good", deadline).text, "fine");
}

TEST(ClientServer, ManyRequestsAtOnceEndInOrder) {
  RunningServer server([](const Request& request) { return std::string(request.body); });
  Client ana({server.endpoint(), ""});
  ana.connect(deadline);
  constexpr std::uint64_t requests = 5000;  // far above the window
  for (std::uint64_t i = 1; i <= requests; ++i) EXPECT_EQ(ana.send(std::to_string(i)), i);
  std::uint64_t expected = 1;
  while (expected <= requests) {
    const auto happening = ana.next(deadline);
    ASSERT_TRUE(happening) << "after " << expected;
    const auto* outcome = std::get_if<Outcome>(&*happening);
    if (outcome == nullptr) continue;
    ASSERT_EQ(outcome->id, expected);
    ASSERT_EQ(outcome->text, std::to_string(expected));
    ++expected;
  }
}

TEST(ClientServer, OneClientMayBeUsedByManyThreads) {
  RunningServer server([](const Request& request) { return std::string(request.body); });
  Client ana({server.endpoint(), ""});
  ana.connect(deadline);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&ana, t] {
      for (int i = 0; i < 200; ++i) {
        const std::string body = std::to_string(t) + ':' + std::to_string(i);
        EXPECT_EQ(ana.ask(body, deadline).text, body);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(ClientServer, ItsDescriptorIsReadableWhileThereIsSomething) {
  RunningServer server;
  Client ana({server.endpoint(), ""});
  ana.connect(deadline);
  pollfd item{ana.fd(), POLLIN, 0};
  EXPECT_EQ(poll(&item, 1, 20'000), 1);
  EXPECT_TRUE(ana.next(0ms));
  EXPECT_EQ(poll(&item, 1, 0), 0);
  ana.send("x");
  EXPECT_EQ(poll(&item, 1, 20'000), 1);
}

TEST(ClientServer, ADrainingServerTellsItsClientsAndAnswersWhatItAccepted) {
  std::promise<void> running;
  std::promise<void> go_on;
  RunningServer server([&](const Request&) {
    running.set_value();
    go_on.get_future().wait();
    return std::string("finished");
  });
  Client ana({server.endpoint(), ""});
  ana.connect(deadline);
  ana.send("work");
  running.get_future().wait();
  std::thread stopper([&] { EXPECT_EQ(server.stop(), Server::End::drained); });
  EXPECT_TRUE(wait_event(ana, ClientEvent::Kind::closing));
  go_on.set_value();
  const auto happening = ana.next(deadline);
  stopper.join();
  ASSERT_TRUE(happening);
  EXPECT_EQ(std::get<Outcome>(*happening).text, "finished");
}

TEST(ClientServer, AFullServerRefusesWithAReason) {
  ServerConfig config;
  config.clients_max = 1;
  RunningServer server(greeting(), config);
  Client ana({server.endpoint(), ""});
  ana.connect(deadline);
  Client bia({server.endpoint(), ""});
  try {
    bia.connect(deadline);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::refused);
    EXPECT_NE(std::string(error.what()).find("max-clients"), std::string::npos) << error.what();
  }
  EXPECT_EQ(ana.ask("?", deadline).count, 1U);
}

TEST(ClientServer, NoServerIsAnEndpointError) {
  Client ana({"tcp://127.0.0.1:1", ""});
  try {
    ana.connect(50ms);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::endpoint);
  }
  EXPECT_THROW(ana.ask("?", 50ms), Error);
}

TEST(ClientServer, TheObserverIsToldWhoComesAndGoes) {
  std::mutex mutex;
  std::vector<std::string> told;
  ServerConfig config;
  config.observer = [&](const ServerEvent& event) {
    const std::lock_guard lock(mutex);
    if (event.kind == ServerEvent::Kind::joined) told.push_back("joined " + std::string(event.name));
    if (event.kind == ServerEvent::Kind::left) told.push_back("left " + std::string(event.reason));
    if (event.kind == ServerEvent::Kind::message) told.push_back("message " + std::string(event.text));
  };
  RunningServer server(greeting(), config);
  {
    Client ana({server.endpoint(), "ana"});
    ana.connect(deadline);
    ana.ask("oi", deadline);
    EXPECT_TRUE(ana.leave(deadline));
  }
  server.stop();
  EXPECT_EQ(told, (std::vector<std::string>{"joined ana", "message oi", "left goodbye"}));
}

// stop() is for signal handlers too, and a signal interrupts the server's wait.
TEST(ClientServer, ASignalHandlerMayStopIt) {
  static Server* stopped_by_signal = nullptr;
  ServerConfig config;
  config.endpoints = {"tcp://127.0.0.1:*"};
  Server server(config);
  stopped_by_signal = &server;
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = [](int) { stopped_by_signal->stop(); };
  sigaction(SIGUSR1, &action, &before);
  Server::End end = Server::End::abandoned;
  std::thread thread([&] { end = server.run(); });
  Client ana({server.endpoints().front(), ""});
  ana.connect(deadline);  // so run() is waiting
#ifdef __SANITIZE_THREAD__
  raise(SIGUSR1);  // ThreadSanitizer may hold a signal of another thread back for as long as its receiver sleeps
#else
  pthread_kill(thread.native_handle(), SIGUSR1);
#endif
  thread.join();
  sigaction(SIGUSR1, &before, nullptr);
  EXPECT_EQ(end, Server::End::drained);
}

TEST(ClientServer, StoppingTwiceEndsAtOnce) {
  std::promise<void> running;
  auto go_on = std::make_shared<std::promise<void>>();
  ServerConfig config;
  config.endpoints = {"tcp://127.0.0.1:*"};
  config.drain_timeout = 1h;
  Server server(config, [&running, waiting = go_on->get_future().share()](const Request&) {
    running.set_value();
    waiting.wait();
    return std::string();
  });
  Server::End end = Server::End::drained;
  std::thread thread([&] { end = server.run(); });
  Client ana({server.endpoints().front(), ""});
  ana.connect(deadline);
  ana.send("work");
  running.get_future().wait();
  server.stop();
  server.stop();
  thread.join();
  EXPECT_EQ(end, Server::End::abandoned);
  go_on->set_value();
}

}  // namespace
}  // namespace rollcall
