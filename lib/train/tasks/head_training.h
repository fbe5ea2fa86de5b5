// What the heads of classifiers say of their training.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lib/train/losses/classification.h"
#include "lib/train/task.h"

namespace vs::train {

/// Keys of a head in mmaction2's terms: loss_cls {type: CrossEntropyLoss, loss_weight, class_weight}, multi_class,
/// label_smooth_eps (with multi_class only), topk.
struct HeadTraining {
  ClassificationLossOptions loss;
  std::vector<int64_t> top_k = {1, 5};

  /// Brings the class weights to where the scores will be.
  void move(at::Device device);
};

/// Reads them from a head's description, whose other keys it leaves alone. Throws UsageError for another type of loss,
/// a value out of range, or another number of class weights than of classes.
HeadTraining read_head_training(const nlohmann::ordered_json& head, int64_t classes, const std::string& place);

/// loss_cls, and top<k>_acc unless there are several labels a video. scores: [rows, C], a multiple of `videos` rows, of
/// which each clip of a video has one: every one is compared with the video's label. labels: of the videos, as
/// checked_labels() gives them. Throws DataError where rows are no multiple of videos.
Losses classify(const at::Tensor& scores, const at::Tensor& labels, const HeadTraining& head);

}  // namespace vs::train
