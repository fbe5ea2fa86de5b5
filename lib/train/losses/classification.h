// Cross entropy of class scores in the forms that the published heads train with.
#pragma once

#include <cstdint>

#include "lib/nn/torch.h"

namespace vs::train {

struct ClassificationLossOptions {
  double weight = 1;              ///< the loss is multiplied by it
  at::Tensor class_weights = {};  ///< [C]; undefined: all 1. Where they are not with the scores, each loss brings them
  double label_smoothing = 0;     ///< e of smoothed_rows(), where there are several labels a video
  bool several_labels = false;    ///< labels are 0/1 rows, each of which may hold several ones
};

/// Labels in one of two forms, on the device on which they are: [videos] int64 classes or [videos, classes] rows. Takes
/// what classification_loss() takes. Throws DataError naming the video of a class outside [0, classes), or of a row
/// with a number that is negative or not finite; for another shape too. Values that are not on the CPU are not asked
/// for: they count as checked.
at::Tensor checked_labels(const at::Tensor& labels, int64_t videos, int64_t classes);

/// checked_labels() of the videos imgs [videos, ...] on their device, for whose work this thread does not wait.
at::Tensor labels_beside(const at::Tensor& imgs, const at::Tensor& labels, int64_t classes);

/// What checked_labels() gives as rows [N, C] of a type on a device: a class is a 1.
at::Tensor rows_of_labels(const at::Tensor& labels, int64_t classes, const at::TensorOptions& options);

/// (1 - e) * rows + e / C. Source: Szegedy et al., "Rethinking the Inception architecture", CVPR 2016, section 7.
at::Tensor smoothed_rows(const at::Tensor& rows, double smoothing);

/// Mean over the batch. scores: logits [N, C]. labels: [N], [N, 1] or a scalar of class indices, or [N, C]
/// floating-point, where the loss of a row is -sum(label * log-softmax); a row of C values with a batch of one counts
/// as that too. Class weights: the weighted sum over sum(weight * label). Computed in single precision at least. Throws
/// DataError as checked_labels() does, and for classes where several_labels asks for rows; UsageError for another
/// number of class weights. Source: mmaction2 0.20, CrossEntropyLoss and the heads' base class.
at::Tensor classification_loss(const at::Tensor& scores, const at::Tensor& labels,
                               const ClassificationLossOptions& options = {});

/// Share of rows whose label is among the k highest scores, as the reference's training logs have it ("top1_acc").
/// labels as classification_loss() takes them; of soft ones the highest. Without gradient, on the scores' device.
at::Tensor top_k_share(const at::Tensor& scores, const at::Tensor& labels, int64_t k);

}  // namespace vs::train
