// The learning rate over a run.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace vs::train {

/// A recipe's `train.lr_config`, in mmcv's terms: policy (fixed, step, CosineAnnealing), step, gamma, min_lr,
/// min_lr_ratio, by_epoch, warmup (linear, constant, exp), warmup_iters, warmup_ratio, warmup_by_epoch. A pure function
/// of the iteration, so that a run that is resumed has the same rates.
class LearningRateSchedule {
 public:
  /// Throws UsageError naming the place of an unknown key or a value out of range.
  LearningRateSchedule(const nlohmann::ordered_json& config, int64_t epochs, int64_t iterations_per_epoch,
                       const std::string& place = "train.lr_config");

  /// For a group whose rate at the start is `base`, at iteration `iteration` from 0, counted over all epochs.
  /// With warm-up that ends within an epoch, its last value holds to the end of that epoch, as in mmcv.
  double rate(double base, int64_t iteration) const;

 private:
  enum class Policy { kFixed, kStep, kCosine };
  enum class Warmup { kNone, kLinear, kConstant, kExponential };
  double regular(double base, int64_t iteration) const;

  Policy policy_ = Policy::kFixed;
  Warmup warmup_ = Warmup::kNone;
  std::vector<int64_t> steps_;
  double gamma_ = 0.1, min_rate_ = 0, min_ratio_ = 0, warmup_ratio_ = 0.1, warmup_iterations_ = 0;
  bool by_epoch_ = true;
  int64_t epochs_, iterations_per_epoch_;
};

}  // namespace vs::train
