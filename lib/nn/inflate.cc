#include "lib/nn/inflate.h"

#include <fmt/format.h>

#include <set>
#include <string_view>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace vs::nn {
namespace {

/// The image weight over the frames of the entry's kernel.
at::Tensor over_time(const at::Tensor& weight, const at::Tensor& entry) {
  if (weight.dim() != 4 || entry.dim() != 5) return weight;
  return inflated_kernel(weight, entry.size(2));
}

}  // namespace

at::Tensor inflated_kernel(const at::Tensor& kernel, int64_t frames) {
  // Divided in double, so that kernels of half precision lose nothing on their way.
  return (kernel.to(at::kDouble) / frames).unsqueeze(2).expand({-1, -1, frames, -1, -1});
}

std::string torchvision_resnet_name(const std::string& name) {
  std::vector<std::string> parts;
  for (const std::string_view component : split(name, '.')) {
    const std::string part(component);
    const std::string before = parts.empty() ? "" : parts.back();
    if (part == "net") continue;
    if (before == "downsample" && (part == "conv" || part == "bn")) {
      parts.push_back(part == "conv" ? "0" : "1");
    } else if (before.starts_with("conv") && part == "bn") {
      parts.back() = "bn" + before.substr(std::string_view("conv").size());
    } else if (!(before.starts_with("conv") && part == "conv")) {
      parts.push_back(part);
    }
  }
  return fmt::format("{}", fmt::join(parts, "."));
}

InflateReport inflate_resnet(Module& network, const std::map<std::string, at::Tensor>& image_weights) {
  InflateReport report;
  std::set<std::string> used;
  std::vector<std::pair<at::Tensor, at::Tensor>> copies;
  for (const Entry& entry : network.entries()) {
    const std::string name = torchvision_resnet_name(entry.name);
    const auto found = image_weights.find(name);
    if (found == image_weights.end()) {
      report.missing.push_back(entry.name);
      continue;
    }
    used.insert(name);
    const at::Tensor weight = over_time(found->second, *entry.tensor);
    if (weight.sizes() != entry.tensor->sizes())
      throw DataError(name, fmt::format("[{}] does not fit {} [{}]", fmt::join(found->second.sizes().vec(), ", "),
                                        entry.name, fmt::join(entry.tensor->sizes().vec(), ", ")));
    copies.emplace_back(*entry.tensor, weight);
  }
  const at::NoGradGuard no_gradients;
  for (auto& [entry, weight] : copies) entry.copy_(weight);
  for (const auto& [name, weight] : image_weights) {
    if (!used.contains(name)) report.unused.push_back(name);
  }
  return report;
}

}  // namespace vs::nn
