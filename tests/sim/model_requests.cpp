// The model's requests on their way through workers: the promises of core/scheduler.hpp.
#include <algorithm>
#include <set>
#include <utility>

#include "sim/model.hpp"
#include "sim/trace.hpp"

namespace rollcall::sim {

void Model::refresh(ConnId conn) {
  Peer& peer = peers_[conn];
  const bool runnable = peer.state == State::present && peer.lent == 0 && !peer.unanswered.empty();
  if (runnable && !peer.runnable) peer.runnable_since = turns_;
  peer.runnable = runnable;
  if (runnable) {
    runnable_.insert(conn);
  } else {
    runnable_.erase(conn);
  }
}

std::size_t Model::idle_workers() const {
  return static_cast<std::size_t>(
      std::count_if(workers_.begin(), workers_.end(), [](const auto& each) { return !each.second.busy; }));
}

void Model::worker_ready(std::uint32_t worker) { workers_[worker] = Worker{}; }

void Model::check_job(const core::Job& job, const Peer& peer, std::size_t place) const {
  require(place < peer.unanswered.size(), "a request that was not accepted, or was answered, is not run");
  const Request& request = peer.unanswered[place];
  require(job.id == request.id && job.body == request.body, "a client's requests run in their order");
  require(job.form.plain == request.plain && job.form.delimited == request.delimited, "a request keeps its form");
  require(job.name && *job.name == peer.name, "a job has its client's name");
  require(job.count == count() && job.version == version_, "a job is stamped with the roster at its dispatch");
  require(job.reply_bytes_max == limits_.message_bytes_max, "an answer is bounded by message_bytes_max");
}

void Model::dispatched(const core::Dispatch& dispatch, core::Time now) {
  const auto found = workers_.find(dispatch.worker);
  require(found != workers_.end() && !found->second.busy, "work goes to idle workers only");
  const core::Batch& batch = *dispatch.batch;
  require(batch.size >= 1 && batch.size <= core::batch_jobs_max, "a batch has 1 to batch_jobs_max jobs");
  Worker& worker = found->second;
  worker = Worker{};
  worker.busy = true;
  worker.since = now;
  if (batch.size == 1) worker.alone_since = now;
  ++turns_;
  const std::size_t waiting = std::max<std::size_t>(1, runnable_.size());
  std::vector<ConnId> turns;
  for (std::size_t i = 0; i < batch.size; ++i) {
    const core::Job& job = batch.jobs[i];
    const auto known = by_routing_id_.find(job.routing_id);
    require(known != by_routing_id_.end() && present_.contains(known->second),
            "no request of a client that has left is dispatched");
    const ConnId conn = known->second;
    Peer& peer = peers_[conn];
    const bool goes_on = !worker.lent.empty() && worker.lent.back().conn == conn;
    if (!goes_on) {
      require(peer.lent == 0, "one worker at a time holds a client's requests, and they are neighbours");
      turns.push_back(conn);
    }
    check_job(job, peer, peer.lent);
    require(job.lane < lanes_most_, "the queue of a client that left is used again");
    worker.lent.push_back({conn, peer.unanswered[peer.lent], peer.last_turn, count(), version_, false});
    ++peer.lent;
    refresh(conn);
  }
  check_turn(turns);
  check_size(batch, waiting);
}

void Model::count_lanes() {
  std::set<ConnId> clients = present_;
  clients.insert(away_.begin(), away_.end());
  for (const auto& [number, worker] : workers_) {
    for (std::size_t i = worker.told; i < worker.lent.size(); ++i) clients.insert(worker.lent[i].conn);
  }
  lanes_most_ = std::max(lanes_most_, clients.size());
}

// The core's measure of the handler is some average of what it was told.
void Model::check_size(const core::Batch& batch, std::size_t waiting) const {
  const std::chrono::nanoseconds target = core::batch_time_target;
  const auto most = static_cast<std::size_t>(target / std::max(shortest_, std::chrono::nanoseconds(1))) + 1;
  require(batch.size <= most, "a batch takes batch_time_target, as far as is known");
  const auto least = std::min(static_cast<std::size_t>(target / longest_), core::batch_jobs_max);
  require(runnable_.empty() || batch.size + 1 >= least, "a batch is filled as long as somebody waits");
  std::map<std::uint32_t, std::size_t> runs;
  for (std::size_t i = 0; i < batch.size; ++i) ++runs[batch.jobs[i].routing_id];
  const std::size_t share = std::max<std::size_t>(1, std::min(most, core::batch_jobs_max) / waiting);
  for (const auto& [client, run] : runs) require(run <= share, "a turn is one client's share of a batch");
}

void Model::check_turn(const std::vector<ConnId>& turns) {
  bool robbed_wait =
      std::any_of(runnable_.begin(), runnable_.end(), [this](ConnId conn) { return peers_[conn].robbed; });
  for (auto turn = turns.rbegin(); turn != turns.rend(); ++turn) {
    const bool robbed = std::exchange(peers_[*turn].robbed, false);
    require(robbed || !robbed_wait, "whose turn was taken back comes before all others");
    robbed_wait = robbed_wait || robbed;
  }
  std::uint64_t longest_wait = turns_;
  for (const ConnId conn : runnable_) longest_wait = std::min(longest_wait, peers_[conn].runnable_since);
  for (const ConnId conn : turns) {
    require(peers_[conn].last_turn <= longest_wait, "nobody has a second turn before all who waited had one");
    peers_[conn].last_turn = turns_;
  }
}

void Model::begun(std::uint32_t worker, std::size_t index) {
  Lent& lent = workers_.at(worker).lent.at(index);
  require(!std::exchange(lent.begun, true), "no request runs twice");
  // Those that a client may send again: the others need not differ.
  const bool own = lent.request.body.starts_with('c') && lent.request.body.find('#') != std::string::npos;
  require(!own || lent.request.plain || ran_.insert(lent.request.body).second,
          "no request runs twice, however often it is sent");
}

void Model::tell(Lent& lent, std::optional<wire::ErrorCode> error) {
  Peer& peer = peers_[lent.conn];
  if (peer.state != State::present && !peer.away) return;
  const Request request = std::move(peer.unanswered.front());
  peer.unanswered.pop_front();
  --peer.lent;
  const std::size_t bytes = request.body.size() + core::kept_buffer_bytes_max;
  peer.bytes -= bytes;
  bytes_ -= bytes;
  --unanswered_;
  // A plain answer is for the connection on which it was asked for.
  const bool heard = !peer.away && !(request.plain && request.moved);
  refresh(lent.conn);
  ExpectedSend send;
  send.routing_id = peer.routing_id;
  send.delimited = request.delimited;
  send.plain = request.plain;
  send.id = request.plain ? 0 : request.id;
  if (error || outcome_of(request.body) != Outcome::reply) {
    send.code = error.value_or(wire::ErrorCode::handler_failed);
    if (heard) ++errors_[static_cast<std::size_t>(send.code)];
  } else {
    send.type = wire::Type::reply;
    send.body = answer_to(request.body);
    send.count = lent.count;
    send.version = lent.version;
  }
  if (!request.plain) keep(peer, send);
  if (!heard) return;
  ++told_;
  sends.push_back(send);
}

void Model::put_back(Worker& worker, std::size_t from) {
  for (std::size_t i = worker.lent.size(); i-- > from;) {
    const Lent& lent = worker.lent[i];
    Peer& peer = peers_[lent.conn];
    if (peer.state != State::present && !peer.away) continue;
    --peer.lent;
    if (lent.request.plain && (peer.away || peer.unanswered[peer.lent].moved)) {
      drop_one(peer, peer.lent);
      refresh(lent.conn);
      continue;
    }
    if (i == 0 || worker.lent[i - 1].conn != lent.conn) {
      peer.last_turn = lent.turn_before;
      peer.robbed = !peer.away;
    }
    refresh(lent.conn);
  }
  worker.lent.resize(from);
}

void Model::finished(std::uint32_t number, std::uint32_t ran, std::chrono::nanoseconds busy) {
  if (ran > 0) {
    const auto each = std::min<std::chrono::nanoseconds>(busy / ran, core::handler_sample_max);
    shortest_ = std::min(shortest_, each);
    longest_ = std::max(longest_, each);
  }
  Worker& worker = workers_.at(number);
  for (; worker.told < ran; ++worker.told) tell(worker.lent.at(worker.told));
  if (worker.replaced) {
    workers_.erase(number);
  } else {
    worker = Worker{};
  }
}

void Model::reclaimed(std::uint32_t number, std::uint32_t begun, core::Time now) {
  Worker& worker = workers_.at(number);
  if (begun > 0) worker.alone_since = now;
  put_back(worker, begun);
  for (; worker.told + 1 < begun; ++worker.told) tell(worker.lent[worker.told]);
}

void Model::worker_lost(std::uint32_t number, std::uint32_t begun) {
  Worker& worker = workers_.at(number);
  if (!worker.hung) put_back(worker, begun);
  for (; worker.told < begun; ++worker.told) {
    const bool last = worker.told + 1 == begun;
    tell(worker.lent[worker.told], last ? std::optional(wire::ErrorCode::handler_failed) : std::nullopt);
  }
  workers_.erase(number);
}

void Model::reclaim_asked(std::uint32_t worker) {
  require(to_ask_.erase(worker) == 1, "only a worker that holds up others is asked, and once");
  workers_.at(worker).asked = true;
}

void Model::end_hung() {
  if (limits_.handler_time_max.count() == 0) return;
  bool news = false;
  for (auto& [number, worker] : workers_) {
    if (!worker.alone_since || now_ - *worker.alone_since < limits_.handler_time_max) continue;
    worker.alone_since.reset();
    worker.hung = news = true;
    ++over_time_;
    tell(worker.lent.at(worker.told++), wire::ErrorCode::handler_timeout);
  }
  if (!news) return;
  hung_most_ = std::max(hung_most_, hung_workers());
  ExpectedNotice notice;
  notice.kind = core::Notice::Kind::hung;
  notice.total = hung_workers();
  notice.count = static_cast<std::uint32_t>(std::max(hung_workers(), core::hung_workers_max) - core::hung_workers_max);
  notices.push_back(notice);
}

void Model::replaced(std::uint32_t number) {
  Worker& worker = workers_.at(number);
  require(worker.hung && !worker.replaced, "only a hung worker is replaced, and once");
  worker.replaced = true;
  require(replaced_workers() <= core::hung_workers_max, "at most hung_workers_max are replaced at a time");
}

std::size_t Model::hung_workers() const {
  return static_cast<std::size_t>(
      std::count_if(workers_.begin(), workers_.end(), [](const auto& each) { return each.second.hung; }));
}

std::size_t Model::replaced_workers() const {
  return static_cast<std::size_t>(
      std::count_if(workers_.begin(), workers_.end(), [](const auto& each) { return each.second.replaced; }));
}

}  // namespace rollcall::sim
