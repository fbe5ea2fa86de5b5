#include "lib/train/optimizers/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <numbers>

#include "lib/core/error.h"
#include "lib/nn/config.h"

namespace vs::train {
namespace {

constexpr double kLargestRate = 1e6;
constexpr int64_t kLargestUnit = int64_t{1} << 31;

}  // namespace

LearningRateSchedule::LearningRateSchedule(const nlohmann::ordered_json& config, int64_t epochs,
                                           int64_t iterations_per_epoch, const std::string& place)
    : epochs_(epochs), iterations_per_epoch_(iterations_per_epoch) {
  if (epochs < 1) throw UsageError(place, fmt::format("is for {} epochs, must be at least 1", epochs));
  if (iterations_per_epoch < 1)
    throw UsageError(place, fmt::format("is for {} iterations an epoch, must be at least 1", iterations_per_epoch));
  nn::Config reader(config, place);

  // mmcv raises the first letter of a policy in small letters.
  const std::map<std::string, Policy> policies{{"fixed", Policy::kFixed},
                                               {"Fixed", Policy::kFixed},
                                               {"step", Policy::kStep},
                                               {"Step", Policy::kStep},
                                               {"CosineAnnealing", Policy::kCosine}};
  policy_ = policies.at(reader.word("policy", "fixed", {"fixed", "Fixed", "step", "Step", "CosineAnnealing"}));
  by_epoch_ = reader.flag_or("by_epoch", true);
  epochs_ -= reader.integer_or("extra_epochs", 0, 0, epochs - 1);
  if (policy_ == Policy::kStep) {
    gamma_ = reader.number_or("gamma", gamma_, 0, kLargestRate);
    min_rate_ = reader.number_or("min_lr", 0, 0, kLargestRate);
    if (reader.has("step") && config.at("step").is_number())
      step_every_ = reader.integer("step", 1, kLargestUnit);
    else
      steps_ = reader.integers("step");
  } else if (policy_ == Policy::kCosine) {
    if (reader.has("min_lr") && reader.has("min_lr_ratio"))
      throw UsageError(reader.place_of("min_lr_ratio"), "is given beside min_lr", "give one of them");
    min_rate_ = reader.number_or("min_lr", 0, 0, kLargestRate);
    min_ratio_ = reader.number_or("min_lr_ratio", 0, 0, 1);
  }

  const std::map<std::string, Warmup> warmups{{"none", Warmup::kNone},
                                              {"linear", Warmup::kLinear},
                                              {"constant", Warmup::kConstant},
                                              {"exp", Warmup::kExponential}};
  warmup_ = warmups.at(reader.word("warmup", "none", {"none", "linear", "constant", "exp"}));
  warmup_ratio_ = reader.number_or("warmup_ratio", warmup_ratio_, 0, 1);
  warmup_iterations_ = reader.number_or("warmup_iters", 0, 0, kLargestRate);
  if (reader.flag_or("warmup_by_epoch", false)) warmup_iterations_ *= static_cast<double>(iterations_per_epoch);
  reader.finish();
  if (warmup_ != Warmup::kNone && warmup_iterations_ == 0)
    throw UsageError(reader.place_of("warmup_iters"), "is missing or 0", "say how long the warm-up is");
  if (warmup_ != Warmup::kNone && warmup_ratio_ == 0)
    throw UsageError(reader.place_of("warmup_ratio"), "0 is not above 0");
}

double LearningRateSchedule::rate(double base, int64_t iteration) const {
  if (warmup_ == Warmup::kNone) return regular(base, iteration);
  if (!by_epoch_) {
    const double now = regular(base, iteration);
    return static_cast<double>(iteration) < warmup_iterations_ ? warmed_up(now, iteration) : now;
  }
  // By epoch, the rate is set at the start of an epoch and in iterations that warm-up still reaches, not after them.
  const int64_t epoch_start = iteration / iterations_per_epoch_ * iterations_per_epoch_;
  const int64_t last_set = std::min(iteration, static_cast<int64_t>(std::floor(warmup_iterations_)));
  const double now = regular(base, iteration);
  if (last_set < epoch_start || static_cast<double>(last_set) >= warmup_iterations_) return now;
  return warmed_up(now, last_set);
}

double LearningRateSchedule::warmed_up(double regular, int64_t iteration) const {
  const double left = 1 - static_cast<double>(iteration) / warmup_iterations_;
  if (warmup_ == Warmup::kConstant) return regular * warmup_ratio_;
  if (warmup_ == Warmup::kLinear) return regular * (1 - left * (1 - warmup_ratio_));
  return regular * std::pow(warmup_ratio_, left);
}

double LearningRateSchedule::regular(double base, int64_t iteration) const {
  const int64_t progress = by_epoch_ ? iteration / iterations_per_epoch_ : iteration;
  if (policy_ == Policy::kFixed) return base;
  if (policy_ == Policy::kStep) return stepped(base, progress);
  const int64_t whole = by_epoch_ ? epochs_ : epochs_ * iterations_per_epoch_;
  const double share = std::min(1.0, static_cast<double>(progress) / static_cast<double>(whole));
  const double least = min_ratio_ > 0 ? base * min_ratio_ : min_rate_;
  return least + 0.5 * (base - least) * (std::cos(std::numbers::pi * share) + 1);
}

double LearningRateSchedule::stepped(double base, int64_t progress) const {
  int64_t taken = 0;
  if (step_every_ > 0) {
    taken = progress / step_every_;
  } else {
    const auto next = std::find_if(steps_.begin(), steps_.end(), [&](int64_t step) { return progress < step; });
    taken = next - steps_.begin();
  }
  return std::max(base * std::pow(gamma_, static_cast<double>(taken)), min_rate_);
}

}  // namespace vs::train
