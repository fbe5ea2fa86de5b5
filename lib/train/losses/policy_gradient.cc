#include "lib/train/losses/policy_gradient.h"

#include <fmt/format.h>

#include <tuple>
#include <vector>

#include "lib/core/error.h"
#include "lib/systems/frame_chooser.h"

namespace vs::train {
namespace {

at::Tensor by_time(const at::Tensor& frames) { return std::get<0>(frames.sort(1)); }

void check_chosen(int64_t chosen, int64_t frames) {
  if (chosen < 1 || chosen > frames)
    throw UsageError("num_segments", fmt::format("{} of {} frames cannot be chosen", chosen, frames));
}

/// Of probabilities [B, ..., C] those of the labels [B], [B, ...].
at::Tensor of_labels(const at::Tensor& probabilities, const at::Tensor& labels) {
  std::vector<int64_t> shape(static_cast<size_t>(probabilities.dim()), 1);
  shape[0] = labels.size(0);
  std::vector<int64_t> wanted = probabilities.sizes().vec();
  wanted.back() = 1;
  return probabilities.gather(-1, labels.view(shape).expand(wanted)).squeeze(-1);
}

}  // namespace

PolicyDraws draw_policy(nn::NoiseSource& source, int64_t videos, int64_t frames, const at::TensorOptions& options,
                        const PolicyOptions& policy) {
  check_chosen(policy.chosen, frames);
  PolicyDraws draws;
  if (!policy.trains_sampler) return draws;
  draws.noise = exponential_noise(source.uniform({videos, frames}, options));
  switch (policy.baseline) {
    case Baseline::kDrawn:
      draws.baseline = exponential_noise(source.uniform({videos, frames}, options));
      break;
    case Baseline::kSegments: {
      const int64_t length = frames / policy.chosen;
      const at::Tensor uniform = source.uniform({videos, policy.chosen}, options);
      draws.baseline = (uniform * length).to(at::kLong).clamp_max(length - 1);
      break;
    }
    case Baseline::kRandom:
      draws.baseline = systems::largest_positions(source.uniform({videos, frames}, options), policy.chosen);
      break;
    case Baseline::kMostProbable:
      break;
  }
  return draws;
}

at::Tensor segment_starts(int64_t frames, int64_t chosen) {
  check_chosen(chosen, frames);
  return at::linspace(0, frames - frames / chosen, chosen, at::device(at::kCPU).dtype(at::kLong));
}

at::Tensor baseline_frames(const at::Tensor& probabilities, const PolicyDraws& draws, const PolicyOptions& policy) {
  const int64_t frames = probabilities.size(1);
  check_chosen(policy.chosen, frames);
  switch (policy.baseline) {
    case Baseline::kDrawn: {
      const at::Tensor drawn = draw_without_replacement(probabilities, draws.baseline, policy.chosen);
      return policy.keeps_draw_order ? drawn : by_time(drawn);
    }
    case Baseline::kSegments:
      return segment_starts(frames, policy.chosen).to(draws.baseline.device()) + draws.baseline;
    case Baseline::kRandom:
      return by_time(draws.baseline);
    case Baseline::kMostProbable:
      break;
  }
  return by_time(systems::largest_positions(probabilities.detach(), policy.chosen));
}

at::Tensor label_reward(const at::Tensor& probabilities, const at::Tensor& labels) {
  const at::Tensor values = probabilities.detach();
  const auto [largest, best] = values.max(-1);
  const at::Tensor of_label = of_labels(values, labels);
  std::vector<int64_t> shape(static_cast<size_t>(best.dim()), 1);
  shape[0] = labels.size(0);
  return at::where(best == labels.view(shape), of_label, of_label - largest);
}

at::Tensor best_frame_reward(const at::Tensor& probabilities, const at::Tensor& labels) {
  return of_labels(probabilities.detach(), labels).amax(1);
}

at::Tensor entropy_of_logits(const at::Tensor& logits) {
  const at::Tensor logarithms = at::log_softmax(logits, 1);
  return -(logarithms.exp() * logarithms).sum(1);
}

at::Tensor policy_loss(const at::Tensor& advantage, const at::Tensor& log_probability, const at::Tensor& entropy,
                       double explore_rate) {
  at::Tensor gain = advantage.detach() * log_probability;
  if (entropy.defined()) gain = gain + entropy * explore_rate;
  return -gain.mean();
}

}  // namespace vs::train
