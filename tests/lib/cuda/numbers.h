// Numbers for the tests of this room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace vs::cuda::testing {

inline std::vector<uint8_t> random_bytes(std::size_t count, uint32_t seed) {
  std::mt19937 generator(seed);
  std::vector<uint8_t> bytes(count);
  for (auto& byte : bytes) byte = static_cast<uint8_t>(generator());
  return bytes;
}

/// Standard normal.
inline std::vector<float> random_floats(std::size_t count, uint32_t seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (auto& value : values) value = normal(generator);
  return values;
}

}  // namespace vs::cuda::testing
