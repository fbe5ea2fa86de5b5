// Pictures of a run: loss, learning rate and validation, from what its log holds.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "lib/train/records/metrics_log.h"

namespace vs::train {

/// A running mean that forgets: each value weighs `weight` times as much as the one after it, and the weights sum to 1
/// at every place, so that it begins with the first value. weight in [0, 1); 0: the values themselves. Values that are
/// not finite stay and change nothing after them.
std::vector<double> smoothed(std::span<const double> values, double weight);

struct CurveOptions {
  std::string title = "training";
  double smoothing = 0.9;  ///< of what the training steps gave
};

/// The curves as an SVG document: losses over iterations, smoothed, with those of validations; other parts of the
/// training steps (accuracies, the loss scale), smoothed too; learning rates, groups with equal rates as one; metrics
/// of validations by epoch, those within 0..1 in one chart, others in one each. All lie below each other with the same
/// moments above each other. A chart without values is left out; without records it says "no data". Equal records give
/// equal bytes.
std::string draw_curves(const std::vector<LogRecord>& records, const CurveOptions& options = {});

}  // namespace vs::train
