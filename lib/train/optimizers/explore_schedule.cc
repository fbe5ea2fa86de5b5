#include "lib/train/optimizers/explore_schedule.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "lib/nn/config.h"

namespace vs::train {
namespace {

constexpr double kLargestRatio = 1e6;

}  // namespace

ExploreSchedule::ExploreSchedule(const nlohmann::ordered_json& config, const std::string& place) {
  nn::Config reader(config, place);
  base_ = reader.number_or("base_ratio", base_, 0, kLargestRatio);
  least_ = reader.number_or("min_ratio", least_, 0, kLargestRatio);
  by_epoch_ = reader.flag_or("by_epoch", by_epoch_);
  style_ = reader.word("style", "cos", {"cos", "step"}) == "cos" ? Style::kCosine : Style::kLinear;
  reader.finish();
}

double ExploreSchedule::rate(int64_t iteration, int64_t iterations, int64_t iterations_per_epoch) const {
  const int64_t done = by_epoch_ ? iteration / iterations_per_epoch * iterations_per_epoch : iteration;
  const double share = static_cast<double>(done) / static_cast<double>(iterations);
  if (style_ == Style::kLinear) return base_ - share * (base_ - least_);
  return least_ + 0.5 * (base_ - least_) * (1 + std::cos(std::numbers::pi * share));
}

double gumbel_temperature(double initial, int64_t epoch, double decay) {
  return initial * std::exp(-decay * static_cast<double>(epoch));
}

}  // namespace vs::train
