// What checkers of training share: draws that a case states, gradients by name, steps.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "lib/nn/noise.h"
#include "lib/train/optimizers/optimizer.h"
#include "lib/train/task.h"
#include "tests/golden/nn/network.h"

namespace vs::golden {

/// Draws that a case states, handed out in the order in which they were added, in the type asked for.
class StatedNoise : public nn::NoiseSource {
 public:
  void add_uniform(at::Tensor draws) { uniform_.push_back(std::move(draws)); }
  void add_normal(at::Tensor draws) { normal_.push_back(std::move(draws)); }
  /// Both throw DataError where the next draws have another number of elements, or where there are none; the shape
  /// becomes that asked for.
  at::Tensor uniform(at::IntArrayRef shape, const at::TensorOptions& options) override;
  at::Tensor normal(at::IntArrayRef shape, const at::TensorOptions& options) override;
  bool used_up() const { return uniform_.empty() && normal_.empty(); }

 private:
  std::deque<at::Tensor> uniform_, normal_;
};

/// Puts layers of such kinds ("DropPath", "Dropout") in evaluation mode, for cases that state that nothing is dropped.
/// prepare_training() undoes it.
void switch_off(nn::Module& module, const std::vector<std::string>& kinds);

/// The entry of that name; DataError if there is none.
at::Tensor& entry_of(nn::Module& module, const std::string& name);
/// Its gradient, undefined if nothing reached it.
at::Tensor gradient_of(nn::Module& module, const std::string& name);
/// Names of the parameters that have a gradient, in the module's order.
std::vector<std::string> names_with_gradient(nn::Module& module);

/// The first `count` elements, or all if there are fewer: [at most count].
at::Tensor first_elements(const at::Tensor& tensor, int64_t count);
/// Square root of the sum of squares, computed in double: a scalar.
at::Tensor norm_of(const at::Tensor& tensor);
/// A row a tensor: its norm, its first `count` elements, zeros where it has fewer. [tensors, 1 + count], double.
at::Tensor norms_and_firsts(const std::vector<at::Tensor>& tensors, int64_t count);

/// {"max_norm", "norm_type"} as a case states it; null or absent: no clipping.
struct Clipping {
  double max_norm, norm_type = 2;
};
std::optional<Clipping> stated_clipping(const nlohmann::json& parameters, const std::string& key = "grad_clip");

struct Step {
  train::Losses losses;
  double gradient_norm = 0;  ///< before clipping; 0 where nothing is clipped
};
/// Gradients forgotten, losses, gradients; then `before_clipping`, clipping, the optimiser's step.
Step run_step(train::Task& task, train::Optimizer& optimizer, const train::Batch& batch,
              const std::optional<Clipping>& clipping, const std::function<void(const Step&)>& before_clipping = {});
/// The logged part of that name; DataError if there is none.
at::Tensor part_of(const train::Losses& losses, const std::string& name);

}  // namespace vs::golden
