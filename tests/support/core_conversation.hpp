// Clients that talk to a ServerCore without any socket, and one worker that answers with the request's body: what a
// request costs from the message that comes to the answer that goes, for tests that count and benchmarks that time.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstring>
#include <string>

#include "core/job.hpp"
#include "core/server_core.hpp"
#include "wire/codec.hpp"

namespace rollcall::test {

class CoreConversation {
 public:
  explicit CoreConversation(std::uint32_t clients) : clients_(clients), core_(config(clients)) {
    step(core::WorkerReady{0});
    for (std::uint32_t client = 0; client < clients_; ++client) {
      step(core::Opened{descriptor(client), {"10.0.0.1", 40'000U}});
      std::string hello;
      wire::encode(wire::Hello{"ana", {}, {}}, hello);
      step(core::Received{client, descriptor(client), false, false, hello});
    }
    part_.reserve(512);
  }

  /// A request of the full protocol.
  void request(std::uint32_t client) {
    part_.clear();
    wire::encode(wire::Request{++id_, body}, part_);
    step(core::Received{client, descriptor(client), false, false, part_});
  }
  void plain(std::uint32_t client) { step(core::Received{client, descriptor(client), false, false, body}); }

  /// The turn ends, and the worker does what it gets until nothing is left.
  void work() {
    now_ += std::chrono::milliseconds{1};
    for (step(core::TurnEnded{}); batch != nullptr; step(core::TurnEnded{})) {
      for (std::size_t i = 0; i < batch->size; ++i) answer(batch->jobs[i], batch->jobs[i].body);
      const auto ran = static_cast<std::uint32_t>(batch->size);
      batch = nullptr;
      step(core::Finished{0, ran, handler_time * ran});
    }
  }

  void step(const core::ServerEvent& event) {
    for (const core::Effect& effect : core_.step(event, now_)) {
      if (const auto* dispatch = std::get_if<core::Dispatch>(&effect)) batch = dispatch->batch;
      if (std::holds_alternative<core::Send>(effect)) ++sends;
    }
  }

  [[nodiscard]] std::uint32_t clients() const noexcept { return clients_; }

  std::string body;
  core::Batch* batch = nullptr;  ///< what the worker has
  std::uint64_t sends = 0;
  std::chrono::nanoseconds handler_time{10'000};  ///< of each request, as the core is told

 private:
  static int descriptor(std::uint32_t client) { return 10 + static_cast<int>(client); }
  static core::ServerCore::Config config(std::uint32_t clients) {
    core::ServerCore::Config made;
    made.limits.clients_max = clients;
    made.make_token = [number = std::uint64_t{0}]() mutable {
      wire::Token token{};
      ++number;
      std::memcpy(token.data(), &number, sizeof number);
      return token;
    };
    return made;
  }

  std::uint32_t clients_;
  core::ServerCore core_;
  core::Time now_ = std::chrono::seconds{100};
  std::uint64_t id_ = 0;
  std::string part_;
};

}  // namespace rollcall::test
