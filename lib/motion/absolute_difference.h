// Mean absolute difference of two pictures, sample by sample.
#pragma once

#include "lib/media/frame_source.h"

namespace vs::motion {

/// Mean of |a - b| over all samples of two 8-bit pictures of one size and channel count, in [0, 255]. The sum is exact.
/// Throws DataError if sizes or channels differ or a picture is empty.
double mean_absolute_difference(const media::ImageView& a, const media::ImageView& b);

/// The same for planes of 8 to 16 significant bits, in the samples' own units, [0, 2^bits - 1].
/// Throws DataError if sizes or bits differ, bits are not 8 to 16, or a plane is empty.
double mean_absolute_difference(const media::PlaneView& a, const media::PlaneView& b);

}  // namespace vs::motion
