// How the rows of a clip's images become one.
#pragma once

#include <cstdint>

#include "lib/nn/torch.h"

namespace vs::nn {

class Config;

enum class Consensus { kAverage, kMaximum };

/// The object under `key`, {"type": "AvgConsensus" or "MaxConsensus", "dim": 1}; `otherwise` if there is none.
Consensus read_consensus(Config& config, const char* key, Consensus otherwise, bool average_only = false);

/// x: [rows * segments, ...], the segments of a row consecutive. Returns [rows, segments, ...]. Throws DataError,
/// naming `place`, if the first axis is no multiple of `segments`.
at::Tensor by_segments(const at::Tensor& x, int64_t segments, const char* place);

/// x: [rows, segments, ...] to [rows, ...].
at::Tensor consensus(const at::Tensor& x, Consensus kind);

}  // namespace vs::nn
