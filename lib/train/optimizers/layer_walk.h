// The layers of a network one by one, as optimisers group them.
#pragma once

#include <string>
#include <vector>

#include "lib/nn/module.h"

namespace vs::train {

enum class LayerKind { kConvolution, kLinear, kBatchNorm, kLayerNorm, kOther };

/// A module that has parameters of its own.
struct LayerParameters {
  std::string name;  ///< of the module, "backbone.conv1.bn"; empty at the root
  nn::Module* module = nullptr;
  LayerKind kind = LayerKind::kOther;
  /// Its own parameters under their full names: of the four kinds named the weight, then the bias if there is one.
  std::vector<nn::Entry> parameters;
};

/// In the order of the network's entries: a module comes before its children.
std::vector<LayerParameters> layers_with_parameters(nn::Module& network);

}  // namespace vs::train
