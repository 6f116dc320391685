// A target without a fuzzer: tries every file in the folders that are given, so that what was found stays found.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <vector>

#include "fuzz/fuzzing.hpp"

int main(int argc, char** argv) {
  std::size_t tried = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      std::ifstream in(entry.path(), std::ios::binary);
      const std::vector<char> bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
      // As large as the bytes are, so that a sanitizer sees a read beyond them.
      const auto exact = std::make_unique<char[]>(bytes.size());
      std::copy(bytes.begin(), bytes.end(), exact.get());
      std::cerr << "trying " << entry.path().string() << "\n";  // the last one, when this is the end
      rollcall::fuzz::try_bytes({exact.get(), bytes.size()});
      ++tried;
    }
  }
  std::cout << "tried " << tried << " inputs\n";
  return tried > 0 ? 0 : 1;
}
