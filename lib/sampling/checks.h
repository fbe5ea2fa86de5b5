// Argument checks that all samplers share.
#pragma once

#include <cstdint>
#include <string>

namespace vs::sampling {

/// Throws DataError unless num_frames is at least 1.
void check_num_frames(int64_t num_frames);
/// Throws UsageError naming `what` unless value is in [minimum, 2^31).
void check_argument(const std::string& what, int64_t value, int64_t minimum = 1);
/// Throws UsageError naming the three unless a * b * c values, each checked before, are at most 2^28 frames.
void check_product(const std::string& what, int64_t a, int64_t b, int64_t c = 1);

}  // namespace vs::sampling
