#include "server/http/http_server.hpp"

#include <microhttpd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "server/http/deadlines.hpp"
#include "server/http/limits.hpp"
#include "server/http/router.hpp"

namespace rollcall::http {
namespace {

/// For every response: a page is of this server alone, runs nothing but its own scripts, and is shown in no other page.
constexpr std::array<std::pair<const char*, const char*>, 6> headers_of_all = {{
    {"Content-Security-Policy",
     "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; "
     "frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"X-Frame-Options", "DENY"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cache-Control", "no-store"},
}};

/// One request, from its first line until its response is sent.
struct Exchange {
  std::string target;
  bool begun = false;   ///< its headers were given to us
  bool waited = false;  ///< for what its response needs
};

/// A response's body, and what it counts in, until the library has sent it.
struct Body {
  std::string text;
  std::atomic<std::size_t>* unread;
};

void free_body(void* body) {
  const std::unique_ptr<Body> owned(static_cast<Body*>(body));
  *owned->unread -= owned->text.size();
}

int fd_of(MHD_Connection* connection) {
  return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

/// What the headers say that matters here.
struct Headers {
  std::optional<std::string_view> host;
  std::size_t bytes = 0;
  bool has_body = false;
  bool many_hosts = false;
};

MHD_Result take_header(void* headers_pointer, MHD_ValueKind /*kind*/, const char* name_text, const char* value_text) {
  auto& headers = *static_cast<Headers*>(headers_pointer);
  const std::string_view value = value_text == nullptr ? "" : value_text;
  std::string name = name_text;
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  headers.bytes += name.size() + value.size() + 4;
  if (name == "host") {
    headers.many_hosts = headers.host.has_value();
    headers.host = value;
  }
  if (name == "transfer-encoding" || (name == "content-length" && value != "0")) headers.has_body = true;
  return MHD_YES;
}

}  // namespace

struct HttpServer::State {
  Options options;
  Deadlines deadlines;
  std::atomic<std::size_t> unread{0};  ///< bytes of bodies that the library holds
  std::mutex mutex;
  bool closing = false;
  std::vector<MHD_Connection*> waiting;
  MHD_Daemon* daemon = nullptr;

  void resume_waiting();
  MHD_Result answer(MHD_Connection* connection, const char* method, std::string_view version, Exchange& exchange);
  MHD_Result send(MHD_Connection* connection, const Response& response);

  static void* begin_request(void* state, const char* target, MHD_Connection* connection);
  static MHD_Result handle(void* state, MHD_Connection* connection, const char* url, const char* method,
                           const char* version, const char* data, std::size_t* size, void** exchange);
  static void end_request(void* state, MHD_Connection* connection, void** exchange, MHD_RequestTerminationCode why);
  static void notice_connection(void* state, MHD_Connection* connection, void** context,
                                MHD_ConnectionNotificationCode what);
};

void* HttpServer::State::begin_request(void* state, const char* target, MHD_Connection* connection) {
  static_cast<State*>(state)->deadlines.begin(fd_of(connection), std::chrono::steady_clock::now());
  try {
    return new Exchange{target};
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void HttpServer::State::end_request(void* state, MHD_Connection* connection, void** exchange,
                                    MHD_RequestTerminationCode /*why*/) {
  const std::unique_ptr<Exchange> owned(static_cast<Exchange*>(std::exchange(*exchange, nullptr)));
  static_cast<State*>(state)->deadlines.begin(fd_of(connection), std::chrono::steady_clock::now());
}

void HttpServer::State::notice_connection(void* state, MHD_Connection* connection, void** /*context*/,
                                          MHD_ConnectionNotificationCode what) {
  Deadlines& deadlines = static_cast<State*>(state)->deadlines;
  if (what == MHD_CONNECTION_NOTIFY_STARTED) deadlines.begin(fd_of(connection), std::chrono::steady_clock::now());
  if (what == MHD_CONNECTION_NOTIFY_CLOSED) deadlines.forget(fd_of(connection));
}

MHD_Result HttpServer::State::handle(void* state, MHD_Connection* connection, const char* /*url*/, const char* method,
                                     const char* version, const char* /*data*/, std::size_t* /*size*/,
                                     void** exchange) {
  if (*exchange == nullptr) return MHD_NO;
  try {
    return static_cast<State*>(state)->answer(connection, method, version, *static_cast<Exchange*>(*exchange));
  } catch (const std::bad_alloc&) {
    return MHD_NO;  // the connection ends
  }
}

MHD_Result HttpServer::State::answer(MHD_Connection* connection, const char* method, std::string_view version,
                                     Exchange& exchange) {
  Headers headers;
  MHD_get_connection_values(connection, MHD_HEADER_KIND, take_header, &headers);
  // A response to the first call would end the connection; with a body to come, that is what is wanted.
  if (!std::exchange(exchange.begun, true) && !headers.has_body) return MHD_YES;
  // The library would see to it, but sends the headers of such a response twice (0.9.75).
  if (headers.many_hosts || (!headers.host && version == MHD_HTTP_VERSION_1_1)) {
    return send(connection, response_to({400, "there is no Host header, or several", "send one", {}}));
  }
  const Request request{method, exchange.target, headers.host, headers.bytes, headers.has_body};
  const bool may_wait = !std::exchange(exchange.waited, true);
  if (const auto response = options.respond(request, may_wait)) return send(connection, *response);
  {
    const std::lock_guard lock(mutex);
    if (closing) return MHD_NO;
    MHD_suspend_connection(connection);
    waiting.push_back(connection);
  }
  options.waits();
  return MHD_YES;
}

MHD_Result HttpServer::State::send(MHD_Connection* connection, const Response& response) {
  if (response.body.size() > small_body_bytes && unread + response.body.size() > unread_bytes_max) {
    return send(
        connection,
        response_to(
            {503, "others have not read what they asked for", "ask again in a second", {{"Retry-After", "1"}}}));
  }
  MHD_Response* made = nullptr;
  if (!response.fixed_body.empty()) {
    // The library does not write to it.
    made = MHD_create_response_from_buffer(response.fixed_body.size(), const_cast<char*>(response.fixed_body.data()),
                                           MHD_RESPMEM_PERSISTENT);
  } else {
    auto body = std::make_unique<Body>(Body{response.body, &unread});
    unread += body->text.size();
    made = MHD_create_response_from_buffer_with_free_callback_cls(body->text.size(), body->text.data(), free_body,
                                                                  body.get());
    if (made == nullptr) unread -= body->text.size();
    if (made != nullptr) static_cast<void>(body.release());
  }
  if (made == nullptr) return MHD_NO;
  MHD_add_response_header(made, MHD_HTTP_HEADER_CONTENT_TYPE, std::string(response.content_type).c_str());
  for (const auto& [name, value] : headers_of_all) MHD_add_response_header(made, name, value);
  for (const auto& [name, value] : response.headers) {
    MHD_add_response_header(made, std::string(name).c_str(), value.c_str());
  }
  const MHD_Result queued = MHD_queue_response(connection, static_cast<unsigned>(response.status), made);
  MHD_destroy_response(made);  // the connection keeps it until it is sent
  return queued;
}

void HttpServer::State::resume_waiting() {
  const std::lock_guard lock(mutex);
  for (MHD_Connection* connection : std::exchange(waiting, {})) MHD_resume_connection(connection);
}

HttpServer::HttpServer(Listener& listener, Options options) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
  const int fd = listener.release();
  // With epoll, the library (0.9.75) does not see the end of a connection that comes together with its last bytes.
  state_->daemon = MHD_start_daemon(
      MHD_USE_POLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, nullptr, nullptr, &State::handle, state_.get(),
      MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, state_->options.connections_max,
      MHD_OPTION_PER_IP_CONNECTION_LIMIT, std::min(connections_per_address_max, state_->options.connections_max),
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, connection_memory_bytes, MHD_OPTION_URI_LOG_CALLBACK, &State::begin_request,
      state_.get(), MHD_OPTION_NOTIFY_COMPLETED, &State::end_request, state_.get(), MHD_OPTION_NOTIFY_CONNECTION,
      &State::notice_connection, state_.get(), MHD_OPTION_END);
  if (state_->daemon == nullptr) {
    ::close(fd);
    throw ListenError("cannot start the HTTP server's thread at " + listener.url());
  }
}

HttpServer::~HttpServer() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->closing = true;
  }
  state_->resume_waiting();  // the library wants none suspended when it ends
  MHD_stop_daemon(state_->daemon);
}

void HttpServer::tend(bool wait_is_over) {
  state_->deadlines.cut(std::chrono::steady_clock::now());
  if (wait_is_over) state_->resume_waiting();
}

}  // namespace rollcall::http
