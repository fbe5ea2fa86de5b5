#include "lib/nn/recognizers/recognizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "lib/core/error.h"
#include "lib/nn/config.h"
#include "lib/nn/layers/pool.h"

namespace vs::nn {
namespace {

constexpr int64_t kMost = 1 << 20;

std::unique_ptr<Recognizer> build(Config config, PlainRecognizer::Input input) {
  config.pass({"type", "train_cfg", "pretrained", "init_cfg"});
  AverageClips average = AverageClips::kNone;
  int64_t views = 0;
  if (config.has("test_cfg")) {
    Config test = config.object("test_cfg");
    average = average_clips_named(test.word("average_clips", "none", {"none", "score", "prob"}));
    views = test.integer_or("max_testing_views", 0, 0, kMost);
    test.pass({"feature_extraction"});
    test.finish();
  } else {
    config.pass({"test_cfg"});
  }
  auto backbone = build_backbone(config.object("backbone"));
  Config head_config = config.object("cls_head");
  const int64_t channels = head_config.integer_or("in_channels", backbone->out_channels(), 1, kMost);
  if (channels != backbone->out_channels())
    throw UsageError(head_config.place_of("in_channels"),
                     fmt::format("{}, but the backbone gives {} channels", channels, backbone->out_channels()));
  auto head = build_head(config.object("cls_head"));
  config.finish();
  auto made = std::make_unique<PlainRecognizer>(input, std::move(backbone), std::move(head), average);
  made->limit_views(views);
  return made;
}

}  // namespace

PlainRecognizer::PlainRecognizer(Input input, std::unique_ptr<Backbone> backbone, std::unique_ptr<Head> head,
                                 AverageClips average)
    : input_(input), backbone_(backbone.get()), head_(head.get()) {
  average_ = average;
  adopt("backbone", std::move(backbone));
  adopt("cls_head", std::move(head));
}

at::Tensor PlainRecognizer::features(const at::Tensor& imgs) {
  const int64_t axes = input_ == Input::kClips ? 6 : 5;
  if (imgs.dim() != axes || imgs.numel() == 0)
    throw DataError("recognizer",
                    fmt::format("takes {}, not a tensor of {} axes and {} elements",
                                axes == 6 ? "[N, clips, 3, T, H, W]" : "[N, M, 3, H, W]", imgs.dim(), imgs.numel()));
  const at::Tensor rows = imgs.flatten(0, 1);
  if (training() || views_ == 0 || rows.size(0) <= views_) return (*backbone_)(rows);
  std::vector<at::Tensor> maps;
  for (int64_t start = 0; start < rows.size(0); start += views_)
    maps.push_back((*backbone_)(rows.slice(0, start, std::min(start + views_, rows.size(0)))));
  return at::cat(maps);
}

at::Tensor PlainRecognizer::logits(const at::Tensor& imgs) {
  const at::Tensor maps = features(imgs);
  return (*head_)(maps, input_ == Input::kClips ? 1 : imgs.size(1));
}

at::Tensor PlainRecognizer::pooled_features(const at::Tensor& imgs) {
  const at::Tensor maps = features(imgs);
  return mean_of_positions(maps, maps.scalar_type() == at::kBFloat16 ? at::kFloat : maps.scalar_type());
}

std::unique_ptr<Recognizer> build_recognizer2d(Config config) {
  return build(std::move(config), PlainRecognizer::Input::kImages);
}
std::unique_ptr<Recognizer> build_recognizer3d(Config config) {
  return build(std::move(config), PlainRecognizer::Input::kClips);
}

}  // namespace vs::nn
