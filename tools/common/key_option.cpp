#include "common/key_option.hpp"

#include <iostream>

#include "common/command_line.hpp"
#include "common/exit_code.hpp"
#include "rollcall/keys.hpp"

namespace rollcall::tools {

void add_key_option(CLI::App& app, std::string& file) {
  app.add_option("--generate-key", file, "Make a key: write the secret into this file, print the public one, and end")
      ->type_name("FILE")
      ->configurable(false);
}

int make_key(const CLI::App& app, const std::string& file) {
  try {
    std::cout << generate_key(file) << std::endl;
    return exit_fine;
  } catch (const Error& error) {
    complain(app, std::string("--generate-key: ") + error.what());
    return exit_usage;
  }
}

}  // namespace rollcall::tools
