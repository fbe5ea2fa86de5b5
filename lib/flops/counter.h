// Counts what a module does by watching it run on tensors without values.
#pragma once

#include <functional>
#include <string>

#include "lib/flops/cost.h"
#include "lib/nn/module.h"

namespace vs::flops {

/// Runs `forward`, which runs `root` (or parts of it) on meta tensors, and gives every module below `root` what ran in
/// it: the operations between its beginning and its end that no module inside it ran. Operations outside of all modules
/// count for the root, which is named `name`. Modules that did not run have costs of zero and no output.
/// Nothing is computed and no memory is taken. Throws RunError naming an operation that has no known cost, and the
/// module that called it, and DataError where an operation refuses the shapes; vs's own errors go through.
CostNode count_forward(nn::Module& root, const std::string& name, const std::function<void()>& forward);

/// A tensor without values, float32, on the meta device.
at::Tensor shape_only(const std::vector<int64_t>& shape);

}  // namespace vs::flops
