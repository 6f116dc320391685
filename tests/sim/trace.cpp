#include "sim/trace.hpp"

#include <cstdio>
#include <cstring>
#include <utility>

#include "wire/codec.hpp"

namespace rollcall::sim {
namespace {

constexpr std::size_t tail_lines = 40;

std::string number(std::uint64_t value) { return std::to_string(value); }

/// Bytes for people: text as it is, the rest in hex; cut.
std::string show(std::string_view part) {
  std::string text = number(part.size()) + "B ";
  for (const char each : part.substr(0, 40)) {
    const auto byte = static_cast<unsigned char>(each);
    if (byte >= 0x20 && byte < 0x7F) {
      text += each;
    } else {
      constexpr std::string_view digits = "0123456789abcdef";
      text += {'\\', digits[byte >> 4U], digits[byte & 15U]};
    }
  }
  return text;
}

struct EventText {
  std::string operator()(const core::Opened& e) const {
    return "Opened fd=" + std::to_string(e.fd) + " port=" + number(e.address.port);
  }
  std::string operator()(const core::Closed& e) const {
    return "Closed fd=" + std::to_string(e.fd) + (e.timed_out ? " timed_out" : "");
  }
  std::string operator()(const core::Received& e) const {
    return "Received id=" + number(e.routing_id) + " fd=" + std::to_string(e.fd) + (e.delimited ? " delimited" : "") +
           (e.many_parts ? " many_parts" : "") + " " + show(e.part);
  }
  std::string operator()(const core::Refused& e) const {
    return "Refused " + std::string(core::refusal_name(e.reason));
  }
  std::string operator()(const core::Endless& e) const { return "Endless fd=" + std::to_string(e.fd); }
  std::string operator()(const core::Clogged& e) const {
    return "Clogged fd=" + std::to_string(e.fd) + " id=" + number(e.routing_id);
  }
  std::string operator()(const core::Undeliverable& e) const {
    return "Undeliverable id=" + number(e.routing_id) + (e.full ? " full" : e.end.timed_out ? " timed_out" : " gone");
  }
  std::string operator()(const core::Finished& e) const {
    return "Finished worker=" + number(e.worker) + " ran=" + number(e.ran);
  }
  std::string operator()(const core::Reclaimed& e) const {
    return "Reclaimed worker=" + number(e.worker) + " begun=" + number(e.begun);
  }
  std::string operator()(const core::WorkerLost& e) const {
    return "WorkerLost worker=" + number(e.worker) + " begun=" + number(e.begun);
  }
  std::string operator()(const core::WorkerReady& e) const { return "WorkerReady worker=" + number(e.worker); }
  std::string operator()(const core::TurnEnded&) const { return "TurnEnded"; }
  std::string operator()(const core::Revoked& e) const { return "Revoked " + std::string(e.key); }
  std::string operator()(const core::DrainBegan& e) const {
    return "DrainBegan grace_ns=" + std::to_string(e.grace.count());
  }
};

struct EffectText {
  std::string operator()(const core::Send& e) const {
    return "Send id=" + number(e.routing_id) + (e.delimited ? " delimited " : " ") + show(e.part);
  }
  std::string operator()(const core::Dispatch& e) const {
    std::string text = "Dispatch worker=" + number(e.worker) + ":";
    for (std::size_t i = 0; i < e.batch->size; ++i) {
      const core::Job& job = e.batch->jobs[i];
      text += " " + number(job.routing_id) + "/" + number(job.id) + "@" + number(job.count) + "v" + number(job.version);
    }
    return text;
  }
  std::string operator()(const core::Reclaim& e) const { return "Reclaim worker=" + number(e.worker); }
  std::string operator()(const core::Replace& e) const { return "Replace worker=" + number(e.worker); }
  std::string operator()(const core::Cut& e) const { return "Cut fd=" + std::to_string(e.fd); }
  std::string operator()(const core::Drained&) const { return "Drained"; }
  std::string operator()(const core::Notice& e) const {
    std::string text = "Notice kind=" + number(static_cast<std::uint64_t>(e.kind));
    if (e.address != nullptr) text += " port=" + number(e.address->port);
    text += " refusal=" + std::string(core::refusal_name(e.refusal)) +
            " reason=" + std::string(core::leave_reason_name(e.reason));
    text += " count=" + number(e.count) + " version=" + number(e.version) + " total=" + number(e.total);
    return text + " name=" + show(e.name) + " text=" + show(e.text);
  }
  std::string operator()(const core::Record& e) const {
    std::string text = "Record kind=" + number(static_cast<std::uint64_t>(e.kind)) + ":";
    for (const core::Job& job : e.jobs) text += " " + number(job.dispatch);
    for (const core::Job* job : e.answers) text += " " + number(job->dispatch);
    return text;
  }
};

}  // namespace

void Trace::mix(std::uint64_t value) {
  hash_ = (hash_ ^ value) * 0x9E3779B97F4A7C15U;
  hash_ ^= hash_ >> 29U;
}

void Trace::mix(std::string_view bytes) {
  mix(bytes.size());
  for (std::size_t at = 0; at < bytes.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    for (const char each : bytes.substr(at, sizeof word)) word = word << 8U | static_cast<unsigned char>(each);
    mix(word);
  }
}

void Trace::line(std::string text) {
  if (mode_ == Mode::print) std::puts(text.c_str());
  tail_.push_back(std::move(text));
  if (tail_.size() > tail_lines) tail_.pop_front();
}

void Trace::event(const core::ServerEvent& event, core::Time now) {
  mix(static_cast<std::uint64_t>(now.count()));
  mix(event.index());
  if (mode_ == Mode::off) return;
  std::string time = std::to_string(now.count() / 1000);
  time.insert(0, time.size() < 12 ? 12 - time.size() : 0, ' ');
  line(time + " us  " + std::visit(EventText{}, event));
}

void Trace::effect(const core::Effect& effect) {
  mix(effect.index());
  if (const auto* send = std::get_if<core::Send>(&effect)) {
    mix(send->routing_id * std::uint64_t{2} + (send->delimited ? 1U : 0U));
    mix(send->part);
  } else if (const auto* dispatch = std::get_if<core::Dispatch>(&effect)) {
    mix(dispatch->worker);
    for (std::size_t i = 0; i < dispatch->batch->size; ++i) {
      const core::Job& job = dispatch->batch->jobs[i];
      mix(job.routing_id + job.id);
      mix(job.count + job.version);
    }
  } else if (const auto* reclaim = std::get_if<core::Reclaim>(&effect)) {
    mix(reclaim->worker);
  } else if (const auto* replace = std::get_if<core::Replace>(&effect)) {
    mix(replace->worker);
  } else if (const auto* notice = std::get_if<core::Notice>(&effect)) {
    mix(static_cast<std::uint64_t>(notice->kind));
    mix(notice->count + notice->version + notice->total);
    mix(notice->text);
  }
  if (mode_ != Mode::off) line("                   -> " + std::visit(EffectText{}, effect));
}

}  // namespace rollcall::sim
