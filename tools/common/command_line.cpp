#include "common/command_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <vector>

#include "common/exit_code.hpp"
#include "wire/utf8.hpp"

namespace rollcall::tools {
namespace {

constexpr const char* config_option = "--config";
constexpr std::size_t complaint_bytes_max = 1000;

/// Where the value of an option came from that is not on the command line, for error messages.
using Sources = std::map<std::string, std::string>;

std::string environment_name(const CLI::Option& option) {
  std::string name = "ROLLCALL_";
  for (const char c : option.get_lnames().front()) {
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

bool is_setting(const CLI::Option& option) { return !option.get_lnames().empty() && option.get_configurable(); }

/// The settings in the file, by long name. Throws CLI::Error with one line that names the file.
std::map<std::string, std::vector<std::string>> read_config(CLI::App& app, const std::string& file) {
  std::map<std::string, std::vector<std::string>> settings;
  std::vector<CLI::ConfigItem> items;
  try {
    if (std::filesystem::is_directory(file)) throw CLI::FileError::Missing(file);
    items = CLI::ConfigTOML().from_file(file);
  } catch (const CLI::Error&) {
    throw CLI::ValidationError(config_option,
                               "cannot read " + file + ": give a readable file with `name = value` lines");
  }
  for (const CLI::ConfigItem& item : items) {
    if (item.name == "++" || item.name == "--") continue;  // how CLI11 marks sections
    const CLI::Option* option = app.get_option_no_throw("--" + item.fullname());
    if (option == nullptr || !is_setting(*option)) {
      throw CLI::ValidationError(file, "'" + item.fullname() + "' is not a setting");
    }
    const bool repeatable = option->get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
    if (item.inputs.size() > 1 && !repeatable) {
      throw CLI::ValidationError(file, item.fullname() + " has several values: put text in \"double quotes\"");
    }
    settings[item.name] = item.inputs;
  }
  return settings;
}

/// Values for the settings that the command line does not give, as arguments.
std::vector<std::string> arguments_from_elsewhere(CLI::App& app, Sources& sources) {
  std::vector<std::string> arguments;
  const auto add = [&](const CLI::Option& option, const std::string& value, const std::string& source) {
    const std::string& name = option.get_lnames().front();
    arguments.push_back("--" + name + "=" + value);
    sources["--" + name] = source;
  };
  std::map<std::string, std::vector<std::string>> config;
  std::string file = app.get_option(config_option)->as<std::string>();
  if (const char* value = std::getenv("ROLLCALL_CONFIG"); file.empty() && value != nullptr) file = value;
  if (!file.empty()) config = read_config(app, file);
  for (const CLI::Option* option : app.get_options()) {
    if (!is_setting(*option) || option->count() > 0) continue;
    // An endpoint from elsewhere does not win over a part of one on the command line.
    const std::string& name = option->get_lnames().front();
    const auto given = [&app](const char* part) {
      const CLI::Option* other = app.get_option_no_throw(part);
      return other != nullptr && other->count() > 0;
    };
    if ((name == "bind" || name == "server") && (given("--port") || given("--host"))) continue;
    const std::string variable = environment_name(*option);
    if (const char* value = std::getenv(variable.c_str()); value != nullptr && *value != '\0') {
      add(*option, value, variable);
    } else if (const auto found = config.find(option->get_lnames().front()); found != config.end()) {
      for (const std::string& input : found->second) add(*option, input, file);
    }
  }
  return arguments;
}

/// True when the text names this option, not only a longer one that begins with it.
bool names(const std::string& text, const std::string& option) {
  const std::size_t at = text.find(option);
  if (at == std::string::npos) return false;
  const char next = at + option.size() < text.size() ? text[at + option.size()] : ' ';
  return next != '-' && std::isalnum(static_cast<unsigned char>(next)) == 0;
}

/// What CLI11 says about a wrong command line, with the place where the value came from.
std::string explain(const CLI::Error& error, const Sources& sources) {
  const std::string text = error.what();
  for (const auto& [option, source] : sources) {
    if (names(text, option)) return text + " (from " + source + "; see --help)";
  }
  return text + " (see --help)";
}

/// CLI11 takes an empty number for 0: an unset variable in somebody's script would choose a port at random.
void refuse_empty_values(const CLI::App& app) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->count() == 0 || option->get_type_name() == "TEXT") continue;
    for (const std::string& value : option->results()) {
      if (value.empty())
        throw CLI::ValidationError(option->get_name(), "the value is empty: give one, or leave it out");
    }
  }
}

CLI::Option* with_units(CLI::Option* option, const std::map<std::string, std::uint64_t>& units, const char* type) {
  option->transform(CLI::Validator(
      [units](std::string& text) -> std::string {
        std::size_t used = 0;
        double number = 0;
        try {
          number = std::stod(text, &used);
        } catch (const std::exception&) {
          return "'" + text + "' is not a number, with a unit or without";
        }
        const auto unit = units.find(text.substr(used));
        if (unit == units.end() || !(number >= 0) || number > 1e12)
          return "'" + text + "' is not a number, with a unit or without";
        text = fmt::format("{:.0f}", number * static_cast<double>(unit->second));
        return {};
      },
      ""));
  return option->type_name(type);
}

}  // namespace

void add_common_options(CLI::App& app, Language& language) {
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)->always_capture_default();
  const std::map<std::string, Language> names = {{"pt", Language::portuguese}, {"en", Language::english}};
  app.add_option_function<std::string>(
         "--lang", [&language, names](const std::string& name) { language = names.at(name); },
         "Interface language: pt or en")
      ->check(CLI::IsMember({"pt", "en"}))
      ->default_str("pt");
  app.add_option(config_option, "File with settings, one `name = value` a line (TOML)")
      ->type_name("FILE")
      ->configurable(false);
  app.set_version_flag("--version", std::string(ROLLCALL_VERSION))->configurable(false);
  app.get_help_ptr()->configurable(false);
  app.footer(
      "Every setting can also come from the environment (--lang is ROLLCALL_LANG) or from the --config "
      "file;\n"
      "the command line wins over the environment, which wins over the file.\n"
      "SECONDS are a number, or one with a unit: 250ms, 1.5s, 2m. So are BYTES: 64KiB, 1MiB.");
}

CLI::Option* add_duration(CLI::App& app, const std::string& name, std::chrono::milliseconds& value,
                          const std::string& description) {
  CLI::Option* option = app.add_option_function<std::int64_t>(
      name, [&value](std::int64_t ms) { value = std::chrono::milliseconds(ms); }, description);
  with_units(option, {{"", 1000}, {"s", 1000}, {"ms", 1}, {"m", 60'000}}, "SECONDS");
  return option->default_str(fmt::format("{:g}", static_cast<double>(value.count()) / 1000.0));
}

CLI::Option* add_size(CLI::App& app, const std::string& name, std::size_t& value, const std::string& description) {
  CLI::Option* option = app.add_option(name, value, description);
  return with_units(option, {{"", 1}, {"B", 1}, {"KiB", 1024}, {"MiB", 1024 * 1024}, {"GiB", 1024 * 1024 * 1024}},
                    "BYTES");
}

bool parse(CLI::App& app, int argc, const char* const* argv, int& exit_code) {
  Sources sources;
  try {
    app.parse(argc, argv);
    std::vector<std::string> all = arguments_from_elsewhere(app, sources);
    if (!all.empty()) {
      for (int i = 1; i < argc; ++i) all.emplace_back(argv[i]);
      std::reverse(all.begin(), all.end());  // as CLI11 wants them
      app.clear();
      app.parse(all);
    }
    refuse_empty_values(app);
    return true;
  } catch (const CLI::Success& success) {
    exit_code = app.exit(success);
  } catch (const CLI::Error& error) {
    complain(app, explain(error, sources));
    exit_code = exit_usage;
  }
  return false;
}

void complain(const CLI::App& app, const std::string& message) {
  std::cerr << app.get_name() << ": " << wire::printable(message, complaint_bytes_max) << std::endl;
}

}  // namespace rollcall::tools
