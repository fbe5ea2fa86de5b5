// The policy gradient with which OCSampler's skim network learns which frames a classifier should see.
#pragma once

#include <cstdint>

#include "lib/nn/noise.h"
#include "lib/nn/torch.h"
#include "lib/train/losses/set_probability.h"

namespace vs::train {

/// The choice of frames that a drawn one is compared with.
enum class Baseline {
  kDrawn,         ///< a second draw
  kSegments,      ///< one frame of each segment, as TSN trains
  kMostProbable,  ///< the frames that the skim network rates highest
  kRandom,        ///< any set, each as likely
};

/// How good a choice of frames is. p: class probabilities; y: the label.
enum class Reward {
  kHighestScore = 1,  ///< the highest class score as the classifier gives it; knows no label
  kEachFrame = 2,     ///< mean over the frames, each looked at alone, of label_reward()
  kBestFrame = 3,     ///< the largest p of y that a frame, looked at alone, gives; compared with no baseline
  kLabel = 4,         ///< label_reward() of the whole choice
};

struct PolicyOptions {
  int64_t chosen = 4;          ///< N: frames that are drawn
  int64_t chosen_at_test = 4;  ///< the most probable ones, where the skim network is not trained
  Baseline baseline = Baseline::kDrawn;
  SetProbability probability = SetProbability::kAllOrders;
  bool renormalised = false;  ///< see set_log_probability()
  Reward reward = Reward::kHighestScore;
  bool keeps_draw_order = false;  ///< the classifier gets the frames in the order of drawing instead of time
  bool trains_sampler = true;
  bool trains_classifier = false;  ///< by the cross entropy of its scores of the drawn frames (final_loss)
  double explore_rate = 1;         ///< weight of the entropy; without effect where the classifier is trained
};

/// What is random in a step.
struct PolicyDraws {
  at::Tensor noise;  ///< [B, T], of the exponential distribution of mean 1: the drawn frames
  /// kDrawn: [B, T], the same for the baseline; kSegments: [B, N] int64 in [0, floor(T / N)), places within the
  /// segments; kRandom: [B, N] int64, different frames of each video in any order; kMostProbable: undefined.
  at::Tensor baseline;
};

/// Draws them: first `noise`, then `baseline`, both from uniform draws of `source`; nothing if the sampler is not
/// trained. options of the draws: their floating-point type and device.
PolicyDraws draw_policy(nn::NoiseSource& source, int64_t videos, int64_t frames, const at::TensorOptions& options,
                        const PolicyOptions& policy);

/// The frames of kSegments before their shift, [N]: N numbers at equal steps from 0 to T - floor(T / N), cut to
/// integers; of the second half it is the step from the end that is cut, so that 10 to 6 gives 0, 1, 3, 5, 7, 9.
/// 1 <= N <= T. Source: PyTorch's linspace() of integers, with which the reference places them.
at::Tensor segment_starts(int64_t frames, int64_t chosen);

/// Frames of the baseline [B, N], without gradient: in time order, drawn ones as they come if keeps_draw_order.
/// Throws UsageError where N is not in 1 to T.
at::Tensor baseline_frames(const at::Tensor& probabilities, const PolicyDraws& draws, const PolicyOptions& policy);

/// p of y where y is the most probable class, else p of y less the largest p: [B, ...] of probabilities [B, ..., C] and
/// labels [B] int64. Without gradient.
at::Tensor label_reward(const at::Tensor& probabilities, const at::Tensor& labels);

/// The largest p of y of any frame: [B] of probabilities [B, N, C]. Without gradient.
at::Tensor best_frame_reward(const at::Tensor& probabilities, const at::Tensor& labels);

/// Entropy of soft-max(logits), [B] of [B, T]; 0 log 0 = 0.
at::Tensor entropy_of_logits(const at::Tensor& logits);

/// -mean over the videos of advantage * log_probability + explore_rate * entropy, all [B]; an undefined entropy counts
/// as 0. No gradient goes to the advantage.
/// Source: Williams, "Simple statistical gradient-following algorithms", 1992; Lin et al., "OCSampler", CVPR 2022.
at::Tensor policy_loss(const at::Tensor& advantage, const at::Tensor& log_probability, const at::Tensor& entropy,
                       double explore_rate);

}  // namespace vs::train
