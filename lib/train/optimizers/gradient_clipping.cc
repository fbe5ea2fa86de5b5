#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "lib/core/error.h"
#include "lib/train/optimizers/optimizer.h"

namespace vs::train {
namespace {

constexpr int64_t kRow = 4096;

/// Numbers whose norm together is that of the gradients, in double. Single-precision sums of millions of squares lose
/// up to a thousandth on one thread of the CPU, so that rows of a gradient are summed apart there.
at::Tensor partial_norms(const std::vector<at::Tensor>& gradients, double norm_type) {
  if (!gradients.front().is_cpu()) return at::stack(at::_foreach_norm(gradients, norm_type)).to(at::kDouble);
  std::vector<at::Tensor> norms;
  for (const at::Tensor& gradient : gradients) {
    // The order of the elements does not matter: as they lie in memory.
    const at::Tensor flat =
        gradient.is_non_overlapping_and_dense() ? gradient.as_strided({gradient.numel()}, {1}) : gradient.flatten();
    const int64_t whole = flat.numel() / kRow * kRow;
    if (whole > 0) norms.push_back(at::linalg_vector_norm(flat.slice(0, 0, whole).view({-1, kRow}), norm_type, 1));
    if (whole < flat.numel()) norms.push_back(at::linalg_vector_norm(flat.slice(0, whole), norm_type).reshape({1}));
  }
  return at::cat(norms).to(at::kDouble);
}

}  // namespace

double clip_gradients(const Optimizer& optimizer, double max_norm, double norm_type) {
  if (!(max_norm >= 0)) throw UsageError("grad_clip.max_norm", fmt::format("{} is not at least 0", max_norm));
  if (norm_type != 2 && norm_type != std::numeric_limits<double>::infinity())
    throw UsageError("grad_clip.norm_type", fmt::format("{} is neither 2 nor infinity", norm_type));
  const at::NoGradGuard no_grad;
  const std::vector<at::Tensor> gradients = gradients_of(optimizer).tensors;
  if (gradients.empty()) return 0;
  const double norm = at::linalg_vector_norm(partial_norms(gradients, norm_type), norm_type).item<double>();
  if (!std::isfinite(norm)) {
    throw DataError("gradients", fmt::format("their norm is {}", norm),
                    "lower the learning rate, or look for bad values in the data");
  }
  if (const double scale = max_norm / (norm + 1e-6); scale < 1) at::_foreach_mul_(gradients, scale);
  return norm;
}

}  // namespace vs::train
