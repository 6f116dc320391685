#include "client/printer.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "common/json_text.hpp"
#include "wire/utf8.hpp"

namespace rollcall::tools {
namespace {

constexpr std::size_t text_bytes_max = 65'536;

std::string shown(std::string_view text) { return wire::printable(text, text_bytes_max); }

std::string json_outcome(const Outcome& outcome) {
  nlohmann::ordered_json object;
  object["id"] = outcome.id;
  switch (outcome.kind) {
    case Outcome::Kind::reply:
      object["reply"] = outcome.text;
      object["count"] = outcome.count;
      object["version"] = outcome.version;
      break;
    case Outcome::Kind::error:
      object["error"] = {{"code", outcome.code}, {"name", outcome.code_name}, {"text", outcome.text}};
      break;
    case Outcome::Kind::unknown:
      object["unknown"] = true;
      break;
  }
  return safe_json(object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace

std::string Printer::prompt() const {
  return english_ ? "> Type your message (or 'quit' to leave): " : "> Digite sua mensagem (ou 'sair' para fechar): ";
}

std::string Printer::connected() const {
  if (json_) return {};
  return english_ ? "✅ Connected to the server!" : "✅ Conectado ao servidor!";
}

std::string Printer::outcome(const Outcome& outcome) const {
  if (json_) return json_outcome(outcome);
  switch (outcome.kind) {
    case Outcome::Kind::reply:
      return (english_ ? "📩 Server's reply: " : "📩 Resposta do servidor: ") + shown(outcome.text);
    case Outcome::Kind::error:
      return fmt::format(fmt::runtime(english_ ? "❌ Server's error: {} ({})" : "❌ Erro do servidor: {} ({})"),
                         shown(outcome.text), outcome.code_name);
    case Outcome::Kind::unknown:
      return english_ ? "❓ Outcome unknown: the connection was lost before the reply came"
                      : "❓ Resultado desconhecido: a conexão caiu antes da resposta";
  }
  return {};
}

std::string Printer::event(const ClientEvent& event) const {
  if (json_) return {};
  const std::string text = shown(event.text);
  switch (event.kind) {
    case ClientEvent::Kind::reconnected:
      return fmt::format(fmt::runtime(english_ ? "✅ Connected again! Active connections: {}"
                                               : "✅ Conectado de novo! Conexões ativas: {}"),
                         event.count);
    case ClientEvent::Kind::disconnected:
      return english_ ? "🔌 Connection lost; trying again…" : "🔌 Conexão perdida; tentando de novo…";
    case ClientEvent::Kind::closing:
      return (english_ ? "🛑 The server is closing" : "🛑 O servidor está encerrando") +
             (text.empty() || text == "the server is ending" ? std::string() : ": " + text);
    case ClientEvent::Kind::refused:
      return (english_ ? "🚫 The server refused this client: " : "🚫 O servidor recusou este cliente: ") + text;
    case ClientEvent::Kind::connected:
    case ClientEvent::Kind::closed:
      break;
  }
  return {};
}

std::string Printer::goodbye() const {
  if (json_) return {};
  return english_ ? "👋 See you!" : "👋 Até logo!";
}

std::string Printer::typed(std::string_view line) const { return json_ ? std::string() : prompt() + shown(line); }

std::string Printer::help() const {
  if (english_) {
    return "/who      who is connected now\n"
           "/watch    tells who comes and goes; once more, and it stops\n"
           "/help     this list\n"
           "/quit     leaves, as 'quit' and Ctrl-D do\n"
           "//text    sends /text";
  }
  return "/quem     quem está conectado agora\n"
         "/vigiar   avisa quem entra e quem sai; de novo, para de avisar\n"
         "/ajuda    esta lista\n"
         "/sair     sai, como 'sair' e Ctrl-D\n"
         "//texto   envia /texto";
}

std::string Printer::unknown_command(std::string_view line) const {
  return fmt::format(fmt::runtime(english_ ? "❓ Not sent, and no command: {}. /help lists them; /{} sends it"
                                           : "❓ Não enviado, e não é comando: {}. /ajuda os lista; /{} envia"),
                     shown(line), shown(line));
}

std::string Printer::no_server(const std::string& endpoint, double seconds) const {
  return fmt::format(
      fmt::runtime(
          english_
              ? "no server answered at {} within {:g} s: is rollcall-server running there? (see --server)"
              : "nenhum servidor respondeu em {} dentro de {:g} s: o rollcall-server está rodando lá? (veja --server)"),
      endpoint, seconds);
}

std::string Printer::no_answer(double seconds) const {
  return fmt::format(
      fmt::runtime(english_ ? "no reply within {:g} s (see -W)" : "sem resposta dentro de {:g} s (veja -W)"), seconds);
}

}  // namespace rollcall::tools
