// Runs a fuzz target without libFuzzer: every file of the corpus, then seeded mutations of them.
//   fuzz_x ITERATIONS CORPUS_FILE_OR_FOLDER...
// A crash, a sanitizer report or a run of more than the time limit of the test is the finding.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

using Bytes = std::vector<uint8_t>;

Bytes read_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void add_corpus(const std::filesystem::path& path, std::vector<Bytes>& corpus) {
  constexpr uintmax_t kLargest = 1 << 20;
  if (std::filesystem::is_directory(path)) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path))
      if (entry.is_regular_file() && entry.file_size() <= kLargest) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const auto& file : files) corpus.push_back(read_bytes(file));
  } else {
    corpus.push_back(read_bytes(path));
  }
}

/// Flips, overwrites, cuts, doubles or splices: what a broken disk or a bored person does to a file.
Bytes mutated(Bytes bytes, const std::vector<Bytes>& corpus, std::mt19937_64& random) {
  const auto below = [&](uint64_t limit) { return limit ? random() % limit : 0; };
  const uint64_t changes = 1 + below(8);
  for (uint64_t i = 0; i < changes; ++i) {
    if (bytes.empty()) bytes.push_back(0);
    const auto at = static_cast<std::ptrdiff_t>(below(bytes.size()));
    switch (below(7)) {
      case 0:
        bytes[static_cast<size_t>(at)] ^= static_cast<uint8_t>(1U << below(8));
        break;
      case 1:
        bytes[static_cast<size_t>(at)] = static_cast<uint8_t>(random());
        break;
      case 2:
        for (size_t k = 0; k < 4 && static_cast<size_t>(at) + k < bytes.size(); ++k)
          bytes[static_cast<size_t>(at) + k] = below(2) ? 0xFF : 0x00;
        break;
      case 3:
        bytes.resize(static_cast<size_t>(at));
        break;
      case 4:
        bytes.insert(bytes.begin() + at, static_cast<uint8_t>(random()));
        break;
      case 5:
        bytes.erase(bytes.begin() + at);
        break;
      default: {
        const Bytes& other = corpus[below(corpus.size())];
        const auto from = static_cast<std::ptrdiff_t>(below(other.size()));
        const auto count = static_cast<std::ptrdiff_t>(below(std::min<uint64_t>(64, other.size())));
        const auto end = std::min<std::ptrdiff_t>(from + count, static_cast<std::ptrdiff_t>(other.size()));
        bytes.insert(bytes.begin() + at, other.begin() + from, other.begin() + end);
      }
    }
  }
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: %s ITERATIONS CORPUS...\n", argv[0]);
    return 2;
  }
  const long iterations = std::strtol(argv[1], nullptr, 10);
  std::vector<Bytes> corpus;
  for (int i = 2; i < argc; ++i) add_corpus(argv[i], corpus);
  corpus.emplace_back();
  for (const Bytes& bytes : corpus) LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  std::mt19937_64 random(20240131);
  for (long i = 0; i < iterations; ++i) {
    const Bytes bytes = mutated(corpus[random() % corpus.size()], corpus, random);
    // Written before the run, so that the input that crashes is at hand.
    if (const char* last = std::getenv("VS_FUZZ_LAST")) {
      std::ofstream file(last, std::ios::binary);
      file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    }
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  }
  std::printf("%zu files, %ld mutations\n", corpus.size(), iterations);
  return 0;
}
