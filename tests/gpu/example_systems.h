// One small model of each kind of system, for tests of devices.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lib/systems/system.h"

namespace vs::cuda::testing {

struct Example {
  std::string recipe;
  std::vector<std::string> assignments;
  std::vector<int64_t> shape;  ///< of a batch
};

std::vector<Example> examples();

/// A system with weights drawn for it, on the CPU.
std::unique_ptr<systems::System> built(const Example& example);

/// Pictures without fine detail: a place that is rounded otherwise must not show.
at::Tensor video_batch(const Example& example);

/// Scores, or embeddings, of a result.
const at::Tensor& values_of(const systems::Result& result);

/// The largest difference, by the largest of b.
double distance(const at::Tensor& a, const at::Tensor& b);

}  // namespace vs::cuda::testing
