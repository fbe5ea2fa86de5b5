// How the values of images lie in memory.
#pragma once

#include <cstdint>

namespace vs::cuda {

/// Elements from one index to the next along each axis of [N, C, H, W]; any, channels last too.
struct ImageStrides {
  int64_t image = 0, channel = 0, row = 0, column = 0;
};

}  // namespace vs::cuda
