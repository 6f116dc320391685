#include "server/step_buffer.hpp"

#include <utility>

namespace rollcall::tools {

struct StepBuffer::Entry {
  std::uint64_t client = 0;
  std::uint64_t request = 0;
  std::uint64_t left_out = 0;
  std::int64_t time_ns = 0;
  std::uint32_t text_size = 0;
  std::uint32_t count = 0;
  std::uint16_t name_size = 0;
  std::uint16_t reason_size = 0;
  RecordedStep::Kind kind = RecordedStep::Kind::joined;
  bool text_left_out = false;
};

// A fourth of the buffer is for texts of replies and more, and half of that for what must not be left out: the joins of
// 10,000 clients take a megabyte.
StepBuffer::StepBuffer(std::size_t bytes_max)
    : ring_(bytes_max), requests_most_(ring_.capacity() / 4 * 3), texts_most_(ring_.capacity() / 8 * 7) {}

void StepBuffer::put(const RecordedStep& step) noexcept {
  using Kind = RecordedStep::Kind;
  if (overflowed_) return;
  const std::size_t size = sizeof(Entry) + step.name.size() + step.text.size() + step.reason.size();
  bool with_text = true;
  switch (step.kind) {
    case Kind::request:
      if (leave_out_request(step, size)) return;
      break;
    case Kind::reply:
    case Kind::failed:
    case Kind::settled:
    case Kind::taken_back:
      if (was_left_out(step.request)) return;
      with_text = ring_.used() + size <= texts_most_;
      break;
    case Kind::refused:
      if (ring_.used() + size > requests_most_) return;
      break;
    case Kind::joined:
    case Kind::left:
      break;
  }
  overflowed_ = ring_.used() + (with_text ? size : sizeof(Entry)) > ring_.capacity();
  if (!overflowed_) write(step, with_text);
}

bool StepBuffer::was_left_out(std::uint64_t request) const noexcept {
  return request >= left_out_from_ && (leaving_out_ || request < left_out_to_);
}

bool StepBuffer::leave_out_request(const RecordedStep& step, std::size_t size) noexcept {
  const std::size_t used = ring_.used();
  // Once something had to be left out, it goes on until there is room for a good while: few gaps are better than many.
  const std::size_t most = leaving_out_ ? requests_most_ / 2 : requests_most_;
  const bool fits = used + size <= most;
  if (!fits && !leaving_out_) left_out_from_ = step.request;
  if (fits && leaving_out_) left_out_to_ = step.request;
  leaving_out_ = !fits;
  if (!fits) ++left_out_;
  return !fits;
}

void StepBuffer::write(const RecordedStep& step, bool with_text) noexcept {
  Entry entry;
  entry.client = step.client;
  entry.request = step.request;
  if (step.kind == RecordedStep::Kind::request) entry.left_out = std::exchange(left_out_, 0);
  entry.time_ns = step.time.count();
  entry.text_size = with_text ? static_cast<std::uint32_t>(step.text.size()) : 0;
  entry.count = step.count;
  entry.name_size = static_cast<std::uint16_t>(step.name.size());
  entry.reason_size = static_cast<std::uint16_t>(step.reason.size());
  entry.kind = step.kind;
  entry.text_left_out = !with_text;
  ring_.put(&entry, sizeof entry);
  ring_.put(step.text.data(), entry.text_size);
  ring_.put(step.name.data(), entry.name_size);
  ring_.put(step.reason.data(), entry.reason_size);
  ring_.publish();
}

bool StepBuffer::take(Taken& taken) {
  if (ring_.empty()) return false;
  Entry entry;
  ring_.take(&entry, sizeof entry);
  const std::size_t text_end = entry.text_size;
  const std::size_t name_end = text_end + entry.name_size;
  text_.resize(name_end + entry.reason_size);
  ring_.take(text_.data(), text_.size());
  ring_.release();
  const std::string_view bytes = text_;
  taken.text_left_out = entry.text_left_out;
  taken.left_out = entry.left_out;
  RecordedStep& step = taken.step;
  step.kind = entry.kind;
  step.time = std::chrono::nanoseconds(entry.time_ns);
  step.client = entry.client;
  step.request = entry.request;
  step.text = bytes.substr(0, text_end);
  step.name = bytes.substr(text_end, entry.name_size);
  step.reason = bytes.substr(name_end);
  step.count = entry.count;
  return true;
}

}  // namespace rollcall::tools
