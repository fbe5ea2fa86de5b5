#include <c10/core/DeviceGuard.h>
#include <torch/csrc/autograd/custom_function.h>

#include "lib/cuda/kernels/temporal_shift.h"
#include "lib/cuda/operations/operations.h"
#include "lib/cuda/operations/stream.h"

namespace vs::cuda {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// The shift of images that may lie in any order; the result lies as they do where that is one of the two layouts.
at::Tensor shifted(const at::Tensor& images, int64_t segments, int64_t divisor, ShiftDirection direction) {
  const at::OptionalDeviceGuard here(images.device());
  const bool channels_last =
      images.dim() == 4 && !images.is_contiguous() && images.is_contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor x = channels_last ? images : images.contiguous();
  at::Tensor result = at::empty_like(x);
  const int64_t pixels = x.size(0) * x.size(1);
  ShiftShape shape;
  shape.videos = x.size(0) / segments;
  shape.segments = segments;
  shape.channels = x.size(1);
  shape.positions = pixels == 0 ? 0 : x.numel() / pixels;
  shape.divisor = divisor;
  shape.element_bytes = static_cast<int>(x.element_size());
  shape.layout = channels_last ? ImageLayout::kChannelsLast : ImageLayout::kChannelsFirst;
  vs::cuda::temporal_shift(x.const_data_ptr(), result.mutable_data_ptr(), shape, direction, stream_of(x));
  return result;
}

struct TemporalShift : public torch::autograd::Function<TemporalShift> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, int64_t segments, int64_t divisor) {
    context->saved_data["segments"] = segments;
    context->saved_data["divisor"] = divisor;
    return shifted(x, segments, divisor, ShiftDirection::kForward);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    return {shifted(gradients[0], context->saved_data["segments"].toInt(), context->saved_data["divisor"].toInt(),
                    ShiftDirection::kBackward),
            at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor Operations::temporal_shift(const at::Tensor& x, int64_t segments, int64_t divisor) const {
  return TemporalShift::apply(x, segments, divisor);
}

}  // namespace vs::cuda
