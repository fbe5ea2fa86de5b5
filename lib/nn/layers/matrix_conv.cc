#include "lib/nn/layers/matrix_conv.h"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <functional>
#include <numeric>

namespace vs::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

int64_t product(const Axes& axes) { return std::accumulate(axes.begin(), axes.end(), int64_t{1}, std::multiplies<>()); }

bool all_are(const Axes& axes, int64_t value) {
  return std::all_of(axes.begin(), axes.end(), [&](int64_t one) { return one == value; });
}

/// Kernel, stride and padding of one convolution over inputs of one size.
struct Geometry {
  Axes kernel, stride, padding, input, output;

  Geometry(Axes kernel_size, Axes strides, Axes paddings, at::IntArrayRef shape)
      : kernel(std::move(kernel_size)),
        stride(std::move(strides)),
        padding(std::move(paddings)),
        input(shape.begin() + 2, shape.end()) {
    for (size_t a = 0; a < kernel.size(); ++a)
      output.push_back((input[a] + 2 * padding[a] - kernel[a]) / stride[a] + 1);
  }
  bool rows_are_input() const { return all_are(kernel, 1) && all_are(stride, 1) && all_are(padding, 0); }
};

/// x [N, C, ...] as [N, ..., C], contiguous.
at::Tensor channels_behind(const at::Tensor& x) { return x.movedim(1, -1).contiguous(); }

/// For each place of the kernel: the part of `maps` [N, input..., C] that it meets, and the part of `windows`
/// [N, output..., places, C] where that belongs. Where it meets padding there is neither.
void for_each_place(const Geometry& geometry, const at::Tensor& maps, const at::Tensor& windows,
                    const std::function<void(const at::Tensor& met, const at::Tensor& window)>& visit) {
  const size_t axes = geometry.kernel.size();
  for (int64_t place = 0; place < product(geometry.kernel); ++place) {
    at::Tensor met = maps, window = windows.select(-2, place);
    bool any = true;
    int64_t rest = place;
    for (size_t a = axes; a-- > 0;) {
      const int64_t stride = geometry.stride[a], offset = rest % geometry.kernel[a] - geometry.padding[a];
      rest /= geometry.kernel[a];
      // Outputs o whose input o * stride + offset lies inside.
      const int64_t first = offset < 0 ? (-offset + stride - 1) / stride : 0;
      const int64_t inside = geometry.input[a] - 1 - offset;
      const int64_t end = inside < 0 ? 0 : std::min(geometry.output[a], inside / stride + 1);
      any = any && first < end;
      if (!any) break;
      const auto axis = static_cast<int64_t>(a) + 1;
      met = met.slice(axis, first * stride + offset, (end - 1) * stride + offset + 1, stride);
      window = window.slice(axis, first, end);
    }
    if (any) visit(met, window);
  }
}

Axes windows_shape(const Geometry& geometry, int64_t images, int64_t channels) {
  Axes shape{images};
  shape.insert(shape.end(), geometry.output.begin(), geometry.output.end());
  shape.insert(shape.end(), {product(geometry.kernel), channels});
  return shape;
}

/// What each output position sees: [N * output..., places * C].
at::Tensor rows_of(const Geometry& geometry, const at::Tensor& x) {
  const at::Tensor maps = channels_behind(x);
  const int64_t channels = x.size(1), places = product(geometry.kernel);
  if (geometry.rows_are_input()) return maps.view({-1, channels});
  const Axes shape = windows_shape(geometry, x.size(0), channels);
  const bool whole = all_are(geometry.padding, 0);
  const at::Tensor windows = whole ? at::empty(shape, maps.options()) : at::zeros(shape, maps.options());
  for_each_place(geometry, maps, windows, [](const at::Tensor& met, const at::Tensor& window) { window.copy_(met); });
  return windows.view({-1, places * channels});
}

/// The gradient of x from that of rows_of(x). Sums are taken in single precision at least.
at::Tensor gathered(const Geometry& geometry, const at::Tensor& rows, int64_t images, int64_t channels) {
  Axes shape{images};
  shape.insert(shape.end(), geometry.input.begin(), geometry.input.end());
  shape.push_back(channels);
  if (geometry.rows_are_input()) return rows.view(shape).movedim(-1, 1);
  const bool sums = product(geometry.kernel) > 1;
  const auto type = sums ? at::promote_types(rows.scalar_type(), at::kFloat) : rows.scalar_type();
  const at::Tensor maps = at::zeros(shape, rows.options().dtype(type));
  const at::Tensor windows = rows.to(type).view(windows_shape(geometry, images, channels));
  for_each_place(geometry, maps, windows, [](const at::Tensor& met, const at::Tensor& window) { met.add_(window); });
  return maps.to(rows.scalar_type()).movedim(-1, 1);
}

/// [out, C, kernel...] as [out, places * C].
at::Tensor matrix_of(const at::Tensor& weight) { return weight.movedim(1, -1).reshape({weight.size(0), -1}); }

struct ConvolutionAsProduct : public torch::autograd::Function<ConvolutionAsProduct> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight, const Axes& stride,
                            const Axes& padding) {
    context->save_for_backward({x, weight});
    context->saved_data["stride"] = stride;
    context->saved_data["padding"] = padding;
    const Geometry geometry(weight.sizes().slice(2).vec(), stride, padding, x.sizes());
    Axes shape{x.size(0)};
    shape.insert(shape.end(), geometry.output.begin(), geometry.output.end());
    shape.push_back(weight.size(0));
    return at::mm(rows_of(geometry, x), matrix_of(weight).t()).view(shape).movedim(-1, 1);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &weight = saved[1];
    const Geometry geometry(weight.sizes().slice(2).vec(), context->saved_data["stride"].toIntVector(),
                            context->saved_data["padding"].toIntVector(), x.sizes());
    const at::Tensor rows = channels_behind(gradients[0]).view({-1, weight.size(0)});
    variable_list result(4);
    if (context->needs_input_grad(0))
      result[0] = gathered(geometry, at::mm(rows, matrix_of(weight)), x.size(0), x.size(1));
    if (context->needs_input_grad(1)) {
      Axes shape{weight.size(0)};
      shape.insert(shape.end(), geometry.kernel.begin(), geometry.kernel.end());
      shape.push_back(weight.size(1));
      result[1] = at::mm(rows.t(), rows_of(geometry, x)).view(shape).movedim(-1, 1);
    }
    return result;
  }
};

}  // namespace

bool trains_faster_as_product(const ConvOptions& options, const at::Tensor& x) {
  constexpr int64_t kMostPositionsPerChannel = 2;
  if (!x.is_cpu() || x.scalar_type() == at::kDouble || options.groups != 1 || options.bias ||
      !all_are(options.dilation, 1) || options.in_channels * options.out_channels < kManyWeights)
    return false;
  if (all_are(options.kernel, 1) && all_are(options.padding, 0)) return true;
  const Geometry geometry(options.kernel, options.stride, options.padding, x.sizes());
  return x.size(0) * product(geometry.output) <= kMostPositionsPerChannel * options.out_channels;
}

at::Tensor convolution_as_product(const at::Tensor& x, const at::Tensor& weight, const ConvOptions& options) {
  return ConvolutionAsProduct::apply(x, weight, options.stride, options.padding);
}

}  // namespace vs::nn
