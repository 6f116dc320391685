#include "server/http/http_service.hpp"

#include <algorithm>
#include <utility>

#include "io/fd_limit.hpp"
#include "server/http/board.hpp"
#include "server/http/http_server.hpp"
#include "server/http/limits.hpp"
#include "server/http/sampler.hpp"

namespace rollcall::http {
namespace {

/// Descriptors that are neither a client's nor ours: a server keeps as many for what else it has, and there are files.
constexpr std::size_t others_max = 192;

/// How many connections there may be when the rest of the process needs so many descriptors. The soft limit on open
/// files is raised for them, as far as the hard limit allows.
unsigned make_room(std::size_t needed) {
  const auto limit = io::raise_fd_limit(needed + connections_max);
  if (!limit || *limit < needed + connections_least) return connections_least;
  return static_cast<unsigned>(std::min<std::size_t>(connections_max, *limit - needed));
}

}  // namespace

struct HttpService::State {
  State(const Server& rollcall_server, const ServerConfig& config, const ListenAddress& address, AssetFinder find_asset)
      : listener(address),
        url(listener.url()),
        site{ROLLCALL_VERSION, address.is_local, std::move(find_asset)},
        server(listener, options(make_room(config.clients_max + config.strangers_max + config.workers + others_max))),
        sampler(board,
                {[&rollcall_server](std::uint64_t after) { return rollcall_server.status(after); },
                 [&rollcall_server] { return rollcall_server.roster(); }},
                [this](bool with_roster) { server.tend(with_roster); }) {}

  HttpServer::Options options(unsigned room) {
    return {
        [this](const Request& request, bool may_wait) {
          return board.read([&](const View& view) { return respond(request, site, view, Moment::now(), may_wait); });
        },
        [this] { board.want_roster(); }, room};
  }

  Board board;
  Listener listener;
  std::string url;
  Site site;
  HttpServer server;
  Sampler sampler;  // ends first: it calls the server
};

HttpService::HttpService(const Server& server, const ServerConfig& config, const ListenAddress& address,
                         AssetFinder find_asset)
    : state_(std::make_unique<State>(server, config, address, std::move(find_asset))) {}

HttpService::~HttpService() = default;

const std::string& HttpService::url() const noexcept { return state_->url; }

}  // namespace rollcall::http
