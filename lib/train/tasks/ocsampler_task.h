// Training of OCSampler's skim network, with the classifier behind it.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "lib/train/losses/policy_gradient.h"
#include "lib/train/task.h"

namespace vs::train {

/// How the skim network is rewarded, from a model's keys in the reference's terms: num_segments (4), num_test_segments,
/// bp_mode (gradient_policy | tsn | max | random), calc_mode (all | approximate), reward_kind (1 to 4 as Reward; 1 for
/// images, 4 for clips, which is all that the reference knows for them), explore_rate (1), shuffle (false),
/// cal_number (images alone). Other keys are left alone. clips: of a Sampler2DRecognizer3D. trains_sampler and
/// trains_classifier are left as they are. Throws UsageError at the key of a value that is out of range or not known,
/// for clamp_range, for a cal_number below num_segments, and for more frames than calc_mode all can take.
PolicyOptions read_policy_options(const nlohmann::ordered_json& model, bool clips, const std::string& place);

/// What a step chose by; without gradients.
struct FrameChoice {
  at::Tensor probabilities;            ///< [B, T] of the skim network
  at::Tensor frames, baseline_frames;  ///< [B, N]: indices, in the order in which the classifier got the frames
};

/// A task that trains what chooses frames.
class SamplingTask : public Task {
 public:
  /// Of the last step; undefined tensors before the first.
  virtual const FrameChoice& last_choice() const = 0;

 protected:
  using Task::Task;
};

/// The skim network in training mode on frames shrunk to resize_px, and policy_step() on what it says. The classifier
/// is in evaluation mode and without gradients; where it is trained too (final_loss of its head, true if not given), it
/// has gradients but for frozen parts (see FrozenParts; ResNet50 is frozen if not said otherwise; a head that is
/// `frozen` too) and its head drops out, while its batch normalisation keeps the running statistics. With freeze_all of
/// the sampler that is all that is trained.
///
/// A batch: imgs [videos, total_segments, 3, H, W]: one clip a video; labels as classification_loss() takes them, of
/// several the highest counts for the reward. Draws: see draw_policy(); then those of the head.
///
/// model: of type Sampler2DRecognizer2D or Sampler2DRecognizer3D, with the keys of read_policy_options(); or a
/// SampledRecognizer with an OCSampler before a Recognizer2D or Recognizer3D, whose keys stand in train.policy:
/// bp_mode (tsn), calc_mode (all), reward_kind (4), explore_rate (0), cal_number, final_loss (false).
/// train.adjust_parameters: how explore_rate goes over the run (see ExploreSchedule), instead of the model's.
/// Throws UsageError for what systems::build_system() refuses, or where nothing is left to be trained.
/// Source: Lin et al., "OCSampler", CVPR 2022.
std::unique_ptr<Task> build_ocsampler_task(const nlohmann::ordered_json& model, const nlohmann::ordered_json& train,
                                           const std::string& place = "model");

}  // namespace vs::train
