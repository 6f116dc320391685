#include "io/server_loop.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "io/random.hpp"

namespace rollcall::io {
namespace {

// Messages between two looks at everything else; few enough that a flood delays nothing by more than about a
// millisecond.
constexpr int burst_messages_max = 1000;
// An idle worker ends at once, on a busy machine within this; a handler that is still at it is left behind.
constexpr std::chrono::milliseconds handler_patience{1000};

core::Time clock_now() { return std::chrono::steady_clock::now().time_since_epoch(); }

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <typename... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

}  // namespace

ServerLoop::ServerLoop(Options options)
    : options_(std::move(options)), context_(1), frontend_(context_, options_.frontend), now_(clock_now()) {
  if (options_.handle_signals) signals_.emplace();
  core::ServerCore::Config config;
  config.limits = options_.frontend.limits;
  config.liveness = options_.frontend.heartbeat + options_.frontend.heartbeat_timeout;
  config.make_token = random_token;
  core_ = std::make_shared<core::ServerCore>(std::move(config));
  for (const std::string& endpoint : options_.endpoints) bound_.push_back(frontend_.bind(endpoint));
}

ServerLoop::End ServerLoop::run() {
  workers_.emplace(options_.workers, options_.handler, core_);
  while (!drained_ && stops_seen_ < 2) {
    wait();
    now_ = clock_now();
    check_stops();
    read_monitor();
    read_workers();
    read_messages();
    end_turn();
  }
  const bool all_ended = workers_->stop(drained_ ? handler_patience : std::chrono::milliseconds{0});
  workers_.reset();
  // What was said last goes out here, and not when the process may already be ending.
  frontend_.close(drained_);
  context_.close();
  return drained_ && all_ended ? End::drained : End::abandoned;
}

void ServerLoop::stop() noexcept {
  stops_.fetch_add(1);
  wakeup_.signal();
}

void ServerLoop::wait() {
  const std::optional<core::Time> deadline = core_->next_deadline();
  std::chrono::milliseconds timeout{-1};
  if (deadline) {
    timeout =
        std::max(std::chrono::ceil<std::chrono::milliseconds>(*deadline - clock_now()), std::chrono::milliseconds{0});
  }
  std::array<zmq::pollitem_t, 5> items = {{
      {frontend_.socket().handle(), 0, ZMQ_POLLIN, 0},
      {frontend_.monitor_socket().handle(), 0, ZMQ_POLLIN, 0},
      {workers_->socket().handle(), 0, ZMQ_POLLIN, 0},
      {nullptr, wakeup_.fd(), ZMQ_POLLIN, 0},
      {nullptr, signals_ ? signals_->fd() : -1, ZMQ_POLLIN, 0},
  }};
  try {
    zmq::poll(items.data(), signals_ ? items.size() : items.size() - 1, timeout);
  } catch (const zmq::error_t& error) {
    if (error.num() != EINTR) throw;  // a signal that the process handles: perhaps its handler called stop()
  }
}

void ServerLoop::check_stops() {
  wakeup_.take();
  if (signals_) stops_.fetch_add(signals_->take());
  const int stops = stops_.load();
  if (stops > 0 && stops_seen_ == 0) step(core::DrainBegan{options_.drain_grace});
  stops_seen_ = stops;
}

void ServerLoop::read_monitor() {
  core::ServerEvent event;
  while (frontend_.receive_monitor(event)) step(event);
}

void ServerLoop::read_workers() {
  core::ServerEvent event;
  while (workers_->receive(event)) step(event);
}

void ServerLoop::read_messages() {
  core::ServerEvent event;
  for (int i = 0; i < burst_messages_max; ++i) {
    const Frontend::Got got = frontend_.receive(event);
    if (got == Frontend::Got::nothing) return;
    if (const auto* message = std::get_if<core::Received>(&event)) {
      if (!core_->is_present(message->fd, message->routing_id)) read_monitor();
    }
    step(event);
  }
}

void ServerLoop::end_turn() {
  now_ = clock_now();
  step(core::TurnEnded{});
  if (std::exchange(work_came_back_, false)) step(core::TurnEnded{});  // for the workers that are idle
}

void ServerLoop::step(const core::ServerEvent& event) {
  carry_out(core_->step(event, now_));
  // What came of the effects goes back into the core; effects themselves must be done first, since a step ends their
  // views.
  while (!outcomes_.empty()) {
    const core::ServerEvent outcome = std::move(outcomes_.back());
    outcomes_.pop_back();
    carry_out(core_->step(outcome, now_));
  }
}

void ServerLoop::carry_out(std::span<const core::Effect> effects) {
  for (const core::Effect& effect : effects) {
    std::visit(Overloaded{
                   [this](const core::Send& send) { carry_out(send); },
                   [this](const core::Dispatch& work) { workers_->dispatch(work); },
                   [this](const core::Reclaim& reclaim) {
                     outcomes_.emplace_back(workers_->reclaim(reclaim.worker));
                     work_came_back_ = true;
                   },
                   [this](const core::Drained&) { drained_ = true; },
                   [this](const core::Notice& notice) {
                     if (options_.observer) options_.observer(notice);
                   },
               },
               effect);
  }
}

void ServerLoop::carry_out(const core::Send& send) {
  const Frontend::Sent sent = frontend_.send(send);
  if (sent != Frontend::Sent::yes) {
    outcomes_.emplace_back(core::Undeliverable{send.routing_id, sent == Frontend::Sent::full});
  }
}

}  // namespace rollcall::io
