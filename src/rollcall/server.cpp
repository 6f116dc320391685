#include "rollcall/server.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "io/endpoint_error.hpp"
#include "io/fd_limit.hpp"
#include "io/key_files.hpp"
#include "io/server_loop.hpp"
#include "rollcall/endpoint.hpp"
#include "rollcall/status_book.hpp"

namespace rollcall {
namespace {

constexpr std::chrono::milliseconds duration_least{10};
constexpr std::chrono::milliseconds duration_most{3'600'000};
// Whoever asks within this gets what the one before got, so that nobody keeps the loop busy by asking.
constexpr std::chrono::milliseconds status_age_max{50};
constexpr std::chrono::milliseconds roster_age_max{1000};

template <typename Value>
void check_range(const char* setting, Value value, Value least, Value most, const char* unit = "") {
  if (value >= least && value <= most) return;
  throw Error(Error::Kind::config, std::string(setting) + ": " + std::to_string(value) + unit +
                                       " is out of range: give " + std::to_string(least) + unit + " to " +
                                       std::to_string(most) + unit);
}

void check(const ServerConfig& config) {
  if (config.endpoints.empty()) throw Error(Error::Kind::config, "bind: at least one endpoint is needed");
  for (const std::string& endpoint : config.endpoints) {
    check_endpoint("bind", endpoint);
    if (!config.insecure && config.secret_key_file.empty() && !is_local(endpoint)) {
      throw Error(Error::Kind::config, "bind: " + endpoint +
                                           " is open to the network without encryption: bind to 127.0.0.1, give "
                                           "--secret-key and --authorized-keys, or say --insecure");
    }
  }
  if (config.secret_key_file.empty() != config.authorized_keys_file.empty()) {
    throw Error(Error::Kind::config, config.secret_key_file.empty()
                                         ? "authorized-keys: connections have keys only with --secret-key, too"
                                         : "secret-key: say who may come in with --authorized-keys, too");
  }
  check_range("workers", config.workers, 1U, 1024U);
  check_range<std::size_t>("max-clients", config.clients_max, 1, 1'000'000);
  check_range<std::uint32_t>("window", config.window, 1, 100'000);
  check_range<std::size_t>("max-message", config.message_bytes_max, core::message_bytes_least, std::size_t{1} << 30U,
                           " bytes");
  constexpr std::size_t kib = 1024;
  constexpr std::size_t gib = kib * kib * kib;
  check_range<std::size_t>("max-queue", config.queue_bytes_max, 64 * kib, gib, " bytes");
  check_range<std::size_t>("max-queue-total", config.total_queue_bytes_max, kib * kib, kib * gib, " bytes");
  check_range<std::size_t>("max-unread", config.unread_bytes_max, 64 * kib, gib, " bytes");
  check_range<std::size_t>("max-unread-total", config.total_unread_bytes_max, kib * kib, kib * gib, " bytes");
  if (config.total_unread_bytes_max < config.message_bytes_max) {
    throw Error(Error::Kind::config, "max-unread-total: it is below max-message, so that an answer may never fit");
  }
  check_range<std::size_t>("max-strangers", config.strangers_max, 16, 1'000'000);
  check_range<std::size_t>("reply-cache", config.reply_cache_bytes_max, 0, kib * gib, " bytes");
  check_range<std::chrono::milliseconds::rep>("resume-timeout", config.resume_timeout.count(), 0, duration_most.count(),
                                              " ms");
  if (config.handler_timeout.count() != 0) {
    check_range<std::chrono::milliseconds::rep>("handler-timeout", config.handler_timeout.count(),
                                                duration_least.count(), 24 * duration_most.count(), " ms");
  }
  check_range("heartbeat", config.heartbeat.count(), duration_least.count(), duration_most.count(), " ms");
  check_range("heartbeat-timeout", config.heartbeat_timeout.count(), duration_least.count(), duration_most.count(),
              " ms");
  check_range<std::chrono::milliseconds::rep>("drain-timeout", config.drain_timeout.count(), 0, duration_most.count(),
                                              " ms");
}

ServerEvent::Kind kind_of(core::Notice::Kind kind) {
  switch (kind) {
    case core::Notice::Kind::joined:
      return ServerEvent::Kind::joined;
    case core::Notice::Kind::left:
      return ServerEvent::Kind::left;
    case core::Notice::Kind::message:
      return ServerEvent::Kind::message;
    case core::Notice::Kind::refused:
      return ServerEvent::Kind::refused;
    case core::Notice::Kind::suppressed:
      return ServerEvent::Kind::suppressed;
    case core::Notice::Kind::hung:
      return ServerEvent::Kind::hung;
    case core::Notice::Kind::draining:
      return ServerEvent::Kind::draining;
    case core::Notice::Kind::reloaded:
      return ServerEvent::Kind::reloaded;
    case core::Notice::Kind::drifted:
      return ServerEvent::Kind::drifted;
  }
  return ServerEvent::Kind::suppressed;
}

ServerEvent event_of(const core::Notice& notice) {
  ServerEvent event;
  event.kind = kind_of(notice.kind);
  event.what = kind_of(notice.suppressed_kind);
  if (notice.address != nullptr) {
    event.host = notice.address->host;
    event.port = notice.address->port;
  }
  event.name = notice.name;
  event.text = notice.text;
  if (event.kind == ServerEvent::Kind::left) event.reason = core::leave_reason_name(notice.reason);
  if (event.kind == ServerEvent::Kind::refused || event.kind == ServerEvent::Kind::suppressed) {
    event.reason = core::refusal_name(notice.refusal);
  }
  event.resumed = notice.resumed;
  event.count = notice.count;
  event.version = notice.version;
  event.total = notice.total;
  event.drift = notice.drift;
  return event;
}

RecordedStep step_of(RecordedStep::Kind kind, const core::Job& job, core::Time time) {
  RecordedStep step;
  step.kind = kind;
  step.time = time;
  step.client = job.routing_id;
  step.request = job.dispatch;
  step.count = job.count;
  return step;
}

RecordedStep step_of(RecordedStep::Kind kind, const core::Record& record, core::Time time) {
  RecordedStep step;
  step.kind = kind;
  step.time = time;
  step.client = record.routing_id;
  step.name = record.name;
  step.count = record.count;
  return step;
}

/// What the core records of many requests at once, one by one.
void tell_steps(const core::Record& record, core::Time time, const std::function<void(const RecordedStep&)>& recorder) {
  using Kind = RecordedStep::Kind;
  const auto tell_jobs = [&](Kind kind) {
    for (const core::Job& job : record.jobs) recorder(step_of(kind, job, time));
  };
  switch (record.kind) {
    case core::Record::Kind::joined:
      return recorder(step_of(Kind::joined, record, time));
    case core::Record::Kind::left: {
      RecordedStep step = step_of(Kind::left, record, time);
      step.reason = core::leave_reason_name(record.reason);
      return recorder(step);
    }
    case core::Record::Kind::refused: {
      RecordedStep step = step_of(Kind::refused, record, time);
      step.reason = wire::error_name(record.code);
      return recorder(step);
    }
    case core::Record::Kind::settled:
      return tell_jobs(Kind::settled);
    case core::Record::Kind::taken_back:
      return tell_jobs(Kind::taken_back);
    case core::Record::Kind::dispatched:
      for (const core::Job& job : record.jobs) {
        RecordedStep step = step_of(Kind::request, job, time);
        step.text = job.body;
        recorder(step);
      }
      return;
    case core::Record::Kind::answered:
      for (const core::Job* job : record.answers) {
        RecordedStep step = step_of(job->failed ? Kind::failed : Kind::reply, *job, time);
        if (job->failed) step.reason = wire::error_name(record.code);
        if (!job->failed) step.text = core::answer_of(*job);
        recorder(step);
      }
      return;
  }
}

std::string read_secret_key(const std::string& file) {
  try {
    return io::read_secret_key(file).secret_key;
  } catch (const io::KeyError& error) {
    throw Error(Error::Kind::config, std::string("secret-key: ") + error.what());
  }
}

io::ServerLoop::Options options_for(ServerConfig config, Handler handler) {
  io::ServerLoop::Options options;
  options.frontend.limits.clients_max = config.clients_max;
  options.frontend.limits.window = config.window;
  options.frontend.limits.message_bytes_max = config.message_bytes_max;
  options.frontend.limits.client_queue_bytes_max = config.queue_bytes_max;
  options.frontend.limits.total_queue_bytes_max = config.total_queue_bytes_max;
  options.frontend.limits.unread_bytes_max = config.unread_bytes_max;
  options.frontend.limits.total_unread_bytes_max = config.total_unread_bytes_max;
  options.frontend.limits.strangers_max = config.strangers_max;
  options.frontend.limits.handler_time_max = config.handler_timeout;
  options.frontend.limits.resume_time_max = config.resume_timeout;
  options.frontend.limits.reply_cache_bytes_max = config.reply_cache_bytes_max;
  options.frontend.heartbeat = config.heartbeat;
  options.frontend.heartbeat_timeout = config.heartbeat_timeout;
  for (const std::string& endpoint : config.endpoints) {
    options.endpoints.push_back(bindable(endpoint));
  }
  if (!config.secret_key_file.empty()) {
    options.frontend.secret_key = read_secret_key(config.secret_key_file);
    options.authorized_keys_file = config.authorized_keys_file;
  }
  options.workers = config.workers;
  options.drain_grace = config.drain_timeout;
  options.handle_signals = config.handle_signals;
  options.handler = [handler = std::move(handler)](std::string_view body, std::string_view client,
                                                   std::uint32_t count) {
    return handler(Request{body, client, count});
  };
  if (config.observer) {
    options.observer = [observer = std::move(config.observer)](const core::Notice& notice) {
      observer(event_of(notice));
    };
  }
  if (config.recorder) {
    options.recorder = [recorder = std::move(config.recorder)](const core::Record& record, core::Time time) {
      tell_steps(record, time, recorder);
    };
  }
  return options;
}

/// A client needs a file descriptor, and so do a connection without a session and a worker. Where the process may not
/// have as many, strangers give way first, up to a point.
void fit_into_descriptors(ServerConfig& config) {
  constexpr std::size_t strangers_least = 64;
  const std::size_t room = io::make_room_for_clients(config.clients_max + config.strangers_max + config.workers);
  if (room >= config.clients_max + config.strangers_max + config.workers) return;
  const std::size_t for_peers = room > config.workers + 1 ? room - config.workers : 2;
  const std::size_t spared = for_peers > config.clients_max ? for_peers - config.clients_max : 0;
  const std::size_t least = std::min(strangers_least, for_peers / 4);
  config.strangers_max = std::min(config.strangers_max, std::max({spared, least, std::size_t{1}}));
  config.clients_max = std::min(config.clients_max, for_peers - config.strangers_max);
}

}  // namespace

struct Server::State {
  explicit State(io::ServerLoop::Options options) : book(options.frontend.limits), loop(std::move(options)) {}

  StatusBook book;
  io::ServerLoop loop;
};

Server::Server(ServerConfig config, Handler handler) {
  check(config);
  if (!handler) throw Error(Error::Kind::config, "handler: it is empty");
  fit_into_descriptors(config);
  try {
    state_ = std::make_unique<State>(options_for(std::move(config), std::move(handler)));
  } catch (const io::EndpointError& error) {
    throw Error(Error::Kind::endpoint, std::string("cannot bind ") + error.what());
  } catch (const io::KeyError& error) {
    throw Error(Error::Kind::config, std::string("authorized-keys: ") + error.what());
  }
}

Server::~Server() = default;

Server::End Server::run() { return state_->loop.run() == io::ServerLoop::End::drained ? End::drained : End::abandoned; }

void Server::stop() noexcept { state_->loop.stop(); }

void Server::reload() noexcept { state_->loop.reload(); }

const std::vector<std::string>& Server::endpoints() const noexcept { return state_->loop.endpoints(); }

std::shared_ptr<const ServerStatus> Server::status(std::uint64_t changes_after,
                                                   std::chrono::milliseconds patience) const {
  const auto snapshot = state_->loop.status(status_age_max, patience);
  if (!snapshot) return nullptr;
  auto status = state_->book.status(*snapshot, changes_after);
  state_->loop.changes_are_known(state_->book.known_version());
  return status;
}

std::shared_ptr<const ServerRoster> Server::roster(std::chrono::milliseconds patience) const {
  auto snapshot = state_->loop.roster(roster_age_max, patience);
  return snapshot ? state_->book.roster(std::move(snapshot)) : nullptr;
}

std::size_t Server::clients_max() const noexcept { return state_->book.clients_max(); }

}  // namespace rollcall
