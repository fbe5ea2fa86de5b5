#include "lib/nn/drca/ranking.h"

#include <tuple>

#include "lib/nn/device.h"
#include "lib/nn/drca/perturbed_rank.h"

namespace vs::nn::drca {
namespace {

/// frames [B, T, N], indices [B, n] to [B, n, N]: whole rows are copied, which a gather of elements would not do.
at::Tensor choose(const at::Tensor& frames, const at::Tensor& indices) {
  const int64_t batch = frames.size(0), count = frames.size(1);
  const at::Tensor first = at::arange(0, batch * count, count, indices.options()).unsqueeze(1);
  return frames.reshape({batch * count, frames.size(2)})
      .index_select(0, (indices + first).flatten())
      .view({batch, indices.size(1), frames.size(2)});
}

}  // namespace

ScoreNet::ScoreNet(int64_t channels)
    : channels_(channels),
      downsample_(child<Conv>(
          "downsample",
          ConvOptions{.in_channels = channels, .out_channels = channels, .kernel = {1, 3, 3}, .stride = {1, 2, 2}})),
      norm_(child<BatchNorm>("bn", channels)),
      in_(child<Sequence>("in_conv")),
      out_(child<Sequence>("out_conv")),
      downsample_unit_(downsample_, &norm_, Activation::kNone) {
  in_.add<LayerNorm>(2 * channels);
  in_.add<Linear>(2 * channels, 2 * channels);
  in_.add<ActivationLayer>(Activation::kGelu);
  const int64_t half = 2 * channels / 4;
  out_.add<Linear>(2 * channels, channels);
  out_.add<ActivationLayer>(Activation::kGelu);
  out_.add<Linear>(channels, half);
  out_.add<ActivationLayer>(Activation::kGelu);
  out_.add<Linear>(half, 1);
}

at::Tensor ScoreNet::forward(const at::Tensor& x) {
  const at::Tensor maps = downsample_unit_(training() ? x.detach().contiguous() : x.detach());
  const int64_t batch = maps.size(0), frames = maps.size(2);
  const at::Tensor places = maps.permute({0, 2, 3, 4, 1}).reshape({batch, frames, -1, channels_});
  const at::Tensor both = in_(at::cat({places.mean(2), std::get<0>(places.max(2))}, -1));
  const at::Tensor local = both.narrow(-1, 0, channels_);
  const at::Tensor global = both.narrow(-1, channels_, channels_).mean(1, true).expand_as(local);
  const at::Tensor scores = out_(at::cat({local, global}, -1)).squeeze(-1);
  constexpr double kNoDivisionByZero = 1e-5;
  const at::Tensor least = std::get<0>(scores.min(-1, true)), most = std::get<0>(scores.max(-1, true));
  return (scores - least) / (most - least + kNoDivisionByZero);
}

Ranking::Ranking(const RankingOptions& options) : options_(options) {
  if (options.strategy != Strategy::kUniform) score_network_ = &child<ScoreNet>("score_network", options.channels);
}

RankedFrames Ranking::operator()(const at::Tensor& x) {
  const Running running(*this);
  const int64_t batch = x.size(0), frames = x.size(2);
  const at::Tensor flat = x.permute({0, 2, 3, 4, 1}).reshape({batch, frames, -1});
  RankedFrames ranked;
  if (!score_network_) {
    const auto [kept, dropped] = split_uniformly(frames, options_.k, x.device());
    ranked.kept_indices = kept.expand({batch, -1});
    ranked.dropped_indices = dropped.expand({batch, -1});
    ranked.kept = flat.index_select(1, kept);
    ranked.dropped = flat.index_select(1, dropped);
    ranked.order = at::cat({kept, dropped}).expand({batch, -1});
    return ranked;
  }
  const at::Tensor ordered = flat.view({batch, frames, x.size(3), x.size(4), x.size(1)}).permute({0, 4, 1, 2, 3});
  ranked.scores = (*score_network_)(ordered);
  const Split split = split_by_score(ranked.scores, options_.k);
  ranked.kept_indices = split.kept;
  ranked.dropped_indices = split.dropped;
  ranked.order = std::get<1>(ranked.scores.detach().sort(/*stable=*/true, -1, /*descending=*/false));
  if (training() && options_.strategy == Strategy::kDiffRank) {
    const at::Tensor noise =
        this->noise().normal({batch, options_.num_samples, frames}, ranked.scores.detach().options());
    const Mixture mixture = perturbed_mixture(ranked.scores, noise, options_.k, options_.sigma);
    ranked.kept = mixture.kept.bmm(flat);
    ranked.dropped = mixture.dropped.bmm(flat);
  } else if (const DeviceOperations* own = operations_of(x.device())) {
    std::tie(ranked.kept, ranked.dropped) = own->gather_frames(flat, split);
  } else {
    ranked.kept = choose(flat, split.kept);
    ranked.dropped = choose(flat, split.dropped);
  }
  return ranked;
}

}  // namespace vs::nn::drca
