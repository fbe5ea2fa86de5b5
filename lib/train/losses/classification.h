// Cross entropy of class scores in the forms that the published heads train with.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/nn/torch.h"

namespace vs::train {

struct ClassificationLossOptions {
  double weight = 1;                  ///< the loss is multiplied by it
  std::vector<double> class_weights;  ///< empty: all 1
  double label_smoothing = 0;         ///< e: (1 - e) * label + e / C, of several labels a video
  bool several_labels = false;        ///< labels are 0/1 rows, each of which may hold several ones
};

/// Mean over the batch. scores: logits [N, C]. labels: [N], [N, 1] or a scalar of class indices, or [N, C]
/// floating-point, where the loss of a row is -sum(label * log-softmax); a row of C values with a batch of one counts
/// as that too. Class weights: the weighted sum over sum(weight * label). Throws DataError for a label outside [0, C)
/// or another shape. Source: mmaction2 0.20, CrossEntropyLoss and the heads' base class.
at::Tensor classification_loss(const at::Tensor& scores, const at::Tensor& labels,
                               const ClassificationLossOptions& options = {});

/// Share of rows whose label is among the k highest scores, as the reference's training logs have it ("top1_acc").
/// labels as classification_loss() takes them; of soft ones the highest. Without gradient, on the scores' device.
at::Tensor top_k_share(const at::Tensor& scores, const at::Tensor& labels, int64_t k);

}  // namespace vs::train
