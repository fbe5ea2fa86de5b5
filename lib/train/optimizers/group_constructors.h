// The ways in which the published trainings group parameters, one function each. See parameter_groups().
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lib/train/optimizers/parameter_groups.h"

namespace vs::train {

/// What a factor of rate or decay may be at most.
inline constexpr double kLargestFactor = 1e6;

/// What every constructor starts from.
struct GroupingRequest {
  nn::Module& module;
  double learning_rate = 0, weight_decay = 0;
  const nlohmann::ordered_json* paramwise = nullptr;  ///< paramwise_cfg; null where it is missing or empty
  std::string place;                                  ///< "train.optimizer", for errors
};

/// One group of all parameters. With paramwise_cfg one group a parameter: the first of `custom_keys` (the longest
/// first, then alphabetical) that is part of its full name decides alone, by lr_mult and decay_mult. Else a parameter
/// called "bias" of no normalisation learns bias_lr_mult times as fast; the decay is multiplied by norm_decay_mult in
/// normalisations, else by dwconv_decay_mult in depth-wise convolutions of images, else by bias_decay_mult of a "bias".
/// Source: mmcv 1.x, DefaultOptimizerConstructor.
std::vector<ParameterGroup> default_groups(const GroupingRequest& request);

/// TSM's seven groups: first convolution's weight and bias, other weights and biases of convolutions and linear layers,
/// batch normalisations, and, with paramwise_cfg.fc_lr5, weight and bias of the last linear layer or convolution.
/// Without paramwise_cfg one group, as mmcv does. Throws UsageError for a layer of another kind.
/// Source: Lin et al., ICCV 2019; mmaction2 0.20, TSMOptimizerConstructor.
std::vector<ParameterGroup> tsm_groups(const GroupingRequest& request);

/// The distillation's three groups of all but the teacher's (backbone.high_res_path) layers: weights and biases of
/// convolutions and linear layers, batch normalisations. Without paramwise_cfg one group, as mmcv does. Throws
/// UsageError for a layer of another kind.
/// Source: ResKD, Ma et al., 2021, RKDOptimizerConstructor.
std::vector<ParameterGroup> distillation_groups(const GroupingRequest& request);

/// OCSampler's eight groups: of layers with "sampler" in their name convolution weights, biases, batch normalisations,
/// linear weights, biases; of the others weights, biases, batch normalisations. paramwise_cfg, which may be missing:
/// sampler_conv_multiplier (1), sampler_bn_multiplier (1), sampler_fc_multiplier (5) of the rates. Throws UsageError
/// for a layer of another kind. Source: OCSampler, Lin et al., CVPR 2022, SamplerOptimizerConstructor, whose released
/// form stops with an error.
std::vector<ParameterGroup> sampler_groups(const GroupingRequest& request);

/// AdaFocusV2's groups, one a part of the network, with decay on everything. paramwise_cfg, which may be missing:
/// global_lr_ratio (1), stn_lr_ratio (0.01), classifier_lr_ratio (1). Networks with a classifier after the last frame:
/// policy_stn, global_CNN, global_CNN_fc, local_CNN, local_CNN_fc, pooling_classifier; those for clips: policy_stn,
/// global_CNN, local_CNN, where a classifier_lr_ratio is refused. Throws UsageError for a parameter of no part.
/// Source: Wang et al., CVPR 2022.
std::vector<ParameterGroup> adafocus_groups(const GroupingRequest& request);

}  // namespace vs::train
