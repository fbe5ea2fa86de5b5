// Mixup: training on pairs of videos, blended.
#pragma once

#include "lib/nn/noise.h"
#include "lib/train/task.h"

namespace vs::train {

/// A draw of Beta(alpha, alpha), alpha > 0, by two gamma variates. Source: Marsaglia, Tsang, "A simple method for
/// generating gamma variables", ACM TOMS 26 (2000).
double draw_beta(double alpha, nn::NoiseSource& noise);

/// weight * video i + (1 - weight) * video order[i], imgs and labels alike. labels: [N, C] rows; order: [N] indices.
/// Source: Zhang et al., "mixup: beyond empirical risk minimization", ICLR 2018.
Batch mixed(const Batch& batch, double weight, const at::Tensor& order);

/// mixed() with a weight of Beta(alpha, alpha), then a random order, one of each a batch.
Batch mixed_up(const Batch& batch, double alpha, nn::NoiseSource& noise);

}  // namespace vs::train
