// libFuzzer's entry; libFuzzer itself has main().
#include "fuzz/fuzzing.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  rollcall::fuzz::try_bytes({reinterpret_cast<const char*>(data), size});
  return 0;
}
