#include "lib/jobs/motion/pa_weights.h"

#include <doctest/doctest.h>

#include <bit>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/weights/safetensors.h"
#include "tests/support/scratch.h"

namespace vs::jobs {
namespace {

using weights::Dtype;
using weights::TensorInfo;

constexpr const char* kWeight = "PA.shallow_conv.weight";
constexpr const char* kBias = "PA.shallow_conv.bias";

/// As test::Scratch, with the name of this file's.
class Scratch : public test::Scratch {
 public:
  Scratch() : test::Scratch("vs-pa-weights") {}
};

template <class T>
std::vector<uint8_t> bytes_of(const std::vector<T>& values) {
  std::vector<uint8_t> bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

// A file with these tensors, each filled with its pattern over and over.
std::string written(const std::string& path, const std::vector<TensorInfo>& tensors,
                    const std::map<std::string, std::vector<uint8_t>>& patterns = {}) {
  weights::SafetensorsWriter writer(path, tensors);
  for (const TensorInfo& info : writer.order()) {
    std::vector<uint8_t> bytes(info.size_bytes());
    const auto pattern = patterns.find(info.name);
    for (std::size_t i = 0; pattern != patterns.end() && i < bytes.size(); ++i) {
      bytes[i] = pattern->second[i % pattern->second.size()];
    }
    writer.write(bytes);
  }
  writer.commit();
  return path;
}

TensorInfo weight(Dtype dtype = Dtype::kF32, std::vector<int64_t> shape = {8, 3, 7, 7}) {
  return {kWeight, dtype, std::move(shape)};
}
TensorInfo bias(Dtype dtype = Dtype::kF32, std::vector<int64_t> shape = {8}) {
  return {kBias, dtype, std::move(shape)};
}

TEST_CASE("every type of real numbers, with or without what data-parallel training writes before names") {
  const Scratch scratch;
  const std::vector<std::pair<Dtype, std::vector<uint8_t>>> patterns{
      {Dtype::kF32, bytes_of<float>({1, -2, 0.25})},
      {Dtype::kF64, bytes_of<double>({1, -2, 0.25})},
      {Dtype::kF16, bytes_of<uint16_t>({0x3C00, 0xC000, 0x3400})},
      {Dtype::kBF16, bytes_of<uint16_t>({0x3F80, 0xC000, 0x3E80})}};
  for (const auto& [dtype, pattern] : patterns) {
    const std::string path = written(scratch / "a.safetensors", {weight(dtype), bias()}, {{kWeight, pattern}});
    const PaWeights read = read_pa_weights(path);
    REQUIRE(read.kernel.size() == 1176);
    CHECK(std::vector<float>(read.kernel.begin(), read.kernel.begin() + 4) == std::vector<float>{1, -2, 0.25, 1});
    CHECK(read.file.path == path);
    CHECK(read.file.sha256.size() == 64);
  }
  // The smallest half, and one below the normal ones.
  const std::string small = written(scratch / "small.safetensors", {weight(Dtype::kF16), bias()},
                                    {{kWeight, bytes_of<uint16_t>({0x0001, 0x8200, 0x7BFF})}});
  const PaWeights halves = read_pa_weights(small);
  CHECK(halves.kernel[0] == std::bit_cast<float>(0x33800000U));
  CHECK(halves.kernel[1] == -512.0F / (1 << 24));
  CHECK(halves.kernel[2] == 65504.0F);

  TensorInfo parallel = weight();
  parallel.name = std::string("module.") + kWeight;
  CHECK(read_pa_weights(written(scratch / "m.safetensors", {parallel, bias()})).kernel.size() == 1176);
}

TEST_CASE("what does not fit is a usage error that names the file") {
  const Scratch scratch;
  const std::string path = scratch / "bad.safetensors";
  const auto refuses = [&](const std::vector<TensorInfo>& tensors, const std::string& message,
                           const std::map<std::string, std::vector<uint8_t>>& patterns = {}) {
    CHECK_THROWS_WITH_AS((void)read_pa_weights(written(path, tensors, patterns)),
                         ("--weights " + path + ": " + message).c_str(), UsageError);
  };
  refuses({bias()}, "no PA.shallow_conv.weight among its 1 tensors (give a checkpoint of PAN)");
  refuses({weight()}, "no PA.shallow_conv.bias among its 1 tensors (give a checkpoint of PAN)");
  refuses({weight(Dtype::kF32, {8, 1, 7, 7}), bias()},
          "PA.shallow_conv.weight has the shape [8, 1, 7, 7], not [8, 3, 7, 7] (give a checkpoint of PAN for RGB)");
  refuses({weight(), bias(Dtype::kF32, {8, 1})},
          "PA.shallow_conv.bias has the shape [8, 1], not [8] (give a checkpoint of PAN for RGB)");
  refuses({weight(Dtype::kI32), bias()}, "PA.shallow_conv.weight is of type int32 (give weights as real numbers)");
  refuses({weight(Dtype::kF16), bias()}, "PA.shallow_conv.weight has a value that is not finite",
          {{kWeight, bytes_of<uint16_t>({0x3C00, 0x7C00})}});
  refuses({weight(), bias()}, "PA.shallow_conv.bias has a value that is not finite",
          {{kBias, bytes_of<uint32_t>({0x7FC00000})}});
  write_file_atomically(path, "no checkpoint");
  CHECK_THROWS_AS((void)read_pa_weights(path), UsageError);
}

}  // namespace
}  // namespace vs::jobs
