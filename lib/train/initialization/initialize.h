// Values for networks that start from nothing, as their published trainings begin.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>

#include "lib/nn/module.h"

namespace vs::train {

/// Gives every entry of a network a value, and memory before that where it has none (Module::materialize()).
///
/// model: a recipe's `model`, from which the module was built, by build_task() or systems::build_system(); of it count
/// init_std of heads and of a skim network, and zero_init_residual of a SlowOnly backbone. Parts that are loaded from a
/// file are to be loaded afterwards. The rules, by the part that a layer lies in:
/// - residual networks and MobileNetV2: convolutions Kaiming-normal by fan out, without bias; the last batch
///   normalisation of each block of a SlowOnly network 0, as mmaction2 has it; a linear layer on top N(0, 0.01) in
///   MobileNetV2 and as PyTorch's default in residual networks, the skim network's `logit` N(0, init_std or 0.01);
/// - Video Swin: linear layers and tables of offsets truncated normal 0.02, the patch embedding PyTorch's default;
/// - TimeSformer and DRCA: tokens and embeddings truncated normal 0.02 (TimeSformer's time embedding 0), the patch
///   embedding N(0, 1 / fan in), temporal_fc 0, attention as PyTorch's, else PyTorch's default; DRCA's ranking and
///   compression Xavier-normal, biases of convolutions N(0, 1), weights of 2-D batch normalisation N(1, 0.02);
/// - heads: N(0, init_std), which is 0.01 if not given, 0.001 for TSMHead and RKD2DHead; ClsHead and TimeSformerHead
///   truncated normal 0.02; AdaFocusV2Clip's classifiers N(0, 0.001); biases 0;
/// - the rest of AdaFocusV2, R50Head and SimilarityHead: PyTorch's defaults.
/// Normalisation elsewhere starts as the identity, statistics at mean 0 and variance 1, counters at 0; tables keep
/// their values.
///
/// An entry's values depend on (seed, its name, its shape) alone, neither on threads nor on other entries; float32
/// entries are rounded float64 ones. Throws std::logic_error naming an entry that no rule covers, UsageError for an
/// init_std that is no number of at least 0.
/// Sources: init_weights() of mmaction2 0.24, OCSampler, ResKD and DRCA, and the constructors of AdaFocusV2.
void initialize(nn::Module& module, const nlohmann::ordered_json& model, uint64_t seed);

}  // namespace vs::train
