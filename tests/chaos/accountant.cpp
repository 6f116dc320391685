// rollcall-accountant: many clients that send numbered requests at a steady rate, whatever happens to their server, and
// account for each. Commands come on standard input, a line each, and are answered with a line of JSON:
//
//   rate R     requests a second from now on, in all; clients take turns, those without a connection too
//   mark       begins a new window for figures
//   report     figures since the mark: requests, latencies, who is welcome, the server's
//              count, how long after the mark clients came back
//   finish S   sends no more, waits S seconds at most until all requests have ended, leaves politely (which ends those
//              that are overdue), ends
//
//   rollcall-accountant --server ENDPOINT --clients N --name NAME [--outcomes FILE]
#include <poll.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <sstream>
#include <unordered_map>

#include "io/client_swarm.hpp"
#include "io/clock.hpp"
#include "ledger.hpp"

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

constexpr std::uint64_t burst_max = 1024;
constexpr core::Time goodbye_patience = 5s;

struct Settings {
  std::string server;
  std::string name = "a";
  std::string outcomes;
  std::uint32_t clients = 1;
};

class Accountant {
 public:
  explicit Accountant(Settings settings)
      : settings_(std::move(settings)),
        ledger_(settings_.name),
        swarm_(settings_.server, settings_.clients,
               [this](io::ClientSwarm::Id id, const core::ClientEffect& effect) { on_effect(id, effect); }) {
    for (std::uint32_t i = 0; i < settings_.clients; ++i) {
      ids_.push_back(swarm_.open(settings_.name + std::to_string(i)));
      members_[ids_.back()];
    }
    ledger_.mark(mark_ = io::clock_now());
  }

  void run() {
    std::string line;
    std::cout << Json{{"event", "started"}} << std::endl;
    // A test waits for each answer before it says more, so nothing of standard input is read ahead.
    while (!finished_) {
      send_due();
      swarm_.wait(next_wake(), STDIN_FILENO);
      if (!is_told()) continue;
      if (!std::getline(std::cin, line)) return;
      std::cout << obey(line) << std::endl;
    }
  }

 private:
  struct Member {
    std::unordered_map<std::uint64_t, std::size_t> requests;  ///< by id: their number in the ledger
    bool welcome = false;
    core::Time welcomed{0};
  };
  struct Window {
    std::uint64_t lost = 0;
    std::uint64_t resumed = 0;
    std::uint64_t anew = 0;  ///< welcomed as another session
    std::uint64_t closing = 0;
  };

  static bool is_told() {
    pollfd item{STDIN_FILENO, POLLIN, 0};
    return poll(&item, 1, 0) > 0;
  }

  [[nodiscard]] core::Time next_wake() const {
    if (rate_ <= 0) return io::clock_now() + 100ms;
    const auto due = static_cast<core::Time::rep>(static_cast<double>(sent_ + 1) / rate_ * 1e9);
    return rate_begin_ + core::Time{due};
  }

  void send_due() {
    if (rate_ <= 0) return;
    const double passed_s = std::chrono::duration<double>(io::clock_now() - rate_begin_).count();
    const auto due = static_cast<std::uint64_t>(passed_s * rate_);
    for (std::uint64_t burst = 0; sent_ < due && burst < burst_max; ++burst, ++sent_) {
      const io::ClientSwarm::Id id = ids_[turn_++ % ids_.size()];
      Ledger::Made made = ledger_.make(io::clock_now());
      const std::uint64_t request = swarm_.ask(id, std::move(made.body));
      if (request == 0) {
        ledger_.settle(made.number, {core::ClientOutcome::Kind::error, 0, "", 0, 0, wire::ErrorCode::session_ended},
                       io::clock_now());
      } else {
        members_[id].requests.emplace(request, made.number);
      }
    }
  }

  std::string obey(const std::string& line) {
    std::istringstream words(line);
    std::string verb;
    double value = 0;
    words >> verb >> value;
    if (verb == "rate") {
      rate_ = value;
      rate_begin_ = io::clock_now();
      sent_ = 0;
    } else if (verb == "mark") {
      ledger_.mark(mark_ = io::clock_now());
      window_ = {};
    } else if (verb == "finish") {
      return finish(value).dump();
    }
    return report(ledger_.since_mark(io::clock_now())).dump();
  }

  Json report(Json json) const {
    std::size_t welcome = 0;
    std::vector<double> back_ms;
    for (const auto& [id, member] : members_) {
      welcome += member.welcome ? 1 : 0;
      if (member.welcome && member.welcomed > mark_) {
        back_ms.push_back(std::chrono::duration<double, std::milli>(member.welcomed - mark_).count());
      }
    }
    json["welcome"] = welcome;
    json["count"] = count_;
    json["came_back"] = percentiles_ms(std::move(back_ms));
    json["lost"] = window_.lost;
    json["resumed"] = window_.resumed;
    json["anew"] = window_.anew;
    json["closing"] = window_.closing;
    return json;
  }

  Json finish(double patience_s) {
    rate_ = 0;
    const auto end =
        io::clock_now() + std::chrono::duration_cast<core::Time>(std::chrono::duration<double>(patience_s));
    while (ledger_.open() > 0 && io::clock_now() < end) swarm_.wait(std::min(end, io::clock_now() + 100ms));
    const std::size_t overdue = ledger_.open();
    const auto goodbye_end = io::clock_now() + goodbye_patience;
    for (const io::ClientSwarm::Id id : ids_) swarm_.leave(id);
    while (swarm_.size() > 0 && io::clock_now() < goodbye_end) swarm_.wait(goodbye_end);
    Json json = report(ledger_.total());
    json["overdue"] = overdue;
    if (!settings_.outcomes.empty()) {
      std::ofstream file(settings_.outcomes);
      ledger_.write(file);
    }
    finished_ = true;
    return json;
  }

  void on_effect(io::ClientSwarm::Id id, const core::ClientEffect& effect) {
    Member& member = members_[id];
    if (const auto* outcome = std::get_if<core::ClientOutcome>(&effect)) {
      const auto place = member.requests.find(outcome->id);
      if (place == member.requests.end()) return ledger_.settle_unasked();
      ledger_.settle(place->second, *outcome, io::clock_now());
      member.requests.erase(place);
      if (outcome->kind == core::ClientOutcome::Kind::reply && outcome->version >= version_) {
        version_ = outcome->version;
        count_ = outcome->count;
      }
    } else if (const auto* welcomed = std::get_if<core::ClientWelcomed>(&effect)) {
      member.welcome = true;
      member.welcomed = io::clock_now();
      if (welcomed->again) ++(welcomed->resumed ? window_.resumed : window_.anew);
    } else if (std::holds_alternative<core::ClientLost>(effect)) {
      member.welcome = false;
      ++window_.lost;
    } else if (std::holds_alternative<core::ClientClosing>(effect)) {
      ++window_.closing;
    } else if (std::holds_alternative<core::ClientClosed>(effect)) {
      member.welcome = false;
    }
  }

  Settings settings_;
  Ledger ledger_;
  io::ClientSwarm swarm_;
  std::vector<io::ClientSwarm::Id> ids_;
  std::unordered_map<io::ClientSwarm::Id, Member> members_;
  Window window_;
  core::Time mark_{0};
  double rate_ = 0;
  core::Time rate_begin_{0};
  std::uint64_t sent_ = 0;  ///< since rate_begin_
  std::size_t turn_ = 0;
  std::uint64_t version_ = 0;  ///< the latest that a reply has told, and the count with it
  std::uint32_t count_ = 0;
  bool finished_ = false;
};

}  // namespace
}  // namespace rollcall::test

int main(int argc, char** argv) {
  rollcall::test::Settings settings;
  CLI::App app("Clients whose every request is accounted for.", "rollcall-accountant");
  app.add_option("--server", settings.server)->required();
  app.add_option("--clients", settings.clients)->check(CLI::Range(1U, 100'000U));
  app.add_option("--name", settings.name);
  app.add_option("--outcomes", settings.outcomes);
  CLI11_PARSE(app, argc, argv);
  try {
    if (rollcall::io::ClientSwarm::make_room(settings.clients) < settings.clients) {
      throw std::runtime_error("too few file descriptors for so many clients: raise ulimit -n");
    }
    rollcall::test::Accountant(settings).run();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "rollcall-accountant: " << error.what() << '\n';
    return 1;
  }
}
