// The learning rate over a run.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace vs::train {

/// A recipe's `train.lr_config`, in mmcv's terms. A pure function of the iteration, so that a run that is resumed has
/// the same rates.
///
/// policy: fixed (also where it is missing); step: the rate times `gamma` (0.1) at every unit listed in `step`, or
/// every `step` units where that is a number, not below `min_lr`; CosineAnnealing: from the group's rate r down to m by
/// m + (r - m) (1 + cos(pi u / U)) / 2, where m is `min_lr` or `min_lr_ratio` times r (0). Units u are epochs, with
/// `by_epoch` false iterations; U is how many the run has.
/// warmup: linear, constant or exp, for the first `warmup_iters` iterations (epochs, and parts of one, with
/// warmup_by_epoch), from `warmup_ratio` (0.1) times the policy's rate on.
/// extra_epochs (0): that many epochs of the run come after the schedule's end: U is short of them, and in them a
/// cosine stays at m. AdaFocusV2 trains epochs 0 to 50 with a cosine over 50: 51 epochs with 1 extra.
class LearningRateSchedule {
 public:
  /// epochs: of the run, the extra ones with them. Throws UsageError naming the place of an unknown key or a value out
  /// of range.
  LearningRateSchedule(const nlohmann::ordered_json& config, int64_t epochs, int64_t iterations_per_epoch,
                       const std::string& place = "train.lr_config");

  /// For a group whose rate at the start is `base`, at iteration `iteration` from 0, counted over all epochs.
  /// With warm-up that ends within an epoch, its last value holds to the end of that epoch, as in mmcv.
  double rate(double base, int64_t iteration) const;

 private:
  enum class Policy { kFixed, kStep, kCosine };
  enum class Warmup { kNone, kLinear, kConstant, kExponential };
  double regular(double base, int64_t iteration) const;
  double stepped(double base, int64_t progress) const;
  /// What warm-up makes of the policy's rate.
  double warmed_up(double regular, int64_t iteration) const;

  Policy policy_ = Policy::kFixed;
  Warmup warmup_ = Warmup::kNone;
  std::vector<int64_t> steps_;
  int64_t step_every_ = 0;  ///< instead of steps_ where above 0
  double gamma_ = 0.1, min_rate_ = 0, min_ratio_ = 0, warmup_ratio_ = 0.1, warmup_iterations_ = 0;
  bool by_epoch_ = true;
  int64_t epochs_, iterations_per_epoch_;
};

}  // namespace vs::train
