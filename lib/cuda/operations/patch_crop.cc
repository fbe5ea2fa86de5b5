#include "lib/cuda/kernels/patch_crop.h"

#include <c10/core/DeviceGuard.h>
#include <torch/csrc/autograd/custom_function.h>

#include <limits>
#include <optional>

#include "lib/cuda/operations/operations.h"
#include "lib/cuda/operations/stream.h"
#include "lib/nn/adafocus/patch_crop.h"

namespace vs::cuda {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

std::optional<FloatType> float_type(at::ScalarType type) {
  if (type == at::kFloat) return FloatType::kFloat32;
  if (type == at::kHalf) return FloatType::kFloat16;
  if (type == at::kBFloat16) return FloatType::kBfloat16;
  return std::nullopt;
}

ImageStrides strides_of(const at::Tensor& images) {
  return {images.stride(0), images.stride(1), images.stride(2), images.stride(3)};
}

CropShape crop_shape(const at::Tensor& images, int64_t size) {
  CropShape shape;
  shape.images = images.size(0);
  shape.channels = images.size(1);
  shape.height = static_cast<int32_t>(images.size(2));
  shape.width = static_cast<int32_t>(images.size(3));
  shape.size = static_cast<int32_t>(size);
  shape.type = *float_type(images.scalar_type());
  return shape;
}

at::Tensor patches_like(const at::Tensor& images, int64_t size) {
  return at::empty({images.size(0), images.size(1), size, size}, images.options(), images.suggest_memory_format());
}

struct PatchCrop : public torch::autograd::Function<PatchCrop> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& images, const at::Tensor& actions,
                            int64_t size) {
    const at::OptionalDeviceGuard here(images.device());
    const at::Tensor places = actions.to(at::kFloat).contiguous();
    at::Tensor patches = patches_like(images, size);
    patch_crop(images.const_data_ptr(), strides_of(images), places.const_data_ptr<float>(), patches.mutable_data_ptr(),
               strides_of(patches), crop_shape(images, size), stream_of(images));
    context->save_for_backward({images, places});
    context->saved_data["type"] = actions.scalar_type();
    return patches;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &images = saved[0], &places = saved[1], &patches = gradients[0];
    const at::OptionalDeviceGuard here(images.device());
    const CropShape shape = crop_shape(images, patches.size(2));
    variable_list result(3);
    if (context->needs_input_grad(0)) {
      result[0] = at::empty_like(images);
      patch_crop_backward_images(patches.const_data_ptr(), strides_of(patches), places.const_data_ptr<float>(),
                                 result[0].mutable_data_ptr(), strides_of(result[0]), shape, stream_of(images));
    }
    if (context->needs_input_grad(1)) {
      at::Tensor slopes = at::empty_like(places);
      patch_crop_backward_actions(patches.const_data_ptr(), strides_of(patches), images.const_data_ptr(),
                                  strides_of(images), places.const_data_ptr<float>(), slopes.mutable_data_ptr<float>(),
                                  shape, stream_of(images));
      result[1] = slopes.to(context->saved_data["type"].toScalarType());
    }
    return result;
  }
};

}  // namespace

at::Tensor Operations::crop_patches(const at::Tensor& images, const at::Tensor& actions, int64_t size) const {
  constexpr int64_t kLongestSide = 1 << 30;
  const bool fits = images.size(2) < kLongestSide && images.size(3) < kLongestSide;
  if (!fits || !float_type(images.scalar_type())) return nn::crop_patches_composed(images, actions, size);
  return PatchCrop::apply(images, actions, size);
}

}  // namespace vs::cuda
