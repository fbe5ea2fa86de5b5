#include "lib/nn/layers/temporal_shift.h"

#include <fmt/format.h>

#include "lib/core/error.h"
#include "lib/nn/device.h"

namespace vs::nn {

at::Tensor temporal_shift(const at::Tensor& x, int64_t segments, int64_t divisor) {
  if (x.size(0) % segments != 0)
    throw DataError("temporal shift", fmt::format("{} images are no multiple of {} segments", x.size(0), segments));
  if (const DeviceOperations* own = operations_of(x.device())) return own->temporal_shift(x, segments, divisor);
  // A copy in which two stretches of channels are written anew: it keeps the order in which the values lie in memory,
  // so that convolutions before and after agree on it.
  const int64_t fold = x.size(1) / divisor;
  at::Tensor result = x.clone();
  const auto part = [&](const at::Tensor& images, int64_t first_channel, int64_t first, int64_t end) {
    return images.unflatten(0, {x.size(0) / segments, segments})
        .slice(2, first_channel, first_channel + fold)
        .slice(1, first, end);
  };
  part(result, 0, 0, segments - 1).copy_(part(x, 0, 1, segments));
  part(result, 0, segments - 1, segments).zero_();
  part(result, fold, 1, segments).copy_(part(x, fold, 0, segments - 1));
  part(result, fold, 0, 1).zero_();
  return result;
}

}  // namespace vs::nn
