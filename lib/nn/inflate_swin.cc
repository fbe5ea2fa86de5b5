#include "lib/nn/inflate_swin.h"

#include <fmt/format.h>

#include <cmath>
#include <set>
#include <utility>
#include <vector>

#include "lib/core/error.h"

namespace vs::nn {
namespace {

at::Tensor repeated_projection(const at::Tensor& image, const Axes& patch) {
  if (image.dim() != 4) return image;
  return image.unsqueeze(2).repeat({1, 1, patch[0], 1, 1}) / static_cast<double>(patch[0]);
}

bool own_values(const std::string& name) {
  return name.ends_with("relative_position_index") || name.ends_with("attn_mask");
}

}  // namespace

at::Tensor inflated_bias_table(const at::Tensor& image, const Axes& window) {
  if (image.dim() != 2) return image;
  const int64_t height = 2 * window[1] - 1, width = 2 * window[2] - 1;
  at::Tensor table = image;
  if (image.size(0) != height * width) {
    const auto side = static_cast<int64_t>(std::sqrt(static_cast<double>(image.size(0))));
    if (side == 0 || side * side != image.size(0)) return image;
    table = at::upsample_bicubic2d(image.t().reshape({1, image.size(1), side, side}), {height, width}, false)
                .view({image.size(1), height * width})
                .t();
  }
  return table.repeat({2 * window[0] - 1, 1});
}

InflateReport inflate_swin(SwinTransformer3d& network, const std::map<std::string, at::Tensor>& image_weights) {
  const at::NoGradGuard no_gradients;
  const SwinOptions& options = network.options();
  InflateReport report;
  std::set<std::string> used;
  std::vector<std::pair<at::Tensor*, at::Tensor>> ready;
  for (const Entry& entry : network.entries()) {
    if (own_values(entry.name)) continue;
    const auto found = image_weights.find(entry.name);
    if (found == image_weights.end()) {
      report.missing.push_back(entry.name);
      continue;
    }
    used.insert(entry.name);
    at::Tensor weight = found->second;
    if (entry.name == "patch_embed.proj.weight") weight = repeated_projection(weight, options.patch_size);
    if (entry.name.ends_with("relative_position_bias_table")) weight = inflated_bias_table(weight, options.window_size);
    if (weight.sizes() != entry.tensor->sizes()) {
      throw DataError(entry.name,
                      fmt::format("weights of shape [{}] do not fit [{}]", fmt::join(found->second.sizes(), ", "),
                                  fmt::join(entry.tensor->sizes(), ", ")));
    }
    ready.emplace_back(entry.tensor, weight);
  }
  for (const auto& [name, weight] : image_weights) {
    if (!used.contains(name) && !own_values(name)) report.unused.push_back(name);
  }
  for (const auto& [target, weight] : ready) target->copy_(weight);
  return report;
}

}  // namespace vs::nn
