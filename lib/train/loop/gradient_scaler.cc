#include "lib/train/loop/gradient_scaler.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "lib/core/error.h"

namespace vs::train {
namespace {

constexpr double kGrowth = 2, kBackoff = 0.5;
constexpr int64_t kGoodUpdates = 2000;
/// Gradients that are beyond float16 even so are above 6e7: no training comes back from there. From the first scale on
/// it is passed by the 27th update in a row that is left out.
constexpr double kLeastScale = 0x1p-10;
/// Beyond it the inverse is no normal number of single precision.
constexpr double kMostScale = 0x1p126;

constexpr const char* kScale = "scale";
constexpr const char* kGood = "good_updates";

double number_of(const std::vector<std::pair<std::string, at::Tensor>>& state, const char* name) {
  const auto found = std::find_if(state.begin(), state.end(), [&](const auto& entry) { return entry.first == name; });
  if (found == state.end() || found->second.numel() != 1)
    throw DataError("loss scale", fmt::format("the state of the run has no number {}", name));
  return found->second.item<double>();
}

}  // namespace

bool GradientScaler::unscale(const std::vector<at::Tensor>& gradients) const {
  if (gradients.empty()) return true;
  const at::NoGradGuard no_gradients;
  const at::TensorOptions options = gradients.front().options().dtype(at::kFloat);
  at::Tensor bad = at::zeros({1}, options);
  at::_amp_foreach_non_finite_check_and_unscale_(gradients, bad, at::full({1}, 1 / scale_, options));
  return bad.item<float>() == 0;
}

void GradientScaler::update(bool finite, int64_t iteration) {
  if (!finite) {
    scale_ *= kBackoff;
    good_updates_ = 0;
    if (scale_ >= kLeastScale) return;
    throw DataError(fmt::format("iteration {}", iteration),
                    "gradients are not finite in float16, however small the loss is scaled",
                    "--dtype bfloat16 has the range of float32; a lower learning rate or a warm-up may help; the last "
                    "checkpoint is as it was");
  }
  if (++good_updates_ < kGoodUpdates) return;
  scale_ = std::min(scale_ * kGrowth, kMostScale);
  good_updates_ = 0;
}

std::vector<std::pair<std::string, at::Tensor>> GradientScaler::state() const {
  const auto cpu = at::device(at::kCPU);
  return {{kScale, at::full({}, scale_, cpu.dtype(at::kDouble))},
          {kGood, at::full({}, good_updates_, cpu.dtype(at::kLong))}};
}

void GradientScaler::restore(const std::vector<std::pair<std::string, at::Tensor>>& state) {
  const double scale = number_of(state, kScale), good = number_of(state, kGood);
  int exponent = 0;
  const bool power_of_two = std::frexp(scale, &exponent) == 0.5;
  if (!power_of_two || scale < kLeastScale || scale > kMostScale)
    throw DataError("loss scale", fmt::format("{} is none", scale));
  if (!(good >= 0 && good < static_cast<double>(kGoodUpdates)))
    throw DataError("loss scale", fmt::format("{} good updates cannot be", good));
  scale_ = scale;
  good_updates_ = static_cast<int64_t>(good);
}

}  // namespace vs::train
