#include "ledger.hpp"

#include <algorithm>
#include <cmath>
#include <ostream>

namespace rollcall::test {

nlohmann::json percentiles_ms(std::vector<double> samples_ms) {
  if (samples_ms.empty()) return nullptr;
  std::sort(samples_ms.begin(), samples_ms.end());
  const auto at = [&](double fraction) {
    const auto rank = static_cast<std::size_t>(std::ceil(fraction * static_cast<double>(samples_ms.size())));
    return std::round(samples_ms.at(std::max<std::size_t>(rank, 1) - 1) * 1000) / 1000;
  };
  return {{"p50_ms", at(0.5)}, {"p99_ms", at(0.99)}, {"max_ms", at(1)}, {"samples", samples_ms.size()}};
}

std::string Ledger::body_of(std::size_t number) const { return name_ + '-' + std::to_string(number); }

Ledger::Made Ledger::make(core::Time now) {
  entries_.push_back({now, {}});
  ++total_.sent;
  ++window_.sent;
  return {entries_.size() - 1, body_of(entries_.size() - 1)};
}

void Ledger::settle(std::size_t number, const core::ClientOutcome& outcome, core::Time now) {
  Entry& entry = entries_.at(number);
  if (!entry.ended.empty()) return settle_unasked();
  ++settled_;
  for (Figures* figures : {&total_, &window_}) {
    switch (outcome.kind) {
      case core::ClientOutcome::Kind::reply:
        ++figures->replies;
        if (outcome.text != body_of(number)) ++figures->wrong;
        entry.ended = "reply";
        break;
      case core::ClientOutcome::Kind::unknown:
        ++figures->unknown;
        entry.ended = "unknown";
        break;
      case core::ClientOutcome::Kind::error:
        entry.ended = wire::error_name(outcome.code);
        figures->errors[entry.ended] = figures->errors.value(entry.ended, 0) + 1;
        break;
    }
  }
  latencies_ms_.push_back(std::chrono::duration<double, std::milli>(now - entry.asked).count());
}

void Ledger::mark(core::Time now) {
  window_ = {};
  window_begin_ = now;
  latencies_ms_.clear();
}

nlohmann::json Ledger::json_of(const Figures& figures) const {
  return {{"sent", figures.sent},
          {"replies", figures.replies},
          {"errors", figures.errors},
          {"unknown", figures.unknown},
          {"wrong", figures.wrong},
          {"unasked", figures.unasked},
          {"open", open()}};
}

nlohmann::json Ledger::since_mark(core::Time now) const {
  nlohmann::json json = json_of(window_);
  json["seconds"] = std::chrono::duration<double>(now - window_begin_).count();
  json["latency"] = percentiles_ms(latencies_ms_);
  return json;
}

nlohmann::json Ledger::total() const { return json_of(total_); }

void Ledger::write(std::ostream& out) const {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    out << body_of(i) << ' ' << (entries_[i].ended.empty() ? "lost" : entries_[i].ended) << '\n';
  }
}

}  // namespace rollcall::test
