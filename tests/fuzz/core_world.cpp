#include "fuzz/core_world.hpp"

#include <algorithm>
#include <variant>

namespace rollcall::fuzz {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t workers_max = 3;
constexpr int steps_max = 1000;

}  // namespace

core::Limits CoreWorld::limits() {
  core::Limits small;
  small.clients_max = 4;
  small.window = 4;
  small.message_bytes_max = 4096;
  small.client_queue_bytes_max = 3000;
  small.total_queue_bytes_max = 6000;
  small.reply_cache_bytes_max = 500;
  small.resume_time_max = 2s;
  small.handler_time_max = 3s;
  small.strangers_max = 2;
  return small;
}

CoreWorld::CoreWorld(std::string_view bytes)
    : in_(bytes),
      core_({limits(), 5s,
             [this] {
               wire::Token token{};
               token[0] = static_cast<std::uint8_t>(++tokens_made_);
               token[1] = static_cast<std::uint8_t>(tokens_made_ >> 8U);
               return token;
             },
             true}) {
  // Routing ids go round: near their end, or at their beginning.
  next_routing_id_ = in_.flip() ? UINT32_MAX - 5 : 1;
}

void CoreWorld::run() {
  for (int i = 0; i < steps_max && !in_.empty() && !drained_; ++i) act();
}

void CoreWorld::act() {
  const auto fd = static_cast<int>(in_.below(peers_max));
  switch (in_.below(16)) {
    case 0:
    case 1:
      peers_[static_cast<std::size_t>(fd)] = {next_routing_id_++, 0};
      return step(core::Opened{fd, {"10.0.0.1", 40'000U + static_cast<std::uint32_t>(fd)}});
    case 2:
      return step(core::Closed{fd, fd % 2 == 0});
    case 3: {  // the connection has changed, and nobody told
      peers_[static_cast<std::size_t>(fd)] = {next_routing_id_++, 0};
      return message();
    }
    case 4:
      return step(core::Undeliverable{peers_[static_cast<std::size_t>(fd)].routing_id, in_.flip(),
                                      core::Closed{fd, fd % 2 == 0}});
    case 5:
      if (in_.flip()) return step(core::Endless{fd});
      if (in_.flip()) return step(core::Clogged{fd, peers_[static_cast<std::size_t>(fd)].routing_id});
      return step(core::Refused{static_cast<core::Refusal>(in_.below(core::refusal_count))});
    case 6:
      if (in_.below(16) == 0) step(core::DrainBegan{std::chrono::milliseconds(in_.below(4) * 500)});
      return;
    case 7:
      if (in_.below(8) == 0) step(core::Revoked{in_.flip() ? "a key" : "another key"});
      return;
    case 8:
    case 9:
      return work();
    case 10:
    case 11:
      return turn();
    default:
      return message();
  }
}

void CoreWorld::message() {
  const std::size_t place = in_.below(peers_max);
  Peer& peer = peers_[place];
  // Of its own connection, as a rule; what was on its way from elsewhere, now and then.
  const int fd = in_.below(8) == 0 ? static_cast<int>(in_.below(peers_max + 2)) - 1 : static_cast<int>(place);
  std::string part;
  const auto say = [&part](const auto& each) { wire::encode(each, part); };
  switch (in_.below(8)) {
    case 0:
    case 1: {
      wire::Hello hello{"ana", {}, {}};
      if (!tokens_.empty() && in_.flip()) hello.token = tokens_[in_.below(tokens_.size())];
      say(hello);
      break;
    }
    case 2:
    case 3:
      say(wire::Request{++peer.last_id, in_.bytes()});
      break;
    case 4:  // sent again, or out of order
      say(wire::Request{in_.below(8), "again"});
      break;
    case 5: {
      std::string text(in_.below(16) * 300, 'x');
      text += "!";
      say(wire::Plain{text});
      break;
    }
    case 6:
      any_client_message(in_, say);
      break;
    default:
      part = in_.bytes();
  }
  receive(peer.routing_id, fd, part);
}

void CoreWorld::receive(std::uint32_t routing_id, int fd, std::string_view part) {
  const std::size_t how = in_.below(16);
  heard_.insert(routing_id);
  constexpr std::string_view keys[] = {"", "a key", "another key"};
  const std::string_view key = keys[routing_id % std::size(keys)];  // a connection has one for its life
  step(core::Received{routing_id, fd, how % 4 == 1, how == 15, part, key, key.empty() ? "" : "name"});
}

void CoreWorld::work() {
  if (workers_.empty() || in_.below(8) == 0) return start_worker();
  const auto worker = static_cast<std::uint32_t>(in_.below(workers_.size()));
  if (workers_[worker].gone && workers_[worker].batch == nullptr) return;
  switch (in_.below(8)) {
    case 0:
      return die(worker);
    case 1:
    case 2:
      return give_back(worker);
    default:
      return finish(worker);
  }
}

void CoreWorld::start_worker() {
  const auto running = std::count_if(workers_.begin(), workers_.end(), [](const Worker& each) { return !each.gone; });
  if (static_cast<std::size_t>(running) >= workers_max || workers_.size() >= 100) return;
  workers_.emplace_back();
  step(core::WorkerReady{static_cast<std::uint32_t>(workers_.size() - 1)});
}

void CoreWorld::answer(core::Batch& batch, std::size_t begun) {
  for (std::size_t i = 0; i < begun; ++i) {
    core::Job& job = batch.jobs[i];
    require(job.name != nullptr || !job.reply.empty(), "a job has a name until it is told");
    if (in_.below(8) == 0) {
      core::fail(job, wire::ErrorCode::handler_failed, in_.bytes());
    } else {
      core::answer(job, "yes");
    }
  }
}

void CoreWorld::finish(std::uint32_t worker) {
  Worker& each = workers_[worker];
  if (each.batch == nullptr) return;
  const auto ran = static_cast<std::uint32_t>(each.batch->size);
  answer(*each.batch, ran);
  each.batch = nullptr;
  each.asked = false;
  step(core::Finished{worker, ran, std::chrono::microseconds(in_.below(200)) * ran});
}

void CoreWorld::give_back(std::uint32_t worker) {
  Worker& each = workers_[worker];
  if (each.batch == nullptr || !each.asked) return;
  each.begun = 1 + in_.below(each.batch->size);
  answer(*each.batch, each.begun - 1);
  each.asked = false;
  step(core::Reclaimed{worker, static_cast<std::uint32_t>(each.begun)});
}

void CoreWorld::die(std::uint32_t worker) {
  Worker& each = workers_[worker];
  if (each.gone) return;
  std::size_t begun = 0;
  if (each.batch != nullptr) {
    begun = each.begun + in_.below(each.batch->size + 1 - each.begun);
    answer(*each.batch, begun);
  }
  each.batch = nullptr;
  each.gone = true;
  step(core::WorkerLost{worker, static_cast<std::uint32_t>(begun)});
}

void CoreWorld::turn() {
  constexpr std::chrono::nanoseconds waits[] = {0ns, 100us, 1ms, 10ms, 30ms, 1s, 3s, 7s};
  now_ += waits[in_.below(std::size(waits))];
  step(core::TurnEnded{});
  const auto deadline = core_.next_deadline();
  require(!deadline || *deadline > now_, "after a turn, nothing is due");
  const bool nobody_works =
      std::none_of(workers_.begin(), workers_.end(), [](const Worker& each) { return each.batch != nullptr; });
  if (drained_ || core_.scheduler().idle_workers() == 0 || !nobody_works) return;
  for (const auto& request : core_.scheduler().all_unanswered()) {
    require(present_.count(request.routing_id) == 0, "what waits while all workers are idle is of who is away");
  }
}

void CoreWorld::step(const core::ServerEvent& event) {
  for (const core::Effect& effect : core_.step(event, now_)) {
    require(!drained_, "nothing follows Drained");
    std::visit([this](const auto& each) { on(each); }, effect);
  }
  check();
}

void CoreWorld::check() {
  const core::Limits bounds = limits();
  require(core_.roster().count() == present_.size(), "the count is the number of those who joined and have not left");
  require(core_.roster().version() == version_, "the version goes up by one with each join and leave");
  require(present_.size() <= bounds.clients_max, "no more clients than clients_max");
  for (const auto& [routing_id, session] : core_.roster()) {
    require(present_.count(routing_id) == 1, "who is in the roster has joined");
    require(core_.fd_of(routing_id) == session.fd && core_.is_open(session.fd), "on a connection that is open");
  }
  const core::Scheduler& scheduler = core_.scheduler();
  require(scheduler.unanswered() <= bounds.window * 2 * (bounds.clients_max + 1),
          "no more requests than windows allow");
  require(scheduler.bytes() <= bounds.total_queue_bytes_max + bounds.message_bytes_max, "bytes are bounded");
  require(scheduler.bytes() >= scheduler.unanswered() * core::kept_buffer_bytes_max, "each request is charged");
  require(scheduler.unanswered() > 0 || scheduler.bytes() == 0, "nothing is charged for nothing");
  require(scheduler.all_unanswered().size() <= scheduler.unanswered(), "what is unanswered is counted");
  require(!drained_ || (core_.drained() && !core_.next_deadline() && present_.empty()), "drained is the end");
}

void CoreWorld::on(const core::Send& send) {
  require(heard_.count(send.routing_id) == 1, "who is spoken to has spoken");
  const auto message = wire::decode_server_message(send.part);
  require(!std::holds_alternative<wire::Fault>(message), "what is sent is a message");
  if (const auto* welcome = std::get_if<wire::Welcome>(&message)) {
    require(present_.count(send.routing_id) == 1 && welcome->count == present_.size(), "a welcome tells the count");
    if (std::find(tokens_.begin(), tokens_.end(), welcome->token) == tokens_.end()) tokens_.push_back(welcome->token);
  }
}

void CoreWorld::on(const core::Dispatch& dispatch) {
  Worker& worker = workers_.at(dispatch.worker);
  require(worker.batch == nullptr && !worker.gone, "a batch is for a worker that has none");
  require(dispatch.batch->size > 0 && dispatch.batch->size <= core::batch_jobs_max, "a batch is not empty");
  for (std::size_t i = 0; i < dispatch.batch->size; ++i) {
    require(present_.count(dispatch.batch->jobs[i].routing_id) == 1 || dispatch.batch->jobs[i].id != 0,
            "a plain request runs for who is present");
    require(dispatch.batch->jobs[i].name != nullptr, "a job has a name");
  }
  worker = {dispatch.batch, false, 0, false};
}

void CoreWorld::on(const core::Reclaim& reclaim) {
  Worker& worker = workers_.at(reclaim.worker);
  require(worker.batch != nullptr && !worker.asked, "a worker is asked once for what it has");
  worker.asked = true;
}

void CoreWorld::on(const core::Replace& replace) { workers_.at(replace.worker).gone = true; }

void CoreWorld::on(const core::Cut& cut) { require(core_.is_open(cut.fd), "what is cut is open"); }

void CoreWorld::on(const core::Record& record) {
  using Kind = core::Record::Kind;
  if (record.kind == Kind::joined) {
    require(present_.insert(record.routing_id).second, "who joins is not here");
    require(record.version == ++version_ && record.count == present_.size(), "a join tells count and version");
  }
  if (record.kind == Kind::left) {
    require(present_.erase(record.routing_id) == 1, "who leaves is here");
    require(record.version == ++version_ && record.count == present_.size(), "a leave tells count and version");
  }
}

}  // namespace rollcall::fuzz
