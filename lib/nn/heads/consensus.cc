#include "lib/nn/heads/consensus.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/nn/config.h"

namespace vs::nn {

Consensus read_consensus(Config& config, const char* key, Consensus otherwise, bool average_only) {
  if (!config.has(key)) {
    config.pass({key});
    return otherwise;
  }
  Config part = config.object(key);
  std::vector<std::string> types{"AvgConsensus"};
  if (!average_only) types.push_back("MaxConsensus");
  const std::string type = part.word("type", types.front(), types);
  part.integer_or("dim", 1, 1, 1);
  part.finish();
  return type == "MaxConsensus" ? Consensus::kMaximum : Consensus::kAverage;
}

at::Tensor by_segments(const at::Tensor& x, int64_t segments, const char* place) {
  if (segments < 1 || x.size(0) % segments != 0)
    throw DataError(place, fmt::format("{} images are no multiple of {} segments", x.size(0), segments));
  return x.unflatten(0, {x.size(0) / segments, segments});
}

at::Tensor consensus(const at::Tensor& x, Consensus kind) {
  return kind == Consensus::kMaximum ? x.amax(1) : x.mean(1);
}

}  // namespace vs::nn
