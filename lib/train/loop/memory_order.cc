#include "lib/train/loop/memory_order.h"

#include "lib/nn/layers/matrix_conv.h"

namespace vs::train {
namespace {

constexpr int64_t kAxesOfImages = 4, kAxesOfClips = 5;

bool has_order(const at::Tensor& tensor) { return tensor.dim() == kAxesOfImages || tensor.dim() == kAxesOfClips; }

at::MemoryFormat channels_last(const at::Tensor& tensor) {
  return tensor.dim() == kAxesOfImages ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::ChannelsLast3d;
}

}  // namespace

KernelOrder fastest_order(at::Device device, at::ScalarType dtype) {
  if (device.is_cpu()) return KernelOrder::kLargeChannelsLast;
  return dtype == at::kFloat ? KernelOrder::kAsBuilt : KernelOrder::kChannelsLast;
}

void lay_out(nn::Module& module, KernelOrder order) {
  if (order == KernelOrder::kAsBuilt) return;
  for (const nn::Entry& entry : module.entries()) {
    at::Tensor& tensor = *entry.tensor;
    if (entry.kind != nn::EntryKind::kParameter || !has_order(tensor) || tensor.scalar_type() != at::kFloat) continue;
    const bool small = tensor.size(0) * tensor.size(1) < nn::kManyWeights;
    if (order == KernelOrder::kLargeChannelsLast && tensor.requires_grad() && small) continue;
    // Kernels of one position too have strides that say so.
    tensor.set_data(
        at::empty(tensor.sizes(), tensor.options().requires_grad(false), channels_last(tensor)).copy_(tensor.detach()));
  }
}

at::Tensor laid_out(const at::Tensor& imgs, KernelOrder order) {
  if (order != KernelOrder::kChannelsLast || imgs.dim() < 2) return imgs;
  const at::Tensor rows = imgs.flatten(0, 1);
  if (!has_order(rows)) return imgs;
  return rows.contiguous(channels_last(rows)).unflatten(0, {imgs.size(0), imgs.size(1)});
}

}  // namespace vs::train
