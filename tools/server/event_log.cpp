#include "server/event_log.hpp"

#include <fmt/format.h>
#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <ctime>
#include <future>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "common/number_text.hpp"
#include "wire/utf8.hpp"

namespace rollcall::tools {
namespace {

constexpr std::size_t queued_lines_max = 8192;
constexpr std::size_t text_bytes_max = 500;

std::string shown(std::string_view text) { return wire::printable(text, text_bytes_max); }

/// As the address of a Python socket is shown, which is where this line comes from.
std::string peer(const ServerEvent& event) { return fmt::format("('{}', {})", event.host, event.port); }

/// "localhost:8080" for the default endpoint, else what people would type.
std::string place(const std::string& endpoint) {
  constexpr std::string_view loopback = "tcp://127.0.0.1:";
  if (endpoint.starts_with(loopback)) return "localhost:" + endpoint.substr(loopback.size());
  return endpoint.starts_with("tcp://") ? endpoint.substr(6) : endpoint;
}

std::string_view kind_name(ServerEvent::Kind kind) {
  switch (kind) {
    case ServerEvent::Kind::joined:
      return "joined";
    case ServerEvent::Kind::left:
      return "left";
    case ServerEvent::Kind::message:
      return "message";
    case ServerEvent::Kind::refused:
      return "refused";
    case ServerEvent::Kind::suppressed:
      return "suppressed";
    case ServerEvent::Kind::hung:
      return "hung";
    case ServerEvent::Kind::draining:
      return "draining";
    case ServerEvent::Kind::reloaded:
      return "reloaded";
    case ServerEvent::Kind::drifted:
      return "drifted";
  }
  return "";
}

std::string timestamp() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  const std::time_t seconds = ms / 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                     utc.tm_hour, utc.tm_min, utc.tm_sec, ms % 1000);
}

std::string json_line(const ServerEvent& event) {
  nlohmann::ordered_json object;
  object["time"] = timestamp();
  object["event"] = kind_name(event.kind);
  if (!event.host.empty()) {
    object["host"] = event.host;
    object["port"] = event.port;
    if (event.kind != ServerEvent::Kind::refused) object["name"] = shown(event.name);
  }
  const bool has_text = event.kind == ServerEvent::Kind::message || !event.text.empty();
  if (has_text) object["text"] = shown(event.text);
  if (event.kind == ServerEvent::Kind::suppressed) object["kind"] = kind_name(event.what);
  const bool about_refusals = event.kind == ServerEvent::Kind::refused || event.what == ServerEvent::Kind::refused;
  if (event.kind == ServerEvent::Kind::left || about_refusals) object["reason"] = event.reason;
  const bool presence = event.kind == ServerEvent::Kind::joined || event.kind == ServerEvent::Kind::left;
  if (presence || event.kind == ServerEvent::Kind::draining) object["count"] = event.count;
  if (event.kind == ServerEvent::Kind::hung) object["missing"] = event.count;
  if (event.resumed) object["resumed"] = true;
  if (presence) object["version"] = event.version;
  if (event.total > 0) object["total"] = event.total;
  if (event.kind == ServerEvent::Kind::drifted) object["drift"] = event.drift;
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

struct EventLog::Words {
  std::string_view started;
  std::string_view page;
  std::string_view joined;
  std::string_view said_goodbye;
  std::string_view disconnected;
  std::string_view timed_out;
  std::string_view evicted;
  std::string_view drained;
  std::string_view message;
  std::string_view refused;
  std::string_view more_messages;
  std::string_view more_presence;
  std::string_view more_refused;
  std::string_view more_hung;
  std::string_view hung;
  std::string_view hung_for_good;
  std::string_view draining;
  std::string_view reloaded;
  std::string_view not_reloaded;
  std::string_view drifted;
  std::string_view stopped;
  std::string_view stopped_early;

  [[nodiscard]] std::string_view for_leave(std::string_view reason) const {
    if (reason == "goodbye") return said_goodbye;
    if (reason == "evicted") return evicted;
    if (reason == "timed_out") return timed_out;
    return reason == "drained" ? drained : disconnected;
  }
};

const EventLog::Words& EventLog::words(Language language) {
  static constexpr Words portuguese = {
      "🚀 Servidor rodando em {}",
      "📊 Página em {}",
      "✅ Cliente {} conectado. Total de clientes: {}",
      "👋 Cliente {} saiu. Total de clientes: {}",
      "❌ Cliente {} desconectado. Total de clientes: {}",
      "❌ Cliente {} não responde mais. Total de clientes: {}",
      "🚫 Cliente {} removido pelo servidor. Total de clientes: {}",
      "👋 Cliente {} dispensado. Total de clientes: {}",
      "📩 Mensagem recebida de {}: {}",
      "🚫 Recusado ({}), {} até agora",
      "… e mais {} mensagens",
      "… e mais {} entradas e saídas",
      "… e mais {} recusas ({})",
      "… e mais {} vezes em que o tempo do handler passou",
      "⏳ O handler passou do tempo e outro thread o substitui; {} presos agora",
      "⏳ O handler passou do tempo; {} presos agora, {} sem substituto: threads demais estão presos",
      "🛑 Encerrando: {} clientes avisados, {} mensagens sem resposta",
      "🔑 Lista de chaves lida de novo: {} podem entrar",
      "⚠️ Lista de chaves não lida, e as {} de antes continuam a valer: {}",
      "⚠️ Lista de clientes, conexões e sistema não conferem: diferença de {}",
      "🛑 Servidor encerrado",
      "🛑 Servidor encerrado com trabalho inacabado",
  };
  static constexpr Words english = {
      "🚀 Server running on {}",
      "📊 Page at {}",
      "✅ Client {} connected. Total clients: {}",
      "👋 Client {} left. Total clients: {}",
      "❌ Client {} disconnected. Total clients: {}",
      "❌ Client {} no longer answers. Total clients: {}",
      "🚫 Client {} removed by the server. Total clients: {}",
      "👋 Client {} let go. Total clients: {}",
      "📩 Message received from {}: {}",
      "🚫 Refused ({}), {} so far",
      "… and {} more messages",
      "… and {} more joins and leaves",
      "… and {} more refused ({})",
      "… and {} more times that a handler was over its time",
      "⏳ The handler is over its time, and another thread is in its place; {} hung now",
      "⏳ The handler is over its time; {} hung now, {} with nobody in their place: too many threads hang",
      "🛑 Stopping: {} clients told, {} messages unanswered",
      "🔑 List of keys read again: {} may come in",
      "⚠️ List of keys not read, and the {} of before still hold: {}",
      "⚠️ Clients, connections and the system's count of them do not add up: {} apart",
      "🛑 Server stopped",
      "🛑 Server stopped with work unfinished",
  };
  return language == Language::english ? english : portuguese;
}

EventLog::EventLog(Format format, Language language) : format_(format), language_(language), words_(words(language)) {
  spdlog::init_thread_pool(queued_lines_max, 1);
  out_ = std::make_shared<spdlog::async_logger>("events", std::make_shared<spdlog::sinks::stdout_sink_mt>(),
                                                spdlog::thread_pool(), spdlog::async_overflow_policy::overrun_oldest);
  out_->set_pattern("%v");
  out_->flush_on(spdlog::level::info);
}

bool EventLog::close(std::chrono::milliseconds patience) {
  out_.reset();
  // Waits for its thread, which writes to stdout for as long as nobody reads that.
  std::packaged_task<void()> shutdown(spdlog::shutdown);
  const std::future<void> closed = shutdown.get_future();
  std::thread(std::move(shutdown)).detach();
  return closed.wait_for(patience) == std::future_status::ready;
}

void EventLog::write(const std::string& line) { out_->info("{}", line); }

void EventLog::started(const Server& server, const ServerConfig& config, const std::string& page) {
  const auto bound = config.heartbeat + config.heartbeat_timeout;
  if (format_ == Format::json) {
    nlohmann::ordered_json object;
    object["time"] = timestamp();
    object["event"] = "started";
    object["endpoints"] = server.endpoints();
    object["version"] = ROLLCALL_VERSION;
    object["workers"] = config.workers;
    object["max_clients"] = server.clients_max();
    object["liveness_ms"] = bound.count();
    if (!page.empty()) object["page"] = page;
    write(object.dump());
    return;
  }
  for (const std::string& endpoint : server.endpoints()) {
    write(fmt::format(fmt::runtime(words_.started), place(endpoint)));
  }
  if (!page.empty()) write(fmt::format(fmt::runtime(words_.page), page));
}

void EventLog::happened(const ServerEvent& event) {
  const bool nothing_to_say = event.kind == ServerEvent::Kind::draining && event.count == 0 && event.total == 0;
  if (format_ == Format::json) {
    write(json_line(event));
  } else if (!nothing_to_say) {
    write(text_line(event));
  }
}

void EventLog::stopped(Server::End end) {
  const bool drained = end == Server::End::drained;
  if (format_ == Format::json) {
    nlohmann::ordered_json object;
    object["time"] = timestamp();
    object["event"] = "stopped";
    object["drained"] = drained;
    write(object.dump());
    return;
  }
  write(std::string(drained ? words_.stopped : words_.stopped_early));
}

std::string EventLog::text_line(const ServerEvent& event) const {
  const std::string total = grouped(event.total, language_);
  switch (event.kind) {
    case ServerEvent::Kind::joined:
      return fmt::format(fmt::runtime(words_.joined), peer(event), event.count);
    case ServerEvent::Kind::left:
      return fmt::format(fmt::runtime(words_.for_leave(event.reason)), peer(event), event.count);
    case ServerEvent::Kind::message:
      return fmt::format(fmt::runtime(words_.message), peer(event), shown(event.text));
    case ServerEvent::Kind::refused:
      return fmt::format(fmt::runtime(words_.refused), event.reason, total) +
             (event.host.empty() ? std::string() : ": " + peer(event));
    case ServerEvent::Kind::hung:
      return event.count == 0 ? fmt::format(fmt::runtime(words_.hung), total)
                              : fmt::format(fmt::runtime(words_.hung_for_good), total, event.count);
    case ServerEvent::Kind::reloaded:
      return fmt::format(fmt::runtime(event.text.empty() ? words_.reloaded : words_.not_reloaded), total,
                         shown(event.text));
    case ServerEvent::Kind::draining:
      return fmt::format(fmt::runtime(words_.draining), event.count, total);
    case ServerEvent::Kind::drifted:
      return fmt::format(fmt::runtime(words_.drifted), event.drift);
    case ServerEvent::Kind::suppressed:
      break;
  }
  switch (event.what) {
    case ServerEvent::Kind::message:
      return fmt::format(fmt::runtime(words_.more_messages), total);
    case ServerEvent::Kind::hung:
      return fmt::format(fmt::runtime(words_.more_hung), total);
    case ServerEvent::Kind::refused:
      return fmt::format(fmt::runtime(words_.more_refused), total, event.reason);
    default:
      return fmt::format(fmt::runtime(words_.more_presence), total);
  }
}

}  // namespace rollcall::tools
