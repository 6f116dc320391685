// A request on its way through a worker, and the batch in which it travels.
//
// Batches belong to the scheduler, which lends each to one worker at a time. While it is lent, the worker writes only
// the jobs that it has begun, and the loop touches only jobs that the worker has finished or can no longer begin
// (io/batch_cursor.hpp keeps that line).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/limits.hpp"
#include "wire/messages.hpp"

namespace rollcall::core {

using LaneId = std::uint32_t;

/// In which form a message came, and so in which its answer goes back.
struct Form {
  bool plain = false;      ///< plain mode: text without an id (PROTOCOL.md section 6)
  bool delimited = false;  ///< an empty delimiter part came first (section 3)
};

struct Job {
  LaneId lane = 0;
  std::uint32_t routing_id = 0;  ///< the client
  std::uint64_t id = 0;
  Form form;
  std::uint32_t count = 0;  ///< the roster when the job was handed to the worker
  std::uint64_t version = 0;
  Time accepted{0};            ///< when the request was
  std::uint64_t dispatch = 0;  ///< the number of its last dispatch, rising over the server's life
  std::size_t reply_bytes_max = 0;
  std::size_t charge = 0;                   ///< what it counts against the bounds on bytes
  std::shared_ptr<const std::string> name;  ///< never null in a batch
  std::string body;
  std::string reply;    ///< written by the worker: a whole encoded part
  bool failed = false;  ///< written by the worker: `reply` is an error
};

/// Jobs of several clients; those of one client are neighbours and in order.
struct Batch {
  std::vector<Job> jobs;  ///< never shrinks, so that its strings are used again
  std::size_t size = 0;   ///< how many of them are in use
};

/// Encodes the handler's answer into `job.reply`; an answer above the job's bound becomes an error. Called by the
/// worker.
void answer(Job& job, std::string_view body);
/// What answer() was given, of a job that has been answered and has not failed. A view into the job.
[[nodiscard]] std::string_view answer_of(const Job& job) noexcept;
/// Encodes an error in place of an answer; `text` is escaped and cut where it has to be.
void fail(Job& job, wire::ErrorCode code, std::string_view text);

/// Appends an error in the form of what it answers: a plain one names no request.
void encode_error(Form form, const wire::Error& error, std::string& out);

/// Empties a buffer, and gives its memory back when it grew beyond kept_buffer_bytes_max.
void recycle(std::string& buffer);

}  // namespace rollcall::core
