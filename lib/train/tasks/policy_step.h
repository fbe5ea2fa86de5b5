// One step of OCSampler's training, from what the skim network says to the loss.
#pragma once

#include "lib/train/losses/policy_gradient.h"
#include "lib/train/task.h"
#include "lib/train/tasks/frame_classifier.h"
#include "lib/train/tasks/head_training.h"

namespace vs::train {

/// What a step chose, saw and gave.
struct PolicyStep {
  Losses losses;
  at::Tensor frames, baseline_frames;  ///< indices [B, N], in the order in which the classifier gets them
  at::Tensor chosen_probabilities;     ///< [B, N], of the drawn frames in the order of drawing
  at::Tensor scores, baseline_scores;  ///< [B, C]; no baseline_scores where the reward is compared with none
};

/// Draws frames, lets the classifier judge them and those of the baseline, and rewards the skim network.
///
/// logits: [B, T] of the skim network, before the soft-max. imgs: [B, T, ...], of which the classifier sees frames.
/// labels: as checked_labels() gives them for B videos; of rows the highest counts for rewards. The loss is
/// policy_loss() of the difference of the rewards, or the classifier's cross entropy with that of the policy gradient
/// added, without entropy; cross entropy takes the scores as logits, also where they are probabilities. Where the
/// sampler is not trained, both choices are the most probable frames, and the loss is the cross entropy.
///
/// Parts, under the reference's names: loss_cls, top<k>_acc, reward (mean difference), origin_reward and bs_reward
/// (the two rewards), entropy (times its weight), explore_rate, all_probs (mean probability of the set; with
/// `renormalised` but for a trained classifier that of a frame, and of a frame too where the sampler is not trained;
/// not with kDrawOrder); entropy_fc (the cross entropy) and sampler_loss where the classifier is trained. The total is
/// that of all parts named "loss": sampler_loss counts there once more, without gradient.
/// Source: Lin et al., "OCSampler", CVPR 2022, and forward_train() of its recognizers.
PolicyStep policy_step(const at::Tensor& logits, const at::Tensor& imgs, const at::Tensor& labels,
                       const FrameClassifier& classifier, const HeadTraining& head, const PolicyDraws& draws,
                       const PolicyOptions& policy);

}  // namespace vs::train
