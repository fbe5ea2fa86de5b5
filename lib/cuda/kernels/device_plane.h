// Planes of decoded pictures in the memory of a GPU.
#pragma once

#include <cstdint>

namespace vs::cuda {

/// A borrowed plane of samples, rows `pitch` bytes apart (at least a row's own bytes; below 0 for rows bottom up).
struct DevicePlane {
  const uint8_t* data = nullptr;
  int64_t pitch = 0;
};

}  // namespace vs::cuda
