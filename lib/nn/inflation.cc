#include "lib/nn/inflation.h"

#include <algorithm>
#include <cmath>

#include "lib/nn/backbones/swin.h"
#include "lib/nn/inflate.h"
#include "lib/nn/inflate_swin.h"

namespace vs::nn {
namespace {

constexpr size_t kImageKernelAxes = 4, kClipKernelAxes = 5;

bool holds_image_patches(const std::vector<weights::NamedShape>& found, const std::string& prefix) {
  return std::any_of(found.begin(), found.end(), [&](const weights::NamedShape& tensor) {
    return tensor.name == prefix + "patch_embed.proj.weight" && tensor.shape.size() == kImageKernelAxes;
  });
}

bool is_square(int64_t number) {
  const auto side = static_cast<int64_t>(std::llround(std::sqrt(static_cast<double>(number))));
  return number > 0 && side * side == number;
}

}  // namespace

Inflation::Inflation(const WholeModel& model, const std::vector<weights::NamedShape>& found) {
  model.visit([&](Module& module, const std::string& prefix) {
    const auto* swin = dynamic_cast<const SwinTransformer3d*>(&module);
    if (!swin || !holds_image_patches(found, prefix)) return;
    for (const Entry& entry : module.entries()) {
      if (entry.name.ends_with("relative_position_bias_table"))
        windows_[prefix + entry.name] = swin->options().window_size;
    }
  });
}

bool Inflation::adapts(const weights::NamedShape& expected, const weights::NamedShape& found) const {
  std::vector<int64_t> shape = expected.shape;
  if (windows_.contains(expected.name))
    return found.shape.size() == 2 && found.shape[1] == shape.at(1) && is_square(found.shape[0]);
  if (shape.size() != kClipKernelAxes) return false;
  shape.erase(shape.begin() + 2);
  return shape == found.shape;
}

at::Tensor Inflation::adapted(const std::string& name, const at::Tensor& value, at::IntArrayRef shape) const {
  const auto window = windows_.find(name);
  if (window != windows_.end()) return inflated_bias_table(value.to(at::kFloat), window->second);
  if (value.dim() + 1 == static_cast<int64_t>(shape.size())) return inflated_kernel(value, shape[2]);
  return value;
}

}  // namespace vs::nn
