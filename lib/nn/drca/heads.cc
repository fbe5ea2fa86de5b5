#include "lib/nn/drca/heads.h"

#include <fmt/format.h>

#include "lib/core/error.h"
#include "lib/nn/config.h"

namespace vs::nn::drca {
namespace {

void check_features(const at::Tensor& features, int64_t channels, const std::string& kind) {
  if (features.dim() != 2 || features.size(1) != channels)
    throw DataError(kind, fmt::format("takes features [N, {}], not [{}]", channels, fmt::join(features.sizes(), ", ")));
}

}  // namespace

ClsHead::ClsHead(int64_t channels, int64_t classes)
    : channels_(channels), classes_(classes), fc_(child<Linear>("fc_cls", channels, classes)) {}

at::Tensor ClsHead::forward(const at::Tensor& features, int64_t segments) {
  if (segments != 1) throw DataError(kind(), "takes the features of clips, not of single frames");
  check_features(features, channels_, kind());
  return fc_(features.to(fc_.weight().scalar_type()));
}

SimilarityHead::SimilarityHead(Encoder encoder, int64_t in_channels, int64_t out_channels)
    : encoder_(encoder), in_channels_(in_channels), out_channels_(out_channels) {
  if (encoder == Encoder::kLinear) linear_ = &child<Linear>("encoder", in_channels, out_channels);
  if (encoder == Encoder::kLinearNorm) {
    Module& parts = child<Module>("encoder");
    linear_ = &parts.child<Linear>("conv1", in_channels, out_channels);
    norm_ = &parts.child<BatchNorm>("bn1", out_channels);
  }
}

at::Tensor SimilarityHead::forward(const at::Tensor& features, int64_t segments) {
  if (segments != 1) throw DataError(kind(), "takes the features of clips, not of single frames");
  at::Tensor x = features;
  if (x.dim() == 5) {
    if (x.size(3) != 1 || x.size(4) != 1)
      throw DataError(kind(), fmt::format("takes maps [N, C, T, 1, 1], not [{}]", fmt::join(x.sizes(), ", ")));
    x = x.mean(2).flatten(1);
  }
  if (encoder_ == Encoder::kNone) return x;
  check_features(x, in_channels_, kind());
  x = (*linear_)(x.to(linear_->weight().scalar_type()));
  return norm_ ? (*norm_)(x) : x;
}

std::unique_ptr<Head> build_cls_head(Config config) {
  const int64_t classes = config.integer("num_classes", 1, 1 << 20);
  const int64_t channels = config.integer("in_channels", 1, 1 << 16);
  config.pass({"type", "loss_cls", "init_std", "init_cfg", "dropout_ratio", "topk", "multi_class", "average_clips"});
  config.finish();
  return std::make_unique<ClsHead>(channels, classes);
}

std::unique_ptr<Head> build_similarity_head(Config config) {
  config.pass({"type", "loss_sim", "init_cfg", "init_std"});
  Encoder encoder = Encoder::kNone;
  int64_t in_channels = 0, out_channels = 0;
  if (config.has("encoder")) {
    Config parts = config.object("encoder");
    const std::string type = parts.word("type", "None", {"None", "FC", "FCBN"});
    if (type == "None") {
      parts.pass({"input_channels", "out_channels"});
    } else {
      encoder = type == "FC" ? Encoder::kLinear : Encoder::kLinearNorm;
      in_channels = parts.integer("input_channels", 1, 1 << 16);
      out_channels = parts.integer("out_channels", 1, 1 << 16);
    }
    parts.finish();
  } else {
    config.pass({"encoder"});
  }
  config.finish();
  return std::make_unique<SimilarityHead>(encoder, in_channels, out_channels);
}

}  // namespace vs::nn::drca
