#include "rollcall/keys.hpp"

#include "io/key_files.hpp"

namespace rollcall {

std::string generate_key(const std::string& file) {
  try {
    return io::generate_key(file);
  } catch (const io::KeyError& error) {
    throw Error(Error::Kind::config, error.what());
  }
}

}  // namespace rollcall
