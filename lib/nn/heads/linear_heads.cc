#include "lib/nn/heads/linear_heads.h"

#include <fmt/format.h>

#include "lib/core/error.h"
#include "lib/nn/config.h"
#include "lib/nn/heads/consensus.h"
#include "lib/nn/layers/pool.h"

namespace vs::nn {
namespace {

constexpr int64_t kMost = 1 << 20;

LinearHeadOptions read_common(Config& config, double dropout) {
  config.pass({"type", "init_std", "loss_cls", "multi_class", "label_smooth_eps", "topk", "final_loss", "init_cfg"});
  LinearHeadOptions options;
  options.num_classes = config.integer("num_classes", 1, kMost);
  options.in_channels = config.integer("in_channels", 1, kMost);
  options.dropout = config.number_or("dropout_ratio", dropout, 0, 0.999);
  config.word("spatial_type", "avg", {"avg"});
  return options;
}

std::unique_ptr<Head> finished(const Config& config, const LinearHeadOptions& options) {
  config.finish();
  return std::make_unique<LinearHead>(options);
}

}  // namespace

void check_features(const at::Tensor& features, int64_t in_channels) {
  if (features.dim() >= 2 && features.size(1) == in_channels) return;
  throw DataError("head", fmt::format("takes features of {} channels, not {}", in_channels,
                                      features.dim() < 2 ? 0 : features.size(1)));
}

LinearHead::LinearHead(const LinearHeadOptions& options)
    : options_(options),
      dropout_(child<Dropout>("dropout", options.dropout)),
      linear_(child<Linear>("fc_cls", options.in_channels, options.num_classes)) {}

at::Tensor LinearHead::forward(const at::Tensor& features, int64_t segments) {
  check_features(features, options_.in_channels);
  at::Tensor rows = mean_of_positions(features, linear_.weight().scalar_type());
  if (options_.averaging == Averaging::kFeatures)
    rows = consensus(by_segments(rows, segments, "head"), Consensus::kAverage);
  at::Tensor scores = linear_(dropout_(rows));
  if (options_.averaging != Averaging::kScores) return scores;
  return consensus(by_segments(scores, options_.segments, "head"), Consensus::kAverage);
}

std::unique_ptr<Head> build_tsn_head(Config config) {
  LinearHeadOptions options = read_common(config, 0.4);
  options.averaging = Averaging::kFeatures;
  read_consensus(config, "consensus", Consensus::kAverage, true);
  return finished(config, options);
}

std::unique_ptr<Head> build_tsm_head(Config config) {
  LinearHeadOptions options = read_common(config, 0.8);
  options.averaging = Averaging::kScores;
  read_consensus(config, "consensus", Consensus::kAverage, true);
  options.segments = config.integer_or("num_segments", 8, 1, kMost);
  const bool shifts = config.flag_or("is_shift", true);
  if (config.flag_or("temporal_pool", false) && shifts) {
    if (options.segments % 2 != 0)
      throw UsageError(config.place_of("temporal_pool"), fmt::format("{} segments cannot be halved", options.segments));
    options.segments /= 2;
  }
  return finished(config, options);
}

std::unique_ptr<Head> build_i3d_head(Config config) { return finished(config, read_common(config, 0.5)); }

}  // namespace vs::nn
