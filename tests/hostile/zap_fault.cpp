// Preloaded into the server by test_zap.py: the thread that answers for keys fails as the word in the file ZAP_FAULT
// says. Nobody else in the server turns keys into text. Each question is noted in a file beside it, ".asked".
//
//   slow    every answer takes two seconds        dead    the thread ends instead
#include <dlfcn.h>
#include <poll.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>

// zmq.h is not included, as its declaration need not be the one of a function that throws.
extern "C" char* zmq_z85_encode(char* text, const std::uint8_t* bytes, std::size_t size) {
  using Function = char* (*)(char*, const std::uint8_t*, std::size_t);
  static const auto real = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "zmq_z85_encode"));
  const std::string path = std::getenv("ZAP_FAULT");
  std::string word;
  std::ifstream(path) >> word;
  std::ofstream(path + ".asked", std::ios::app) << '.';
  if (word == "slow") poll(nullptr, 0, 2000);
  if (word == "dead") throw std::runtime_error("the thread's end");
  return real(text, bytes, size);
}
