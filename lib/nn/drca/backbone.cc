#include "lib/nn/drca/backbone.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lib/core/error.h"
#include "lib/nn/config.h"

namespace vs::nn::drca {
namespace {

template <class Choice>
Choice read_choice(Config& config, const std::string& key, const std::vector<std::pair<std::string, Choice>>& choices) {
  std::vector<std::string> words;
  for (const auto& choice : choices) words.push_back(choice.first);
  const std::string word = config.word(key, words.front(), words);
  return std::find_if(choices.begin(), choices.end(), [&](const auto& choice) { return choice.first == word; })->second;
}

void check(const DrcaOptions& options, const std::string& place) {
  const int64_t frames = options.transformer.num_frames, grid = options.transformer.grid();
  const bool has_weights = options.insert_layer > 0;
  if (has_weights && options.compression == CompressionKind::kSaliencyReference &&
      options.transformer.embed_dims % 4 != 0)
    throw UsageError(place + ".embed_dims", fmt::format("{} is no multiple of the 4 heads of comp_module sal_ref",
                                                        options.transformer.embed_dims));
  if (!options.compresses()) return;
  if (options.ranking.k < 1 || options.ranking.k >= frames)
    throw UsageError(place + ".comp_k",
                     frames > 1 ? fmt::format("{} of {} frames cannot be kept", options.ranking.k, frames)
                                : "one frame leaves nothing to compress",
                     frames > 1 ? fmt::format("give 1 to {}, or comp_insert_layer -1 to keep all", frames - 1)
                                : "give comp_insert_layer -1");
  if (grid % 2 != 0)
    throw UsageError(place + ".img_size",
                     fmt::format("{} gives a grid of {} x {} patches, which cannot be halved",
                                 options.transformer.img_size, grid, grid),
                     fmt::format("give a multiple of {}", 2 * options.transformer.patch_size));
  if (grid < 3 && options.ranking.strategy != Strategy::kUniform)
    throw UsageError(place + ".img_size",
                     fmt::format("a grid of {} x {} patches is too small for scores, which take 3 x 3", grid, grid),
                     "give a larger image, or comp_strategy uniform");
}

}  // namespace

Strategy read_strategy(Config& config, const std::string& key) {
  return read_choice<Strategy>(config, key,
                               {{"diff_rank", Strategy::kDiffRank},
                                {"wo_diff_rank", Strategy::kWithoutDiffRank},
                                {"uniform", Strategy::kUniform}});
}

CompressionKind read_compression(Config& config, const std::string& key) {
  return read_choice<CompressionKind>(config, key,
                                      {{"sal_ref", CompressionKind::kSaliencyReference},
                                       {"conv2d", CompressionKind::kConv2d},
                                       {"conv3d", CompressionKind::kConv3d},
                                       {"patch_merge", CompressionKind::kPatchMerge},
                                       {"resblock_2d", CompressionKind::kResBlock2d},
                                       {"resblock_3d", CompressionKind::kResBlock3d}});
}

Drca::Drca(const DrcaOptions& options, const std::string& place)
    : VideoTransformer((check(options, place), options.transformer)), drca_(options) {
  drca_.ranking.channels = options.transformer.embed_dims;
  Module& transformer = child<Module>("transformer_layers");
  Module& layers = transformer.child<Module>("layers");
  for (int64_t i = 0; i < options.transformer.num_layers; ++i) {
    DividedLayerOptions layer = divided_layer_options(options.transformer, i);
    layer.low_resolution = options.insert_layer >= 0 && i >= options.insert_layer;
    layers_.push_back(&layers.child<DividedLayer>(std::to_string(i), layer));
  }
  if (options.insert_layer > 0) dccm_ = &transformer.child<Dccm>("dccm", drca_.ranking, options.compression);
}

at::Tensor Drca::before_compression(const at::Tensor& clips) {
  const size_t count = drca_.compresses() ? static_cast<size_t>(drca_.insert_layer) : layers_.size();
  at::Tensor tokens = embed(clips);
  for (size_t i = 0; i < count; ++i) tokens = (*layers_[i])(tokens, options().num_frames);
  return tokens;
}

at::Tensor Drca::frames_of(const at::Tensor& tokens) const {
  const auto grid = options().grid(), frames = options().num_frames;
  return class_and_patches(tokens, frames)
      .second.view({tokens.size(0), grid, grid, frames, tokens.size(2)})
      .permute({0, 4, 3, 1, 2});
}

Drca::Seen Drca::run(const at::Tensor& clips) {
  const at::Tensor tokens = before_compression(clips);
  if (!drca_.compresses()) return {class_token(tokens), {}};
  const TwoResolutions frames = (*dccm_)(frames_of(tokens));
  AlignedTokens aligned{tokens.narrow(1, 0, 1), frames.high, frames.low};
  for (size_t i = static_cast<size_t>(drca_.insert_layer); i < layers_.size(); ++i)
    aligned = run_aligned(*layers_[i], aligned);
  return {class_token(aligned.joined()), frames.kept};
}

Drca::FrameRanking Drca::rank(const at::Tensor& clips) {
  if (drca_.insert_layer >= options().num_layers)
    throw UsageError("comp_insert_layer", fmt::format("{} stands behind the last of {} layers: frames are never ranked",
                                                      drca_.insert_layer, options().num_layers));
  if (!drca_.compresses()) {
    const auto order = at::arange(options().num_frames, at::device(clips.device()).dtype(at::kLong));
    return {{}, order.expand({clips.size(0), -1})};
  }
  const RankedFrames ranked = dccm_->rank(frames_of(before_compression(clips)));
  return {ranked.scores, ranked.order};
}

std::unique_ptr<Backbone> build_drca(Config config) {
  DrcaOptions options;
  options.transformer = read_timesformer_options(config);
  options.insert_layer = config.integer_or("comp_insert_layer", -1, -1, 1 << 10);
  options.ranking.k = config.integer_or("comp_k", 4, -(int64_t{1} << 31), int64_t{1} << 31);
  options.ranking.num_samples = config.integer_or("num_samples", 500, 1, 1 << 20);
  options.ranking.sigma = config.number_or("sigma", 0.05, 0, 1e6);
  options.ranking.strategy = read_strategy(config, "comp_strategy");
  options.compression = read_compression(config, "comp_module");
  config.finish();
  return std::make_unique<Drca>(options, config.place());
}

}  // namespace vs::nn::drca
