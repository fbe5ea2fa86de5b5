#include "lib/nn/adafocus/frame_order.h"

#include <fmt/format.h>

#include "lib/core/error.h"

namespace vs::nn {

std::vector<int64_t> coarse_to_fine_order(int64_t num_segments) {
  if (num_segments < 3 || num_segments > (int64_t{1} << 20))
    throw UsageError("num_segments", fmt::format("{} frames have no order from coarse to fine", num_segments),
                     "give 3 or more");
  const int64_t last = num_segments - 1;
  const auto count = static_cast<size_t>(num_segments);
  std::vector<int64_t> order;
  std::vector<bool> taken(count, false);
  const auto take = [&](int64_t frame) {
    if (taken[static_cast<size_t>(frame)]) return;
    taken[static_cast<size_t>(frame)] = true;
    order.push_back(frame);
  };
  for (const int64_t frame : {last / 2, int64_t{0}, last}) take(frame);
  for (int64_t intervals = 2; order.size() < count; intervals *= 2) {
    for (int64_t i = 0; i < intervals; ++i) take((last * i / intervals + last * (i + 1) / intervals) / 2);
  }
  return order;
}

}  // namespace vs::nn
