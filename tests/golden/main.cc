// vs-golden [--device NAME] FILE...: checks golden case files (.h5, or packed) and tables (.json), one line a case.
// vs-golden --pack FOLDER FILE.h5...: packs those that a machine without HDF5 can check on its GPU.
//
// --device: where cases of networks compute: cpu, cuda, cuda:N or auto; libvscuda.so is looked for beside the program
// and in VS_PLUGIN_DIR.
// Exit code 0: every case passes, or is packed; 1: one fails, cannot be read, or has a kind that no checker knows;
// 2: wrong usage; 77: the device cannot be used, which tests show as skipped.
#include <fmt/format.h>

#include <cstdio>
#include <optional>

#include "lib/core/error.h"
#include "lib/core/log.h"
#include "lib/nn/device.h"
#include "tests/golden/run.h"

namespace {

struct Words {
  std::string device = "cpu";
  std::optional<std::string> pack;
  std::vector<std::string> files;
};

/// Throws UsageError.
Words read_words(int argc, char** argv) {
  Words words;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool device = word == "--device";
    if (!device && word != "--pack") {
      words.files.push_back(word);
      continue;
    }
    if (++i == argc) throw vs::UsageError(word, "needs a value");
    (device ? words.device : words.pack.emplace()) = argv[i];
  }
  if (words.files.empty()) throw vs::UsageError("vs-golden", "no file given");
  return words;
}

int run(const Words& words) {
  if (words.pack) return vs::golden::pack_files(words.files, *words.pack);
  vs::Log log("vs-golden", vs::Verbosity::kVerbose, false);
  vs::golden::Place place{vs::nn::open_device(words.device, "--device " + words.device, log)};
  if (vs::nn::backend_of(place.device)) place.least_rtol = vs::golden::kDeviceRtol;
  return vs::golden::check_files(words.files, place);
}

}  // namespace

int main(int argc, char** argv) {
  constexpr int kSkipped = 77;
  try {
    return run(read_words(argc, argv));
  } catch (const vs::UsageError& error) {
    fmt::print(stderr, "vs-golden: error: {}\n", error.what());
    fmt::print(stderr, "usage: vs-golden [--device NAME] FILE.h5|FILE.safetensors|TABLE.json...\n");
    fmt::print(stderr, "       vs-golden --pack FOLDER FILE.h5...\n");
    return vs::kExitUsage;
  } catch (const vs::RunError& error) {
    fmt::print("skipped: {}\n", error.what());
    return kSkipped;
  }
}
