// How OCSampler's exploration fades over a run.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace vs::train {

/// The weight of the entropy in the policy's loss: a recipe's `train.adjust_parameters` {base_ratio (0.5), min_ratio
/// (0), by_epoch (false), style (cos)}. With e the share of the run that is done, by iterations or, with by_epoch, by
/// whole epochs: cos: min + (base - min) (1 + cos(pi e)) / 2; step, despite its name: base - (base - min) e.
/// Source: OCSampler, Lin et al., CVPR 2022, ParamAdjusterHook.
class ExploreSchedule {
 public:
  /// Throws UsageError naming the place of an unknown key or a value out of range.
  explicit ExploreSchedule(const nlohmann::ordered_json& config, const std::string& place = "train.adjust_parameters");

  /// What holds in iteration `iteration` of `iterations`, both counted over all epochs; iterations_per_epoch >= 1
  /// divides `iterations`.
  double rate(int64_t iteration, int64_t iterations, int64_t iterations_per_epoch) const;

 private:
  enum class Style { kCosine, kLinear };
  Style style_ = Style::kCosine;
  double base_ = 0.5, least_ = 0;
  bool by_epoch_ = false;
};

/// The temperature of OCSampler's Gumbel-softmax modes, which none of its published trainings uses: at epoch `epoch`
/// from 0, initial * exp(-decay * epoch). A decay of 0 keeps it.
double gumbel_temperature(double initial, int64_t epoch, double decay = 0.045);

}  // namespace vs::train
