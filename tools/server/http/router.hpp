// Which response a request gets: a function of the request, of what is known about the server, and of the time. Any
// thread, as long as nobody changes the View.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "server/http/message.hpp"
#include "server/http/view.hpp"
#include "server/page_assets.hpp"

namespace rollcall::http {

/// The file at this path; nothing where there is none. Any thread.
using AssetFinder = std::function<std::optional<Asset>(std::string_view path)>;

/// What does not change while the program runs.
struct Site {
  std::string version;  ///< of the program
  /// Only requests to this machine's own names and addresses are answered: a page of a stranger can make its own name
  /// mean 127.0.0.1, and would then read, in somebody's browser, what is here (DNS rebinding).
  bool local_hosts_only = true;
  AssetFinder find_asset;
};

/// The response; nothing when it needs a newer roster first, which happens only where `may_wait`.
[[nodiscard]] std::optional<Response> respond(const Request& request, const Site& site, const View& view, Moment now,
                                              bool may_wait);

/// The same for what went wrong before.
[[nodiscard]] Response response_to(const Problem& problem);

}  // namespace rollcall::http
