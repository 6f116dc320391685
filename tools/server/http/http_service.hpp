// All of --http: the socket, the thread that asks the server, and the one that answers requests. Make and destroy it in
// one thread, while the Server lives.
#pragma once

#include <memory>
#include <string>

#include "rollcall/server.hpp"
#include "server/http/listener.hpp"
#include "server/http/router.hpp"

namespace rollcall::http {

class HttpService {
 public:
  /// Listens, and answers from then on: with these files, too. Leaves the server the descriptors that it may need by
  /// its settings. Throws ListenError.
  HttpService(const Server& server, const ServerConfig& config, const ListenAddress& address, AssetFinder find_asset);
  ~HttpService();
  HttpService(const HttpService&) = delete;
  HttpService& operator=(const HttpService&) = delete;

  /// Where the page is.
  [[nodiscard]] const std::string& url() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rollcall::http
