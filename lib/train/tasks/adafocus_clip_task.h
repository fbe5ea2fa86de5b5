// Training of AdaFocusV2 for videos of temporal relations (Something-Something, Jester).
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "lib/train/task.h"

namespace vs::train {

/// All parts together: one glance, then the patches of each clip at a uniformly random place, then where the policy
/// says; the local network's batch normalisation sees them in this order. In each branch the sum of both networks'
/// probing scores, and either network's own scores, are compared with the label; the loss is the mean of both branches'
/// sums. The policy learns through the own scores of its patches only.
///
/// A batch: imgs [clips, num_segments + focus_segments(), 3, I, I], 2 clips or more; labels as classification_loss()
/// takes them. Parts: loss_global_reg; loss_cls, loss_local_reg and with random patches loss_cls_random,
/// loss_local_reg_random, each unweighted; top1_acc and top5_acc of the sum with the policy's patches.
/// model: of type AdaFocusV2Clip. train: `partial_bn` (false if not given) freezes all but the first batch
/// normalisation of each backbone: statistics as loaded, weights without gradient; those of the policy are trained.
/// Source: Wang et al., "AdaFocus V2", CVPR 2022, and its main.py for Something-Something.
std::unique_ptr<Task> build_adafocus_clip_task(const nlohmann::ordered_json& model, const nlohmann::ordered_json& train,
                                               const std::string& place = "model");

}  // namespace vs::train
