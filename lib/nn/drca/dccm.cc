#include "lib/nn/drca/dccm.h"

namespace vs::nn::drca {

Dccm::Dccm(const RankingOptions& ranking, CompressionKind compression)
    : compression_(name_compression(*this, "compression", compression, ranking.channels)),
      ranking_(child<Ranking>("rank_net", ranking)) {}

TwoResolutions Dccm::operator()(const at::Tensor& x) {
  const Running running(*this);
  const RankedFrames ranked = ranking_(x);
  const auto clips = [&](const at::Tensor& flat) {
    return flat.view({x.size(0), flat.size(1), x.size(3), x.size(4), x.size(1)}).permute({0, 4, 1, 2, 3});
  };
  const at::Tensor kept = clips(ranked.kept);
  const at::Tensor compressed = compression_(clips(ranked.dropped), kept);
  return {kept.permute({0, 3, 4, 2, 1}), compressed.permute({0, 3, 4, 2, 1}), ranked.kept_indices};
}

}  // namespace vs::nn::drca
