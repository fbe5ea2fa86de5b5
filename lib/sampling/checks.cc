#include "lib/sampling/checks.h"

#include <fmt/format.h>

#include "lib/core/error.h"

namespace vs::sampling {

void check_num_frames(int64_t num_frames) {
  if (num_frames < 1) throw DataError("video", fmt::format("{} frames", num_frames), "sampling needs at least one");
}

void check_argument(const std::string& what, int64_t value, int64_t minimum) {
  if (value < minimum) throw UsageError(fmt::format("{} {}", what, value), fmt::format("must be at least {}", minimum));
  if (value > 2147483647) throw UsageError(fmt::format("{} {}", what, value), "must be below 2^31");
}

void check_product(const std::string& what, int64_t a, int64_t b, int64_t c) {
  constexpr int64_t kMost = int64_t{1} << 28;
  if (a > kMost || b > kMost / a || c > kMost / (a * b))
    throw UsageError(what, fmt::format("asks for more than {} frames of a video", kMost));
}

}  // namespace vs::sampling
