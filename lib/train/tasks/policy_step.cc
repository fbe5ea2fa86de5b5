#include "lib/train/tasks/policy_step.h"

#include <optional>
#include <tuple>
#include <utility>

#include "lib/systems/frame_chooser.h"
#include "lib/train/losses/precision.h"

namespace vs::train {
namespace {

/// Rewards [B] of the two choices; no baseline where there is nothing to compare with.
struct Rewards {
  at::Tensor chosen, baseline;
  at::Tensor advantage() const { return baseline.defined() ? chosen - baseline : chosen; }
};

/// The step's values, shared by what computes its parts.
struct Stage {
  const at::Tensor& imgs;
  const at::Tensor& classes;  ///< [B]: labels as one class each
  const FrameClassifier& classifier;
  const PolicyOptions& policy;
  FrameClassifier::Features features;
};

/// Frames in the order in which they were chosen become those that the classifier gets.
at::Tensor ordered(const at::Tensor& chosen, const PolicyOptions& policy) {
  return policy.keeps_draw_order ? chosen : std::get<0>(chosen.sort(1));
}

at::Tensor reward_of(const Stage& stage, const at::Tensor& frames, const at::Tensor& features,
                     const at::Tensor& scores) {
  const at::NoGradGuard no_gradients;
  switch (stage.policy.reward) {
    case Reward::kHighestScore:
      return scores.amax(1);
    case Reward::kEachFrame:
      return label_reward(stage.classifier.frame_probabilities(stage.imgs, frames, features), stage.classes).mean(1);
    case Reward::kBestFrame:
      return best_frame_reward(stage.classifier.frame_probabilities(stage.imgs, frames, features), stage.classes);
    case Reward::kLabel:
      break;
  }
  return label_reward(stage.classifier.probabilities(scores), stage.classes);
}

/// The classifier's work, with gradients only where it is trained.
Rewards judge(Stage& stage, PolicyStep& step) {
  const PolicyOptions& policy = stage.policy;
  const bool compares = policy.trains_sampler && policy.reward != Reward::kBestFrame;
  const int64_t count = step.frames.size(1);
  Rewards rewards;
  {
    std::optional<at::NoGradGuard> no_gradients;
    if (!policy.trains_classifier) no_gradients.emplace();
    stage.features = stage.classifier.look(stage.imgs, step.frames, compares ? step.baseline_frames : at::Tensor());
    step.scores = stage.classifier.scores(stage.features.first, count);
  }
  rewards.chosen = reward_of(stage, step.frames, stage.features.first, step.scores.detach());
  if (compares) {
    const at::NoGradGuard no_gradients;
    step.baseline_scores = stage.classifier.scores(stage.features.second, count);
    rewards.baseline = reward_of(stage, step.baseline_frames, stage.features.second, step.baseline_scores);
  } else if (policy.reward != Reward::kBestFrame) {
    step.baseline_scores = step.scores.detach();
    rewards.baseline = rewards.chosen;
  }
  return rewards;
}

void log(PolicyStep& step, const char* name, const at::Tensor& value) {
  step.losses.parts.emplace_back(name, value.detach().mean());
}

/// loss_cls leads: what the step adds to the head's own parts.
void log_first(PolicyStep& step, Losses head, const at::Tensor& loss) {
  step.losses.parts = std::move(head.parts);
  for (auto& [name, value] : step.losses.parts) {
    if (name == "loss_cls") value = loss.detach();
  }
}

}  // namespace

PolicyStep policy_step(const at::Tensor& logits, const at::Tensor& imgs, const at::Tensor& labels,
                       const FrameClassifier& classifier, const HeadTraining& head, const PolicyDraws& draws,
                       const PolicyOptions& policy) {
  const at::Tensor wide = widened(logits);
  const at::Tensor probabilities = at::softmax(wide, 1);
  PolicyStep step;
  at::Tensor chosen;
  if (policy.trains_sampler) {
    chosen = draw_without_replacement(probabilities, draws.noise, policy.chosen);
    step.frames = ordered(chosen, policy);
    step.baseline_frames = baseline_frames(probabilities, draws, policy);
  } else {
    chosen = ordered(systems::largest_positions(probabilities.detach(), policy.chosen_at_test), policy);
    step.frames = step.baseline_frames = chosen;
  }
  step.chosen_probabilities = probabilities.detach().gather(1, chosen);

  const at::Tensor on_device = labels.to(wide.device());
  const at::Tensor classes = on_device.dim() == 2 ? on_device.argmax(1) : on_device;
  Stage stage{imgs, classes, classifier, policy, {}};
  const Rewards rewards = judge(stage, step);
  Losses by_head = classify(step.scores, labels, head);

  // The probabilities' own gradient matters only where the sampler is trained.
  at::Tensor log_probability, entropy, policy_part;
  if (policy.trains_sampler) {
    log_probability = set_log_probability(probabilities, chosen, policy.probability, policy.renormalised);
    if (!policy.trains_classifier && policy.explore_rate != 0) entropy = entropy_of_logits(wide);
    policy_part = policy_loss(rewards.advantage(), log_probability, entropy, policy.explore_rate);
  }
  if (!policy.trains_sampler) {
    step.losses.total = by_head.total;
    log_first(step, std::move(by_head), step.losses.total);
  } else if (policy.trains_classifier) {
    const at::Tensor cross_entropy = by_head.total, both = cross_entropy + policy_part;
    step.losses.total = both + policy_part.detach();
    log_first(step, std::move(by_head), both);
    log(step, "entropy_fc", cross_entropy);
    log(step, "sampler_loss", policy_part);
  } else {
    step.losses.total = policy_part;
    log_first(step, std::move(by_head), policy_part);
    log(step, "entropy", entropy.defined() ? entropy * policy.explore_rate : at::zeros({}, wide.options()));
    log(step, "explore_rate", at::full({}, policy.explore_rate, wide.options()));
  }
  log(step, "reward", rewards.advantage());
  if (rewards.baseline.defined()) {
    log(step, "origin_reward", rewards.chosen);
    log(step, "bs_reward", rewards.baseline);
  }
  if (!policy.trains_sampler) {
    log(step, "all_probs", step.chosen_probabilities);
  } else if (policy.probability != SetProbability::kDrawOrder) {
    const bool of_frames = policy.renormalised && !policy.trains_classifier;
    log(step, "all_probs", of_frames ? drawn_probabilities(probabilities, chosen) : log_probability.exp());
  }
  return step;
}

}  // namespace vs::train
