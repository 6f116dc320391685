// rollcall-bench-load: loads a server that answers each message with one, and prints the figures as JSON.
//
//   rollcall-bench-load --port P [--clients N --window W] [--idle N] [--flood N]   a closed loop
//   rollcall-bench-load --port P --crowd N [--hold S] [--kill]                     joins, stays, is killed
#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>
#include <map>

#include "crowd.hpp"
#include "load.hpp"

namespace {

int run(int argc, char** argv) {
  bench::Target target;
  bench::Load load;
  bench::Crowd crowd;
  double warm_up = load.warm_up.count();
  double duration = load.duration.count();
  double hold = 0;
  const std::map<std::string, bench::Protocol> protocols{
      {"plain", bench::Protocol::plain}, {"delimited", bench::Protocol::delimited}, {"full", bench::Protocol::full}};
  CLI::App app("Loads a server and prints figures as JSON.", "rollcall-bench-load");
  app.add_option("--port", target.port, "of the server, on 127.0.0.1")->required();
  app.add_option("--server-pid", target.server, "whose CPU time and memory are measured");
  app.add_option("--protocol", target.protocol)->transform(CLI::CheckedTransformer(protocols));
  app.add_option("--message", target.message, "the text of each request");
  app.add_option("--clients", load.clients)->check(CLI::Range(1, 100'000));
  app.add_option("--window", load.window, "requests in flight, of each")->check(CLI::Range(1, 100'000));
  app.add_option("--idle", load.idle, "clients that join and say nothing more");
  app.add_option("--flood", load.flood, "clients beside, that keep --flood-window in flight");
  app.add_option("--flood-window", load.flood_window)->check(CLI::Range(1, 100'000));
  app.add_option("--warm-up", warm_up, "seconds");
  app.add_option("--duration", duration, "seconds");
  app.add_option("--crowd", crowd.clients, "clients that join as fast as they can");
  app.add_option("--hold", hold, "seconds for which the crowd stays");
  app.add_flag("--kill", crowd.kill, "kill the crowd and wait for the count to be 1");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  load.warm_up = std::chrono::duration<double>(warm_up);
  load.duration = std::chrono::duration<double>(duration);
  crowd.hold = std::chrono::duration<double>(hold);
  std::cout << (crowd.clients > 0 ? bench::run_crowd(target, crowd) : bench::run_load(target, load)) << '\n';
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "rollcall-bench-load: " << error.what() << '\n';
    return 1;
  }
}
