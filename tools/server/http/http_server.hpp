// The connections: libmicrohttpd, in one thread of its own with poll, so that a connection that stalls holds up no
// other. Knows nothing of what is asked: a function answers. Call from any thread; ends, with all connections, when
// destroyed.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "server/http/listener.hpp"
#include "server/http/message.hpp"

namespace rollcall::http {

class HttpServer {
 public:
  struct Options {
    /// Called in the server's thread, and must not block. Nothing: the request waits until tend(true), and is asked
    /// again with `may_wait` false.
    std::function<std::optional<Response>(const Request& request, bool may_wait)> respond;
    /// A request begins to wait. The same thread.
    std::function<void()> waits;
    unsigned connections_max = 1;
  };
  /// Throws ListenError when the library does not start.
  HttpServer(Listener& listener, Options options);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Several times a second: ends connections that are over their time, and, where what they wait for has come, lets
  /// waiting requests go on.
  void tend(bool wait_is_over);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rollcall::http
