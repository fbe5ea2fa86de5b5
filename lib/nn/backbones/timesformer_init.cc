#include "lib/nn/backbones/timesformer_init.h"

#include <fmt/format.h>

#include <cstdint>

#include "lib/core/error.h"

namespace vs::nn {
namespace {

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

at::Tensor resized_places(const at::Tensor& places, int64_t patches) {
  if (places.dim() != 3 || places.size(0) != 1 || places.size(1) < 2)
    throw DataError("pos_embed", fmt::format("is [{}], not [1, 1 + patches, C]", fmt::join(places.sizes(), ", ")));
  const int64_t count = places.size(1) - 1;
  if (count == patches) return places;
  const at::Tensor source = at::arange(patches, at::kLong) * count;
  const at::Tensor rows = at::cat({at::zeros({1}, at::kLong), at::div(source, patches, "floor") + 1});
  return places.index_select(1, rows.to(places.device()));
}

}  // namespace

std::map<std::string, at::Tensor> video_transformer_weights(const std::map<std::string, at::Tensor>& image_weights,
                                                            int64_t patches) {
  std::map<std::string, at::Tensor> weights;
  for (const auto& [name, tensor] : image_weights) {
    const std::string renamed = replaced(replaced(name, "norms.0", "attentions.0.norm"), "norms.1", "ffns.0.norm");
    weights[renamed] = renamed == "pos_embed" ? resized_places(tensor, patches) : tensor;
    if (renamed.find("attentions.0") != std::string::npos)
      weights[replaced(renamed, "attentions.0", "attentions.1")] = tensor;
  }
  return weights;
}

}  // namespace vs::nn
