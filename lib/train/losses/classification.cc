#include "lib/train/losses/classification.h"

#include <fmt/format.h>

#include <algorithm>

#include "lib/core/error.h"
#include "lib/train/losses/precision.h"

namespace vs::train {
namespace {

std::string shape_text(const at::Tensor& tensor) { return fmt::format("[{}]", fmt::join(tensor.sizes(), ", ")); }

/// Without waiting for what the device does.
at::Tensor on_device_of(const at::Tensor& others, const at::Tensor& labels) {
  return labels.to(others.device(), labels.scalar_type(), /*non_blocking=*/true);
}

void check_classes(const at::Tensor& classes, int64_t count) {
  const at::Tensor dense = classes.contiguous();
  const int64_t* values = dense.const_data_ptr<int64_t>();
  const int64_t* end = values + dense.numel();
  const int64_t* bad = std::find_if(values, end, [&](int64_t value) { return value < 0 || value >= count; });
  if (bad == end) return;
  throw DataError(fmt::format("label of video {} of the batch", bad - values),
                  fmt::format("class {} is not in 0 to {}", *bad, count - 1),
                  fmt::format("the model has {} classes", count));
}

void check_rows(const at::Tensor& rows) {
  const at::Tensor fine = at::logical_and(rows >= 0, at::isfinite(rows)).all(1);
  if (fine.all().item<bool>()) return;
  throw DataError(fmt::format("labels of video {} of the batch", fine.to(at::kByte).argmin(0).item<int64_t>()),
                  "hold a number that is negative or not finite");
}

at::Tensor loss_of_rows(const at::Tensor& scores, const at::Tensor& rows, const at::Tensor& class_weights) {
  at::Tensor each = rows * at::log_softmax(scores, 1);
  if (!class_weights.defined()) return -each.sum(1).mean();
  return -(each * class_weights).sum() / (rows * class_weights).sum();
}

}  // namespace

at::Tensor checked_labels(const at::Tensor& labels, int64_t videos, int64_t classes) {
  at::Tensor given = labels.dim() == 0 ? labels.unsqueeze(0) : labels;
  if (given.dim() == 1 && videos == 1 && classes > 1 && given.size(0) == classes) given = given.unsqueeze(0);
  const bool floating = given.is_floating_point();
  if (!floating && given.dim() == 2 && given.size(1) == 1) given = given.squeeze(1);
  const bool one_each = given.dim() == 1 && !floating;
  const bool rows = given.dim() == 2 && given.size(1) == classes;
  if ((!one_each && !rows) || given.size(0) != videos)
    throw DataError("labels",
                    fmt::format("{} {} for {} videos and {} classes", floating ? "numbers" : "integers",
                                shape_text(labels), videos, classes),
                    "give a class a video, or a row of as many numbers as there are classes");
  if (one_each) given = given.to(at::kLong);
  if (!given.is_cpu()) return given;
  if (one_each) {
    check_classes(given, classes);
  } else {
    check_rows(given);
  }
  return given;
}

at::Tensor labels_beside(const at::Tensor& imgs, const at::Tensor& labels, int64_t classes) {
  return on_device_of(imgs, checked_labels(labels, imgs.size(0), classes));
}

at::Tensor rows_of_labels(const at::Tensor& labels, int64_t classes, const at::TensorOptions& options) {
  return (labels.dim() == 1 ? at::one_hot(labels, classes) : labels).to(options);
}

at::Tensor smoothed_rows(const at::Tensor& rows, double smoothing) {
  return smoothing == 0 ? rows : rows * (1 - smoothing) + smoothing / static_cast<double>(rows.size(1));
}

at::Tensor classification_loss(const at::Tensor& scores, const at::Tensor& labels,
                               const ClassificationLossOptions& options) {
  if (scores.dim() != 2 || scores.numel() == 0)
    throw DataError("scores", fmt::format("{} where [videos, classes] are needed", shape_text(scores)));
  const int64_t classes = scores.size(1);
  const at::Tensor given = on_device_of(scores, checked_labels(labels, scores.size(0), classes));
  const at::Tensor logits = widened(scores);
  at::Tensor class_weights;
  if (options.class_weights.defined()) {
    if (options.class_weights.numel() != classes)
      throw UsageError("class weights", fmt::format("{} for {} classes", options.class_weights.numel(), classes));
    class_weights = options.class_weights.to(logits.options());
  }
  if (given.dim() == 1) {
    if (options.several_labels)
      throw DataError("labels", "one class a video, where the model takes several",
                      "give a row of 0 and 1 a video, or a model without multi_class");
    return at::cross_entropy_loss(logits, given, class_weights) * options.weight;
  }
  at::Tensor rows = given.to(logits.scalar_type());
  if (options.several_labels) rows = smoothed_rows(rows, options.label_smoothing);
  return loss_of_rows(logits, rows, class_weights) * options.weight;
}

at::Tensor top_k_share(const at::Tensor& scores, const at::Tensor& labels, int64_t k) {
  const at::NoGradGuard no_gradients;
  at::Tensor best = on_device_of(scores, checked_labels(labels, scores.size(0), scores.size(1)));
  if (best.dim() == 2) best = best.argmax(1);
  const at::Tensor chosen = std::get<1>(scores.detach().topk(std::min(k, scores.size(1)), 1));
  return (chosen == best.unsqueeze(1)).any(1).to(at::kFloat).mean();
}

}  // namespace vs::train
