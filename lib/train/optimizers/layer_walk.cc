#include "lib/train/optimizers/layer_walk.h"

#include "lib/nn/layers/conv.h"
#include "lib/nn/layers/linear.h"
#include "lib/nn/layers/norm.h"

namespace vs::train {
namespace {

LayerKind kind_of(nn::Module& module) {
  if (dynamic_cast<nn::Conv*>(&module)) return LayerKind::kConvolution;
  if (dynamic_cast<nn::Linear*>(&module)) return LayerKind::kLinear;
  if (dynamic_cast<nn::BatchNorm*>(&module)) return LayerKind::kBatchNorm;
  if (dynamic_cast<nn::LayerNorm*>(&module)) return LayerKind::kLayerNorm;
  return LayerKind::kOther;
}

/// Adds the layers of a module called `name`.
void walk(nn::Module& module, const std::string& name, std::vector<LayerParameters>& layers) {
  const std::string prefix = name.empty() ? "" : name + ".";
  std::vector<nn::Entry> entries = module.entries();
  size_t of_children = 0;
  for (const auto& child : module.children()) of_children += child->entries().size();
  // A module's own entries come first.
  entries.resize(entries.size() - of_children);
  LayerParameters layer{name, &module, kind_of(module), {}};
  for (const nn::Entry& entry : entries) {
    if (entry.kind == nn::EntryKind::kParameter)
      layer.parameters.push_back({prefix + entry.name, entry.tensor, entry.kind});
  }
  if (!layer.parameters.empty()) layers.push_back(std::move(layer));
  for (const auto& child : module.children())
    walk(*child, child->name().empty() ? name : prefix + child->name(), layers);
}

}  // namespace

std::vector<LayerParameters> layers_with_parameters(nn::Module& network) {
  std::vector<LayerParameters> layers;
  walk(network, "", layers);
  return layers;
}

}  // namespace vs::train
