#include "lib/jobs/motion/pa_weights.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

#include "lib/core/error.h"
#include "lib/motion/feature_difference.h"
#include "lib/weights/checkpoint.h"

namespace vs::jobs {
namespace {

using motion::FeatureDifference;
using weights::Dtype;

// Sign, 5 bits of exponent, 10 bits of fraction.
float from_half(uint16_t bits) {
  const int exponent = (bits >> 10) & 31, fraction = bits & 1023;
  float value = 0;
  if (exponent == 31) {
    value = fraction == 0 ? std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN();
  } else if (exponent == 0) {
    value = std::ldexp(static_cast<float>(fraction), -24);
  } else {
    value = std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
  }
  return (bits & 0x8000) != 0 ? -value : value;
}

template <class T>
T value_at(const std::vector<uint8_t>& bytes, std::size_t index) {
  T value{};
  std::memcpy(&value, bytes.data() + index * sizeof value, sizeof value);
  return value;
}

float number_at(const std::vector<uint8_t>& bytes, std::size_t index, Dtype dtype) {
  switch (dtype) {
    case Dtype::kF64:
      return static_cast<float>(value_at<double>(bytes, index));
    case Dtype::kF16:
      return from_half(value_at<uint16_t>(bytes, index));
    case Dtype::kBF16:
      return std::bit_cast<float>(static_cast<uint32_t>(value_at<uint16_t>(bytes, index)) << 16);
    default:
      return value_at<float>(bytes, index);
  }
}

bool is_real(Dtype dtype) {
  return dtype == Dtype::kF32 || dtype == Dtype::kF64 || dtype == Dtype::kF16 || dtype == Dtype::kBF16;
}

std::vector<float> read_entry(const weights::Checkpoint& checkpoint, const char* name,
                              const std::vector<int64_t>& shape) {
  const auto index = checkpoint.find(name);
  if (!index) {
    throw DataError(checkpoint.path(), fmt::format("no {} among its {} tensors", name, checkpoint.tensors().size()),
                    "give a checkpoint of PAN");
  }
  const weights::TensorInfo& info = checkpoint.tensors()[*index];
  if (info.shape != shape) {
    throw DataError(
        checkpoint.path(),
        fmt::format("{} has the shape {}, not {}", name, weights::shape_text(info.shape), weights::shape_text(shape)),
        "give a checkpoint of PAN for RGB");
  }
  if (!is_real(info.dtype)) {
    throw DataError(checkpoint.path(), fmt::format("{} is of type {}", name, weights::name_of(info.dtype)),
                    "give weights as real numbers");
  }
  const std::vector<uint8_t> bytes = checkpoint.read(*index);
  std::vector<float> values(info.num_elements());
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = number_at(bytes, i, info.dtype);
    if (!std::isfinite(values[i])) {
      throw DataError(checkpoint.path(), fmt::format("{} has a value that is not finite", name));
    }
  }
  return values;
}

}  // namespace

PaWeights read_pa_weights(const std::string& path) {
  try {
    const weights::Checkpoint checkpoint = weights::Checkpoint::open(path);
    PaWeights result;
    result.kernel = read_entry(checkpoint, "PA.shallow_conv.weight",
                               {FeatureDifference::kOutputs, FeatureDifference::kInputs, FeatureDifference::kKernel,
                                FeatureDifference::kKernel});
    (void)read_entry(checkpoint, "PA.shallow_conv.bias", {FeatureDifference::kOutputs});
    result.file = store::file_record(path);
    return result;
  } catch (const DataError& error) {
    // Without the weights the run cannot start.
    throw UsageError("--weights " + error.place(), error.finding(), error.hint());
  }
}

}  // namespace vs::jobs
