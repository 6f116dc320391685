#include "client/roster_printer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <nlohmann/json.hpp>
#include <vector>

#include "client/text_width.hpp"
#include "common/json_text.hpp"
#include "common/roster_json.hpp"
#include "wire/utf8.hpp"

namespace rollcall::tools {
namespace {

using Json = nlohmann::ordered_json;

// Nobody's name may push the others' columns off the screen. JSON has all of it.
constexpr int name_columns_max = 40;
constexpr int address_columns_max = 56;
constexpr std::size_t text_bytes_max = 1024;

std::string shown(std::string_view text, int columns_max) {
  return shortened(wire::printable(text, text_bytes_max), columns_max);
}

/// In this computer's zone.
std::string clock_text(std::chrono::system_clock::time_point time, const char* format) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

std::string dump(const Json& object) { return safe_json(object.dump(-1, ' ', false, Json::error_handler_t::replace)); }

void add_roster(const Roster& roster, Json& object) {
  object["version"] = roster.version;
  object["count"] = roster.count;
  Json clients = Json::array();
  for (const RosterEntry& entry : roster.entries) {
    Json client = entry_json(entry);
    client["self"] = entry.session == roster.own_session;
    clients.push_back(std::move(client));
  }
  object["clients"] = std::move(clients);
}

std::string json_change(const RosterChange& change) {
  const bool left = change.kind == RosterChange::Kind::left;
  Json object;
  object["kind"] = left ? "left" : "joined";
  if (left) object["reason"] = change.reason;
  object["session"] = change.session;
  object["name"] = change.name;
  object["address"] = change.address;
  object["version"] = change.version;
  object["count"] = change.count;
  object["unix_ms"] = unix_ms(change.time);
  return dump(object);
}

/// What happened to `{}`.
std::string_view change_words(const RosterChange& change, bool english) {
  if (change.kind == RosterChange::Kind::joined) return english ? "✅ {} joined" : "✅ {} entrou";
  if (change.reason == "goodbye") return english ? "👋 {} left" : "👋 {} saiu";
  if (change.reason == "timed_out") return english ? "❌ {} stopped answering" : "❌ {} parou de responder";
  if (change.reason == "evicted") return english ? "🚫 {} was removed by the server" : "🚫 {} foi removido pelo servidor";
  if (change.reason == "drained") return english ? "👋 {} was let go" : "👋 {} foi dispensado";
  return english ? "❌ {} lost its connection" : "❌ {} perdeu a conexão";
}

}  // namespace

std::string RosterPrinter::counted(std::uint32_t count) const {
  if (english_) return fmt::format("{} client{} connected", count, count == 1 ? "" : "s");
  return fmt::format("{} cliente{s} conectado{s}", count, fmt::arg("s", count == 1 ? "" : "s"));
}

std::string RosterPrinter::idle(std::chrono::milliseconds time) const {
  const auto seconds = static_cast<double>(time.count()) / 1000;
  if (seconds >= 172'800) return fmt::format("{:.0f} d", seconds / 86'400);
  if (seconds >= 7200) return fmt::format("{:.0f} h", seconds / 3600);
  if (seconds >= 120) return fmt::format("{:.0f} min", seconds / 60);
  std::string text = fmt::format("{:.1f} s", seconds);
  if (!english_) std::replace(text.begin(), text.end(), '.', ',');
  return text;
}

std::string RosterPrinter::table(const Roster& roster) const {
  using Row = std::array<std::string, 5>;
  static constexpr Row::size_type first_number = 3;
  std::vector<Row> rows;
  rows.push_back(english_ ? Row{"NAME", "ADDRESS", "SINCE", "REQUESTS", "IDLE"}
                          : Row{"NOME", "ENDEREÇO", "DESDE", "PEDIDOS", "INATIVO"});
  for (const RosterEntry& entry : roster.entries) {
    rows.push_back({entry.name.empty() ? "-" : shown(entry.name, name_columns_max),
                    shown(entry.address, address_columns_max), clock_text(entry.since, "%F %T"),
                    std::to_string(entry.requests), idle(entry.idle)});
  }
  std::array<int, 5> columns{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) columns.at(i) = std::max(columns.at(i), width(row.at(i)));
  }
  std::string text;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::string line;
    for (std::size_t j = 0; j < rows[i].size(); ++j) {
      line += (j > 0 ? "  " : "") + padded(rows[i].at(j), columns.at(j), j >= first_number);
    }
    const bool own = i > 0 && roster.own_session != 0 && roster.entries[i - 1].session == roster.own_session;
    text += '\n' + line + (own ? (english_ ? "  ← this program" : "  ← este programa") : "");
  }
  return text;
}

std::string RosterPrinter::who(const Roster& roster) const {
  if (!json_) return "👥 " + counted(roster.count) + table(roster);
  Json object;
  add_roster(roster, object);
  return dump(object);
}

std::string RosterPrinter::change(const RosterChange& change) const {
  const std::string address = shown(change.address, address_columns_max);
  const std::string who =
      change.name.empty() ? address : fmt::format("{} ({})", shown(change.name, name_columns_max), address);
  return clock_text(change.time, "%T ") + fmt::format(fmt::runtime(change_words(change, english_)), who) +
         fmt::format(fmt::runtime(english_ ? ". Total clients: {}" : ". Total de clientes: {}"), change.count);
}

std::string RosterPrinter::watched(const RosterEvent& event, bool again) const {
  if (event.kind == RosterEvent::Kind::refused) return {};
  if (event.kind != RosterEvent::Kind::reset) return json_ ? json_change(event.change) : change(event.change);
  if (json_) {
    Json object;
    object["kind"] = "snapshot";
    add_roster(event.roster, object);
    return dump(object);
  }
  const char* const first =
      english_ ? "👀 Watching who comes and goes; Ctrl-C ends it" : "👀 Vigiando quem entra e quem sai; Ctrl-C encerra";
  const char* const anew = english_ ? "🔄 The list begins anew: what happened meanwhile is not known"
                                    : "🔄 A lista recomeça: não se sabe o que houve nesse meio-tempo";
  return (again ? std::string(anew) + '\n' + who(event.roster) : who(event.roster) + '\n' + first);
}

std::string RosterPrinter::told(const RosterEvent& event) const {
  if (event.kind == RosterEvent::Kind::refused) return no_roster(event.text);
  if (event.kind != RosterEvent::Kind::reset) return change(event.change);
  return fmt::format(fmt::runtime(english_ ? "👀 Watching who comes and goes: {} now. /watch stops it"
                                           : "👀 Vigiando quem entra e quem sai: {} agora. /vigiar para de vigiar"),
                     counted(event.roster.count));
}

std::string RosterPrinter::json_event(const ClientEvent& event) const {
  Json object;
  switch (event.kind) {
    case ClientEvent::Kind::disconnected:
      object["kind"] = "disconnected";
      break;
    case ClientEvent::Kind::reconnected:
      object["kind"] = "reconnected";
      object["count"] = event.count;
      break;
    case ClientEvent::Kind::closing:
      object["kind"] = "closing";
      object["text"] = event.text;
      break;
    default:
      return {};
  }
  return dump(object);
}

std::string RosterPrinter::no_longer_watched() const { return english_ ? "👀 No longer watching" : "👀 Não vigia mais"; }

std::string RosterPrinter::no_roster(std::string_view why) const {
  return (english_ ? "the server does not tell who is connected: " : "o servidor não diz quem está conectado: ") +
         wire::printable(why, text_bytes_max);
}

std::string RosterPrinter::too_late(double seconds) const {
  return fmt::format(fmt::runtime(english_ ? "the server did not tell who is connected within {:g} s (see -W)"
                                           : "o servidor não disse quem está conectado dentro de {:g} s (veja -W)"),
                     seconds);
}

std::string RosterPrinter::no_server_again(double seconds) const {
  return fmt::format(fmt::runtime(english_ ? "the server did not come back within {:g} s (see -W)"
                                           : "o servidor não voltou dentro de {:g} s (veja -W)"),
                     seconds);
}

}  // namespace rollcall::tools
