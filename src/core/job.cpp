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

void fail(Job& job, wire::ErrorCode code, std::string_view text) {
  constexpr std::size_t text_bytes_max = 512;
  const std::string shown = wire::printable(text, text_bytes_max);  // what a handler throws need not be UTF-8
  const wire::Error error{job.form.plain ? 0 : job.id, code, shown};
  job.failed = true;
  job.reply.clear();
  if (job.form.plain) {
    wire::encode_plain_error(error, job.reply);
  } else {
    wire::encode(error, job.reply);
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
