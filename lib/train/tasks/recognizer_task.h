// Training of a recognizer on labelled videos: TSN, TSM, SlowOnly, Video Swin, TimeSformer, DRCA's classifiers.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "lib/train/task.h"

namespace vs::train {

/// Scores of every clip, in training mode, against the labels of its video, as the head says (see HeadTraining). Parts
/// of the backbone stay as they are where its description says so (see FrozenParts). Draws: those of the network; with
/// mixup, one weight and one order of the batch before them.
///
/// A batch: imgs as the recognizer takes them at test, labels as classification_loss() takes them.
/// model: of type Recognizer2D or Recognizer3D. train: `mixup` {alpha} (see mixed_up()), and `label_smoothing`: e of
/// smoothed_rows() for one label a video; a head's label_smooth_eps is for several labels, as in mmaction2.
/// Throws UsageError besides for a head that is frozen.
/// Sources: Wang et al., "Temporal segment networks", ECCV 2016; mmaction2 0.20, forward_train() of its recognizers.
std::unique_ptr<Task> build_recognizer_task(const nlohmann::ordered_json& model, const nlohmann::ordered_json& train,
                                            const std::string& place = "model");

}  // namespace vs::train
