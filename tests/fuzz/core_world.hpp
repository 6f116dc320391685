// A shell around ServerCore that does anything a shell may do, in any order, and checks what has to hold after each
// step. It keeps to what server_core.hpp asks of a shell: time does not go back, and workers tell what they have.
// One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "core/server_core.hpp"
#include "fuzz/any_message.hpp"

namespace rollcall::fuzz {

class CoreWorld {
 public:
  explicit CoreWorld(std::string_view bytes);

  /// Feeds events until the bytes or the server end.
  void run();

 private:
  /// Who speaks on a descriptor.
  struct Peer {
    std::uint32_t routing_id = 0;
    std::uint64_t last_id = 0;
  };
  struct Worker {
    core::Batch* batch = nullptr;
    bool asked = false;     ///< to give back what it has not begun
    std::size_t begun = 0;  ///< what it has said to have begun
    bool gone = false;      ///< lost, or replaced
  };
  static constexpr std::size_t peers_max = 6;

  [[nodiscard]] static core::Limits limits();

  void act();
  void message();
  void receive(std::uint32_t routing_id, int fd, std::string_view part);
  void work();
  void finish(std::uint32_t worker);
  void give_back(std::uint32_t worker);
  void die(std::uint32_t worker);
  void start_worker();
  void answer(core::Batch& batch, std::size_t begun);
  void turn();

  void step(const core::ServerEvent& event);
  void check();
  void on(const core::Send& send);
  void on(const core::Dispatch& dispatch);
  void on(const core::Reclaim& reclaim);
  void on(const core::Replace& replace);
  void on(const core::Cut& cut);
  void on(const core::Drained&) { drained_ = true; }
  void on(const core::Notice&) {}
  void on(const core::Record& record);

  Choices in_;
  core::Time now_ = std::chrono::seconds{100};
  std::uint32_t next_routing_id_ = 0;
  std::vector<Peer> peers_{peers_max};  ///< by descriptor
  std::vector<Worker> workers_;
  std::vector<wire::Token> tokens_;  ///< that were given out
  std::set<std::uint32_t> heard_;    ///< routing ids that have spoken
  std::set<std::uint32_t> present_;  ///< by what the core told
  std::uint64_t version_ = 0;
  std::uint64_t tokens_made_ = 0;
  bool drained_ = false;
  core::ServerCore core_;
};

}  // namespace rollcall::fuzz
