// The temporal shift of TSM (Lin, Gan, Han: TSM, ICCV 2019).
#pragma once

#include <cstdint>

#include "lib/nn/torch.h"

namespace vs::nn {

/// x: [N * segments, C, H, W], segments consecutive. With fold = C / divisor (down): channels [0, fold) get the next
/// segment's values, [fold, 2 fold) the previous one's, zeros beyond the ends; the rest stay.
/// Throws DataError if the first axis is no multiple of `segments`.
at::Tensor temporal_shift(const at::Tensor& x, int64_t segments, int64_t divisor);

}  // namespace vs::nn
