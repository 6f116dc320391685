#include "core/job.hpp"

#include "core/limits.hpp"
#include "wire/codec.hpp"
#include "wire/utf8.hpp"

namespace rollcall::core {

void answer(Job& job, std::string_view body) {
  if (body.size() > job.reply_bytes_max) {
    fail(job, wire::ErrorCode::handler_failed, "the handler's answer is larger than the bound on messages");
    return;
  }
  job.failed = false;
  job.reply.clear();
  if (job.form.plain) {
    job.reply = body;
  } else {
    wire::encode(wire::Reply{job.id, job.count, job.version, body}, job.reply);
  }
}

std::string_view answer_of(const Job& job) noexcept {
  return std::string_view(job.reply).substr(job.form.plain ? 0 : wire::reply_head_bytes);
}

void fail(Job& job, wire::ErrorCode code, std::string_view text) {
  constexpr std::size_t text_bytes_max = 512;
  const std::string shown = wire::printable(text, text_bytes_max);  // what a handler throws need not be UTF-8
  job.failed = true;
  job.reply.clear();
  encode_error(job.form, {job.id, code, shown}, job.reply);
}

void encode_error(Form form, const wire::Error& error, std::string& out) {
  if (form.plain) {
    wire::encode_plain_error(error, out);
  } else {
    wire::encode(error, out);
  }
}

void recycle(std::string& buffer) {
  if (buffer.capacity() > kept_buffer_bytes_max) {
    std::string().swap(buffer);  // assignment of a short string would keep the old capacity
  } else {
    buffer.clear();
  }
}

}  // namespace rollcall::core
