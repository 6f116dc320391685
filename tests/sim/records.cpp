#include "sim/records.hpp"

#include "sim/trace.hpp"

namespace rollcall::sim {

void RecordChecks::happened(const core::Record& record) {
  using Kind = core::Record::Kind;
  switch (record.kind) {
    case Kind::joined:
    case Kind::left:
      return presence(record);
    case Kind::dispatched:
      for (const core::Job& job : record.jobs) dispatched(job);
      return;
    case Kind::settled:
      for (const core::Job& job : record.jobs) {
        const auto found = running_.find(job.dispatch);
        if (found != running_.end()) found->second.settled = true;
      }
      return;
    case Kind::taken_back:
      for (const core::Job& job : record.jobs)
        require(running_.erase(job.dispatch) == 1, "only what runs is taken back");
      return;
    case Kind::answered:
      for (const core::Job* job : record.answers) answered(*job);
      return;
    case Kind::refused:
      return;
  }
}

void RecordChecks::presence(const core::Record& record) {
  const bool joined = record.kind == core::Record::Kind::joined;
  require(joined ? present_.insert(record.routing_id).second : present_.erase(record.routing_id) == 1,
          "a recorded session joins once and leaves once");
  require(record.count == present_.size() && record.version == ++version_,
          "a recorded join or leave has the count and version that it made");
}

void RecordChecks::dispatched(const core::Job& job) {
  require(present_.contains(job.routing_id), "what is recorded as dispatched is of a client who is here");
  require(job.count == present_.size() && job.version == version_,
          "a recorded dispatch stands between the joins and leaves that make its count");
  require(running_.emplace(job.dispatch, Dispatched{job.routing_id, false}).second, "a dispatch has its own number");
}

void RecordChecks::answered(const core::Job& job) {
  const auto found = running_.find(job.dispatch);
  require(found != running_.end() && found->second.routing_id == job.routing_id,
          "what is recorded as answered was recorded as dispatched, and not taken back");
  running_.erase(found);
  std::uint64_t& last = last_answer_[job.routing_id];
  require(last < job.dispatch, "a client's answers are recorded in the order of its dispatches");
  last = job.dispatch;
}

}  // namespace rollcall::sim
