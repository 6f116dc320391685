// The core's handling of what workers report: outcomes, and who is told of them.
#include <utility>

#include "core/server_core.hpp"

namespace rollcall::core {

void ServerCore::on(const Finished& event, Time now) {
  make_ready_for_results(scheduler_.lent_to(event.worker)->size);
  tell_results(scheduler_.finished(event.worker, event.ran, event.busy), now);
  if (event.ran > 0) counters_.handler_time.add(event.busy / event.ran, event.ran);
}

void ServerCore::on(const Reclaimed& event, Time now) {
  const Batch* batch = scheduler_.lent_to(event.worker);
  const std::size_t size = batch->size;
  make_ready_for_results(size);
  const Scheduler::Results results = scheduler_.take_back(event.worker, event.begun, now);
  record_taken_back(batch, size, event.begun);
  tell_results(results, now);
}

void ServerCore::on(const WorkerLost& event, Time now) {
  const Batch* batch = scheduler_.is_hung(event.worker) ? nullptr : scheduler_.lent_to(event.worker);
  const std::size_t size = batch == nullptr ? 0 : batch->size;
  make_ready_for_results(size);
  const Scheduler::Results results = scheduler_.lost(event.worker, event.begun);
  if (batch != nullptr) record_taken_back(batch, size, event.begun);
  tell_results(results, now);
}

void ServerCore::record_taken_back(const Batch* batch, std::size_t size_before, std::size_t begun) {
  if (!config_.records) return;
  const std::span<const Job> jobs(batch->jobs.data(), size_before);
  record_jobs(Record::Kind::taken_back, jobs.subspan(begun));
  record_jobs(Record::Kind::settled, jobs.first(begun));
}

void ServerCore::tell_results(Scheduler::Results results, Time now, wire::ErrorCode code) {
  record_answers(results, code);
  Time accepted{0};  // of `same` outcomes in a row: requests come in bursts, at one time each
  std::uint64_t same = 0;
  for (const Job* job : results) {
    if (!job->form.plain && resumes()) replies_.keep(job->lane, job->id, job->reply);
    const auto recipient = scheduler_.recipient(job->lane);
    // A plain answer is for the connection on which it was asked for.
    if (!recipient || (job->form.plain && *recipient != job->routing_id)) continue;
    if (job->failed) ++counters_.errors[static_cast<std::size_t>(code)];
    effects_.emplace_back(Send{*recipient, job->form.delimited, job->reply});
    ++counters_.replies;
    if (job->accepted != accepted) {
      if (same > 0) counters_.reply_time.add(now - accepted, std::exchange(same, 0));
      accepted = job->accepted;
    }
    ++same;
  }
  if (same > 0) counters_.reply_time.add(now - accepted, same);
}

void ServerCore::record_answers(Scheduler::Results results, wire::ErrorCode code) {
  if (!config_.records || results.empty()) return;
  // In a script, an answer belongs to the connection on which it was asked for.
  answers_.assign(results.begin(), results.end());
  std::erase_if(answers_, [this](const Job* job) { return scheduler_.recipient(job->lane) != job->routing_id; });
  if (answers_.empty()) return;
  Record record;
  record.kind = Record::Kind::answered;
  record.answers = answers_;
  record.code = code;
  effects_.emplace_back(record);
}

}  // namespace rollcall::core
