#include "lib/nn/heads/r50_head.h"

#include <fmt/format.h>

#include "lib/core/error.h"
#include "lib/nn/config.h"
#include "lib/nn/heads/linear_heads.h"
#include "lib/nn/layers/pool.h"

namespace vs::nn {
namespace {

constexpr int64_t kMost = 1 << 20;
/// R50MultiHead's, FrameExit's greatest number of images.
constexpr int64_t kClassifiers = 10;

std::unique_ptr<Head> build(Config config, int64_t classifiers) {
  config.pass({"type", "init_std", "loss_cls", "multi_class", "label_smooth_eps", "topk", "final_loss", "dropout_ratio",
               "num_segs", "init_cfg"});
  R50HeadOptions options;
  options.num_classes = config.integer("num_classes", 1, kMost);
  options.in_channels = config.integer_or("in_channels", 2048, 1, kMost);
  options.hidden = config.integer_or("num_neurons", 4096, 1, kMost);
  options.probabilities = config.flag_or("frozen", false);
  options.consensus = read_consensus(config, "consensus", Consensus::kMaximum);
  options.classifiers = classifiers;
  config.word("spatial_type", "avg", {"avg"});
  config.finish();
  return std::make_unique<R50Head>(options);
}

}  // namespace

R50Head::R50Head(const R50HeadOptions& options) : options_(options) {
  Module& layers = child<Module>("layers");
  layer_ = &layers.child<Linear>("0", options.in_channels, options.hidden);
  norm_ = &layers.child<BatchNorm>("1", options.hidden);
  if (options.classifiers == 0) {
    classifiers_.push_back(&child<Linear>("fc", options.hidden, options.num_classes));
    return;
  }
  Module& list = child<Module>("fc_list");
  for (int64_t i = 0; i < options.classifiers; ++i)
    classifiers_.push_back(&list.child<Linear>(std::to_string(i), options.hidden, options.num_classes));
}

at::Tensor R50Head::hidden(const at::Tensor& features) {
  check_features(features, options_.in_channels);
  return at::relu((*norm_)((*layer_)(mean_of_positions(features, layer_->weight().scalar_type()))));
}

at::Tensor R50Head::scores(const at::Tensor& rows, int64_t segments) {
  const bool several = options_.classifiers > 0;
  if (several && segments > options_.classifiers)
    throw DataError("head", fmt::format("has classifiers for up to {} images, not {}", options_.classifiers, segments));
  const at::Tensor scores = (*classifiers_[several ? static_cast<size_t>(segments - 1) : 0])(rows);
  return options_.probabilities ? at::softmax(scores, -1) : scores;
}

at::Tensor R50Head::forward(const at::Tensor& features, int64_t segments) {
  return scores(consensus(by_segments(hidden(features), segments, "head"), options_.consensus), segments);
}

at::Tensor R50Head::weighted(const at::Tensor& features, const at::Tensor& weights) {
  const int64_t segments = weights.size(1);
  const at::Tensor each = by_segments(scores(hidden(features), segments), segments, "head");
  if (each.size(0) != weights.size(0))
    throw DataError("head", fmt::format("{} rows of weights for {} clips", weights.size(0), each.size(0)));
  return (each * weights.to(each.scalar_type()).unsqueeze(-1)).sum(1);
}

std::unique_ptr<Head> build_r50_head(Config config) { return build(std::move(config), 0); }
std::unique_ptr<Head> build_r50_multi_head(Config config) { return build(std::move(config), kClassifiers); }

}  // namespace vs::nn
