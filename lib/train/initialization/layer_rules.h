// How layers begin, in each kind of network.
#pragma once

#include <optional>
#include <string>

#include "lib/train/initialization/distributions.h"

namespace vs::train {

/// Inputs and outputs of one element of a weight [out, in, kernel...], as PyTorch's initialisation counts them.
struct Fans {
  double in = 1, out = 1;
};
Fans fans_of(const at::Tensor& weight);

/// A distribution that may depend on a layer's size.
enum class Rule {
  kNone,               ///< not known: no layer of this part has it
  kZero,               ///< 0
  kOne,                ///< 1
  kUnitNormal,         ///< N(0, 1)
  kAroundOne,          ///< N(1, 0.02)
  kNormal,             ///< N(0, LayerRules::deviation)
  kTruncatedNormal,    ///< the same, truncated
  kKaimingOut,         ///< N(0, 2 / fan out)
  kLecun,              ///< N(0, 1 / fan in)
  kXavierNormal,       ///< N(0, 2 / (fan in + fan out))
  kXavierUniform,      ///< of the same variance
  kInverseRootUniform  ///< U(-1 / sqrt(fan in), 1 / sqrt(fan in)), PyTorch's default of weights and biases
};
Distribution distribution_of(Rule rule, const Fans& fans, double deviation);

/// What layers of one part of a network begin with.
struct LayerRules {
  Rule conv_weight = Rule::kNone, conv_bias = Rule::kNone;
  Rule linear_weight = Rule::kNone, linear_bias = Rule::kNone;
  Rule norm_weight = Rule::kOne;       ///< of batch and layer normalisation
  Rule norm_2d_weight = Rule::kOne;    ///< of batch normalisation behind a 2-D convolution
  Rule last_norm_weight = Rule::kOne;  ///< of the last batch normalisation of a residual block
  Rule table = Rule::kNone;            ///< Video Swin's table of offsets
  Rule tokens = Rule::kNone;           ///< cls_token, pos_embed
  Rule time_tokens = Rule::kNone;      ///< time_embed
  double deviation = 0;                ///< of kNormal and kTruncatedNormal

  static LayerRules torch();
  static LayerRules convolutional();
  static LayerRules swin();
  static LayerRules video_transformer(bool time_from_zero);
  static LayerRules compression();
  /// A linear layer alone.
  static LayerRules linear(Rule weight, double deviation);
};

}  // namespace vs::train
