// Checkpoint files: what is read has sizes that the file justifies, and reads back equal from safetensors.
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "lib/core/error.h"
#include "lib/weights/checkpoint.h"
#include "lib/weights/safetensors.h"
#include "tests/fuzz/scratch_file.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

/// Reads every tensor; now and then writes all of them as safetensors and compares.
void check(const vs::weights::Checkpoint& checkpoint, size_t size) {
  for (size_t i = 0; i < checkpoint.tensors().size(); ++i) {
    const auto& tensor = checkpoint.tensors()[i];
    require(tensor.size_bytes() <= std::max<uint64_t>(size, 1 << 16));
    require(checkpoint.find(tensor.name) == i);
    (void)checkpoint.read(i);
  }
  constexpr size_t kEvery = 64;
  if (size % kEvery != 0) return;
  const std::string path = "/tmp/vs-fuzz-weights-" + std::to_string(::getpid()) + ".safetensors";
  vs::weights::write_safetensors(path, checkpoint);
  const auto copy = vs::weights::Checkpoint::open(path);
  require(copy.tensors().size() == checkpoint.tensors().size());
  for (size_t i = 0; i < copy.tensors().size(); ++i)
    require(copy.read(i) == checkpoint.read(checkpoint.find(copy.tensors()[i].name).value()));
  ::unlink(path.c_str());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const vs::fuzz::ScratchFile file(data, size);
  try {
    check(vs::weights::Checkpoint::open(file.path()), size);
  } catch (const vs::Error&) {
    // A refusal is one of the two right answers.
  }
  return 0;
}
