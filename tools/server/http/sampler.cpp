#include "server/http/sampler.hpp"

#include <utility>

#include "server/http/limits.hpp"

namespace rollcall::http {

Sampler::Sampler(Board& board, Source source, std::function<void(bool with_roster)> after_look)
    : board_(board), source_(std::move(source)), after_look_(std::move(after_look)), thread_([this] { run(); }) {}

Sampler::~Sampler() {
  board_.close();
  thread_.join();
}

void Sampler::run() {
  auto next = std::chrono::steady_clock::now();
  while (true) {
    const Board::Wish wish = board_.wait_until(next);
    if (wish == Board::Wish::end) return;
    look(wish == Board::Wish::roster);
    const auto now = std::chrono::steady_clock::now();
    const bool has_status = board_.read([](const View& view) { return view.status != nullptr; });
    // What was missed because the server took its time is not made up for.
    while (next <= now) next += has_status ? sample_interval : first_sample_interval;
  }
}

void Sampler::look(bool with_roster) {
  const std::uint64_t version = board_.read([](const View& view) { return view.changes.version(); });
  if (auto status = source_.status(version)) {
    board_.write([&](View& view) { view.add(std::move(status)); });
  }
  if (with_roster) {
    if (auto roster = source_.roster()) {
      board_.write([&](View& view) { view.rosters.add(std::move(roster)); });
    }
  }
  board_.write([](View& view) { view.rosters.prune(std::chrono::steady_clock::now()); });
  after_look_(with_roster);
}

}  // namespace rollcall::http
