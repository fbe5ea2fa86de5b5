// Training of AdaFocusV2 for untrimmed and short action videos (ActivityNet, FCVID, Mini-Kinetics).
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "lib/train/task.h"

namespace vs::train {

/// All parts together, by cross entropy alone: one glance at the frames, two looks at patches of them, where the policy
/// says and at uniformly random places, one a frame. In each branch the scores after every frame, those of the glance
/// and those of single patches are compared with the video's label; the loss is the mean of both branches' sums. The
/// policy learns through the places of its patches only, and the glance not from the policy. The local network's batch
/// normalisation sees the policy's patches first.
///
/// A batch: imgs [videos, num_segments, 3, I, I], in time order where the model has `sample` set, with 2 frames or more
/// in all; labels as classification_loss() takes them, a class or a row a video. Parts: loss_global; loss_cat,
/// loss_local and with random patches loss_cat_random, loss_local_random, each unweighted; top1_acc and top5_acc of the
/// scores after the last frame with the policy's patches.
/// model: of type AdaFocusV2. Throws UsageError for a partial_bn in `train`, which this network's training has not.
/// Source: Wang et al., "AdaFocus V2", CVPR 2022, and its main_v2.py.
std::unique_ptr<Task> build_adafocus_task(const nlohmann::ordered_json& model, const nlohmann::ordered_json& train,
                                          const std::string& place = "model");

}  // namespace vs::train
