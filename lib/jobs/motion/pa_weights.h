// The layer of PAN that --method pa computes, out of a checkpoint.
#pragma once

#include <string>
#include <vector>

#include "lib/store/manifest.h"

namespace vs::jobs {

struct PaWeights {
  std::vector<float> kernel;  ///< [8, 3, 7, 7], as motion::FeatureDifference takes it
  store::FileRecord file;     ///< the checkpoint that was read
};

/// Reads PA.shallow_conv.weight [8, 3, 7, 7] and checks PA.shallow_conv.bias [8], which cancels in a difference. Half,
/// bfloat16 and double become float. Throws UsageError, one line that names the file, if it is no checkpoint, lacks
/// one of the two, or one has another shape, no real numbers, or a value that is not finite.
/// Source: parameter names of PAN (Zhang et al., 2019), module PA.
PaWeights read_pa_weights(const std::string& path);

}  // namespace vs::jobs
