#include "io/server_loop.hpp"

#include <poll.h>
#include <sched.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <thread>
#include <utility>

#include "io/clock.hpp"
#include "io/random.hpp"

namespace rollcall::io {
namespace {

// An idle worker ends at once, on a busy machine within this; a handler that is still at it is left behind.
constexpr std::chrono::milliseconds handler_patience{1000};

// The leader, and the deputy who takes over from it.
constexpr unsigned loop_threads = 2;
// Work of less than this is run by the loop: it costs less than waking a worker and being woken by it.
constexpr std::chrono::microseconds in_place_batch_max{20};
// And so are requests of less than this, however many: handing them over takes the loop as long.
constexpr std::chrono::microseconds in_place_request_max{1};
// How much longer than expected such work may take before the other thread takes over.
constexpr std::chrono::milliseconds in_place_patience{1};
// Sleeping and being woken takes as long as this, so where the next message is that near, the loop looks for it
// instead, and lets others run between two looks. One short sleep says that it may be near, one long one that it is
// not.
constexpr std::chrono::microseconds spin_max{50};
constexpr std::chrono::microseconds spin_pays_below{100};
const bool may_spin = std::thread::hardware_concurrency() > 1;
// To be sure about poll(2)'s int.
constexpr std::chrono::milliseconds wait_max{3'600'000};

bool is_short(const core::Dispatch& work) {
  return work.expected <= in_place_batch_max ||
         work.expected <= in_place_request_max * static_cast<std::int64_t>(work.batch->size);
}

bool is_socket(int fd) {
  int type = 0;
  socklen_t size = sizeof type;
  return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
}

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <typename... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

}  // namespace

std::unique_ptr<Authenticator> ServerLoop::make_authenticator(zmq::context_t& context, const Options& options) {
  if (options.authorized_keys_file.empty()) return nullptr;
  return std::make_unique<Authenticator>(context, options.authorized_keys_file);
}

ServerLoop::ServerLoop(Options options)
    : options_(std::move(options)),
      context_(Listeners::io_threads(options_.frontend.limits.clients_max)),
      authenticator_(make_authenticator(context_, options_)),
      frontend_(context_, options_.frontend),
      now_(clock_now()) {
  if (options_.handle_signals) signals_.emplace(authenticator_ != nullptr);
  core::ServerCore::Config config;
  config.limits = options_.frontend.limits;
  config.liveness = options_.frontend.heartbeat + options_.frontend.heartbeat_timeout;
  config.make_token = random_token;
  config.records = static_cast<bool>(options_.recorder);
  config.unix_offset = std::chrono::system_clock::now().time_since_epoch() - clock_now();
  core_ = std::make_shared<core::ServerCore>(std::move(config));
  for (const std::string& endpoint : options_.endpoints) bound_.push_back(frontend_.bind(endpoint));
}

ServerLoop::End ServerLoop::run() {
  leadership_ = std::make_shared<Leadership>(loop_threads, in_place_patience);
  workers_ = std::make_shared<WorkerPool>(options_.workers, options_.handler, core_);
  std::vector<std::thread> threads;
  std::optional<Auditor> auditor;
  status_desk_.open();  // before anybody can be served who then asks
  roster_desk_.open();
  try {
    start_audits(auditor);
    while (threads.size() < loop_threads) threads.emplace_back(&ServerLoop::take_part, this, leadership_);
  } catch (...) {
    for (auto missing = threads.size(); missing < loop_threads; ++missing) leadership_->leave();
    leadership_->finish();
    for (std::thread& thread : threads) thread.join();
    close_desks();
    throw;
  }
  leadership_->wait_until_finished();
  close_desks();
  auditor.reset();
  const auto patience = drained_ ? handler_patience : std::chrono::milliseconds{0};
  bool all_ended = workers_->stop(patience);
  all_ended = leadership_->wait_until_left(patience) && all_ended;
  for (std::thread& thread : threads) all_ended ? thread.join() : thread.detach();
  workers_.reset();
  // What was said last goes out here, and not when the process may already be ending.
  frontend_.close(drained_);
  authenticator_.reset();
  context_.close();
  if (failure_) std::rethrow_exception(failure_);
  return drained_ && all_ended ? End::drained : End::abandoned;
}

void ServerLoop::close_desks() {
  status_desk_.close();
  roster_desk_.close();
}

void ServerLoop::take_part(std::shared_ptr<Leadership> leadership) {
  block_all_signals();
  try {
    while (leadership->follow()) lead();
  } catch (...) {
    failure_ = std::current_exception();
    leadership->finish();
  }
  leadership->leave();
}

void ServerLoop::lead() {
  while (!over()) {
    const Readable readable = wait();
    now_ = clock_now();
    if (readable.stops) check_stops();
    if (readable.keys) read_key_news();
    if (readable.monitor || is_asked()) read_monitor();
    if (readable.workers) read_workers();
    if (readable.messages) read_messages();
    for (const int fd : frontend_.look(now_)) step(core::Endless{fd});
    if (early_.is_stale(now_)) look_again_at_early_messages();
    if (!end_turn()) return;
  }
  say_last_words();
  leadership_->finish();
}

void ServerLoop::reload() noexcept {
  reload_.store(true);
  wakeup_.signal();
}

void ServerLoop::stop() noexcept {
  stops_.fetch_add(1);
  wakeup_.signal();
}

int ServerLoop::wait_ms_max() const {
  if (!in_place_.empty()) return 0;  // left behind by a leader who was held up
  if (frontend_.may_have_messages() || frontend_.has_monitor_events() || workers_->may_have_reports()) return 0;
  const auto most = early_.empty() ? wait_max : EarlyMessages::patience;
  const core::Time now = clock_now();
  const core::Time deadline = std::min(core_->next_deadline().value_or(now + most),  //
                                       frontend_.next_look().value_or(now + most));
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now);
  return static_cast<int>(std::clamp(left, std::chrono::milliseconds{0}, most).count());
}

ServerLoop::Readable ServerLoop::wait() {
  std::array<pollfd, 6> items = {{
      {frontend_.fd(), POLLIN, 0},
      {frontend_.monitor_fd(), POLLIN, 0},
      {workers_->fd(), POLLIN, 0},
      {wakeup_.fd(), POLLIN, 0},
      {signals_ ? signals_->fd() : -1, POLLIN, 0},
      {authenticator_ ? authenticator_->fd() : -1, POLLIN, 0},
  }};
  const int wait_ms = wait_ms_max();
  if (!spin(items, wait_ms)) {
    const core::Time began = clock_now();
    ::poll(items.data(), items.size(), wait_ms);
    spin_pays_ = may_spin && clock_now() - began < spin_pays_below;
  }
  const auto has_come = [&items](std::size_t item) { return items[item].revents != 0; };
  Readable readable;
  readable.messages = has_come(0) || frontend_.may_have_messages();
  readable.monitor = has_come(1) || frontend_.has_monitor_events();
  readable.workers = has_come(2) || workers_->may_have_reports();
  readable.stops = has_come(3) || has_come(4);
  readable.keys = has_come(5);
  return readable;
}

bool ServerLoop::spin(std::span<pollfd> items, int wait_ms) {
  if (!spin_pays_ || wait_ms == 0) return false;
  const core::Time end = clock_now() + spin_max;
  do {
    if (::poll(items.data(), items.size(), 0) != 0) return true;
    sched_yield();
  } while (clock_now() < end);
  return false;
}

void ServerLoop::check_stops() {
  wakeup_.take();
  tell_drift();
  if (signals_) {
    const Signals::Taken taken = signals_->take();
    stops_.fetch_add(taken.stops);
    if (taken.hangups > 0) reload_.store(true);
  }
  if (reload_.exchange(false) && authenticator_) authenticator_->reload();
  const int stops = stops_.load();
  if (stops > 0 && stops_seen_ == 0) step(core::DrainBegan{options_.drain_grace});
  stops_seen_ = stops;
}

void ServerLoop::read_key_news() {
  if (!authenticator_->is_alive()) throw std::runtime_error("nobody checks keys any more");
  for (const Authenticator::News& news : authenticator_->take_news()) {
    for (const std::string& key : news.revoked) step(core::Revoked{key});
    if (!options_.observer) continue;
    core::Notice notice;
    notice.kind = core::Notice::Kind::reloaded;
    notice.text = news.problem;
    notice.total = news.keys;
    options_.observer(notice);
  }
}

bool ServerLoop::identify(Frontend::Incoming& message, core::Received& event) {
  const Authenticator::User user = authenticator_->user_of(message.part);
  event.key = user.key;
  event.key_name = user.name;
  return !user.key.empty();
}

void ServerLoop::read_monitor() {
  core::ServerEvent event;
  bool news = false;
  while (frontend_.receive_monitor(event)) {
    step(event);
    news = true;
  }
  if (news && !early_.empty()) look_again_at_early_messages();
}

void ServerLoop::look_again_at_early_messages() {
  for (EarlyMessages::Message& message : early_.take_all()) feed(message.incoming, message.since);
}

void ServerLoop::read_workers() {
  core::ServerEvent event;
  while (workers_->receive(event)) step(event);
}

void ServerLoop::read_messages() {
  const auto messages = frontend_.receive(now_);
  if (messages.empty()) return;
  read_monitor();  // the messages first, then this, and then they are fed: server_core.hpp
  for (Frontend::Incoming& message : messages) {
    feed(message, now_);
    message.part.rebuild();
  }
}

void ServerLoop::feed(Frontend::Incoming& message, core::Time since) {
  const auto sender = frontend_.sender(message);
  const auto* routing_id = std::get_if<std::uint32_t>(&sender);
  int fd = routing_id == nullptr ? -1 : core_->fd_of(*routing_id);
  const bool is_new = fd < 0;
  if (is_new) {
    fd = Frontend::fd_of(message);
    if (may_be_early(sender, fd) && !EarlyMessages::has_waited_enough(since, now_) && early_.keep(message, since)) {
      return;
    }
  }
  if (fd >= 0) frontend_.heard(fd, now_);
  if (message.far_too_many_parts) return step(core::Endless{fd});
  if (routing_id == nullptr || fd < 0) {
    const auto reason = routing_id == nullptr ? std::get<core::Refusal>(sender) : core::Refusal::no_connection;
    frontend_.refuse(message, reason);
    return step(core::Refused{reason, fd});
  }
  core::Received event = Frontend::event(message, *routing_id, fd);
  if (is_new && authenticator_ && !identify(message, event)) {
    frontend_.refuse(message, core::Refusal::unauthorized);
    return step(core::Refused{core::Refusal::unauthorized, fd});
  }
  step(event);
}

bool ServerLoop::may_be_early(const std::variant<std::uint32_t, core::Refusal>& sender, int fd) const {
  if (const auto* refusal = std::get_if<core::Refusal>(&sender)) return *refusal == core::Refusal::forged_routing_id;
  return fd >= 0 && !core_->is_open(fd) && is_socket(fd);
}

bool ServerLoop::end_turn() {
  do {
    now_ = clock_now();
    step(core::TurnEnded{});
    if (std::exchange(work_came_back_, false)) step(core::TurnEnded{});  // for the workers that are idle
    if (is_asked()) answer_questions();                                  // now that all work is handed out
    if (in_place_.empty()) return true;
  } while (run_in_place());
  return false;
}

bool ServerLoop::run_in_place() {
  const auto leadership = leadership_;  // a handler may come back when *this is gone
  const auto workers = workers_;
  while (!in_place_.empty()) {
    const core::Dispatch work = in_place_.back();
    in_place_.pop_back();
    const Leadership::Work begun = leadership->begin();
    if (begun == 0) {
      workers->dispatch(work);
      continue;
    }
    const WorkerPool::Report report = workers->run(work);
    if (!leadership->end(begun)) {
      workers->report(report);
      return false;
    }
    now_ += std::chrono::nanoseconds(report.busy_ns);  // so that answers have taken that long, too
    step(workers->finished(report));
  }
  return true;
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
                   [this](const core::Dispatch& work) {
                     workers_->lend(work);
                     is_short(work) ? in_place_.push_back(work) : workers_->dispatch(work);
                   },
                   [this](const core::Reclaim& reclaim) {
                     outcomes_.emplace_back(workers_->reclaim(reclaim.worker));
                     work_came_back_ = true;
                   },
                   [this](const core::Replace& replace) {
                     if (const auto ready = workers_->replace(replace.worker)) {
                       outcomes_.emplace_back(*ready);
                       work_came_back_ = true;
                     }
                   },
                   [this](const core::Cut& cut) { frontend_.cut(cut); },
                   [this](const core::Drained&) { drained_ = true; },
                   [this](const core::Notice& notice) {
                     if (options_.observer) options_.observer(notice);
                   },
                   [this](const core::Record& record) { options_.recorder(record, now_); },
               },
               effect);
  }
}

void ServerLoop::carry_out(const core::Send& send) {
  const bool is_watched = send.part.size() > Unread::small_part_bytes_max;
  const Frontend::Sent sent = frontend_.send(send, is_watched ? core_->fd_of(send.routing_id) : -1);
  if (sent != Frontend::Sent::yes) {
    const int fd = core_->fd_of(send.routing_id);
    const auto end = fd >= 0 ? frontend_.waiting_end(fd) : std::nullopt;
    const bool full = sent == Frontend::Sent::full && !end;
    outcomes_.emplace_back(core::Undeliverable{send.routing_id, full, end.value_or(core::Closed{})});
  }
  if (!is_watched) return;
  while (const auto clogged = frontend_.most_over_bound()) outcomes_.emplace_back(*clogged);
}

}  // namespace rollcall::io
