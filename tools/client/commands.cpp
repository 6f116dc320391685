#include "client/commands.hpp"

#include <array>

namespace rollcall::tools {
namespace {

struct Name {
  std::string_view line;
  Command command;
};
constexpr std::array<Name, 8> names = {{{"/quem", Command::who},
                                        {"/who", Command::who},
                                        {"/vigiar", Command::watch},
                                        {"/watch", Command::watch},
                                        {"/ajuda", Command::help},
                                        {"/help", Command::help},
                                        {"/sair", Command::leave},
                                        {"/quit", Command::leave}}};

}  // namespace

Command command_of(std::string_view line) {
  if (!line.starts_with('/') || line.starts_with("//")) return Command::none;
  for (const Name& name : names) {
    if (line == name.line) return name.command;
  }
  return Command::unknown;
}

std::string_view message_of(std::string_view line) { return line.starts_with("//") ? line.substr(1) : line; }

}  // namespace rollcall::tools
