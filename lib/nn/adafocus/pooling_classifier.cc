#include "lib/nn/adafocus/pooling_classifier.h"

#include <fmt/format.h>

#include <memory>

#include "lib/core/error.h"
#include "lib/nn/config.h"
#include "lib/nn/layers/drop.h"
#include "lib/nn/layers/linear.h"
#include "lib/nn/layers/norm.h"

namespace vs::nn {

PoolingClassifier::PoolingClassifier(const PoolingClassifierOptions& options) : num_classes_(options.num_classes) {
  Module& layers = child<Module>("mlp").child<Module>("layers");
  hidden_ = &layers.child<Linear>("0", options.in_features, options.hidden_features);
  norm_ = &layers.child<BatchNorm>("1", options.hidden_features);
  Module& list = child<Module>("classifiers");
  for (int64_t t = 0; t < options.num_segments; ++t) {
    Module& exit = list.child<Module>(std::to_string(t));
    Dropout& dropout = exit.child<Dropout>("0", options.dropout);
    Linear& linear = exit.child<Linear>("1", options.hidden_features, options.num_classes);
    classifiers_.push_back({&dropout, &linear});
  }
}

at::Tensor PoolingClassifier::after_every_frame(const at::Tensor& features) {
  const int64_t segments = num_segments();
  if (features.size(0) % segments != 0)
    throw DataError("pooling classifier",
                    fmt::format("{} frames are no multiple of {} a video", features.size(0), segments));
  const at::Tensor hidden = at::relu((*norm_)((*hidden_)(features)));
  const at::Tensor frames = hidden.view({features.size(0) / segments, segments, hidden.size(1)});
  at::Tensor largest = frames.select(1, 0);
  std::vector<at::Tensor> scores;
  for (int64_t t = 0; t < segments; ++t) {
    if (t > 0) largest = at::maximum(largest, frames.select(1, t));
    const Exit& exit = classifiers_[static_cast<size_t>(t)];
    scores.push_back((*exit.linear)((*exit.dropout)(largest)));
  }
  return at::stack(scores, 1);
}

at::Tensor PoolingClassifier::after_frame(const at::Tensor& features, int64_t t, at::Tensor& largest) {
  const Running running(*this);
  if (t < 0 || t >= num_segments())
    throw DataError("pooling classifier", fmt::format("takes {} frames a video, not {}", num_segments(), t + 1));
  const at::Tensor hidden = at::relu((*norm_)((*hidden_)(features)));
  largest = largest.defined() ? at::maximum(largest, hidden) : hidden;
  const Exit& exit = classifiers_[static_cast<size_t>(t)];
  return (*exit.linear)((*exit.dropout)(largest));
}

at::Tensor PoolingClassifier::forward(const at::Tensor& features, int64_t segments) {
  if (segments != num_segments())
    throw DataError("pooling classifier", fmt::format("takes {} frames a video, not {}", num_segments(), segments));
  const at::Tensor rows = features.dim() > 2 ? features.flatten(2).mean(2) : features;
  return after_every_frame(rows.to(hidden_->weight().scalar_type())).select(1, segments - 1);
}

std::unique_ptr<Head> build_pooling_classifier(Config config) {
  config.pass({"type"});
  PoolingClassifierOptions options;
  options.in_features = config.integer("in_channels", 1, 1 << 20);
  options.num_classes = config.integer("num_classes", 1, 1 << 20);
  options.num_segments = config.integer_or("num_segments", options.num_segments, 1, 1 << 12);
  options.dropout = config.number_or("dropout", options.dropout, 0, 0.999);
  config.finish();
  return std::make_unique<PoolingClassifier>(options);
}

}  // namespace vs::nn
