#include "lib/nn/meta_kernels.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/library.h>

#include <array>
#include <tuple>
#include <vector>

#include "lib/nn/torch.h"

namespace vs::nn {
namespace {

using at::Tensor;
using MaybeTensor = std::optional<Tensor>;
using Sizes = std::vector<int64_t>;

Tensor shaped(const Tensor& like, const Sizes& sizes) { return at::empty(sizes, like.options()); }

int64_t at_axis(at::IntArrayRef list, size_t axis) { return list.size() == 1 ? list[0] : list[axis]; }

int64_t window_positions(int64_t size, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation) {
  return (size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
}

Tensor convolution(const Tensor& x, const Tensor& weight, const MaybeTensor&, at::IntArrayRef stride,
                   at::IntArrayRef padding, at::IntArrayRef dilation, bool transposed, at::IntArrayRef,
                   int64_t groups) {
  TORCH_CHECK(!transposed, "no shape rule for a transposed convolution");
  TORCH_CHECK(x.dim() == weight.dim() && x.size(1) == weight.size(1) * groups, "a convolution of weights ",
              weight.sizes(), " does not fit an input ", x.sizes());
  Sizes sizes{x.size(0), weight.size(0)};
  for (int64_t axis = 2; axis < x.dim(); ++axis) {
    const auto i = static_cast<size_t>(axis - 2);
    sizes.push_back(window_positions(x.size(axis), weight.size(axis), at_axis(stride, i), at_axis(padding, i),
                                     at_axis(dilation, i)));
    TORCH_CHECK(sizes.back() > 0, "a convolution of weights ", weight.sizes(), " does not fit an input ", x.sizes());
  }
  return shaped(x, sizes);
}

std::tuple<Tensor, Tensor, Tensor> batch_norm(const Tensor& x, const MaybeTensor&, const MaybeTensor&,
                                              const MaybeTensor&, const MaybeTensor&, bool training, double, double) {
  const Tensor statistics = shaped(x, {training ? x.size(1) : 0});
  return {at::empty_like(x), statistics, at::empty_like(statistics)};
}

std::tuple<Tensor, Tensor, Tensor> layer_norm(const Tensor& x, at::IntArrayRef normalized, const MaybeTensor&,
                                              const MaybeTensor&, double) {
  TORCH_CHECK(static_cast<size_t>(x.dim()) >= normalized.size() &&
                  x.sizes().slice(static_cast<size_t>(x.dim()) - normalized.size()) == normalized,
              "a layer norm over ", normalized, " does not fit an input ", x.sizes());
  Sizes rows = x.sizes().vec();
  for (size_t i = 0; i < normalized.size(); ++i) rows[rows.size() - 1 - i] = 1;
  const Tensor statistics = shaped(x, rows);
  return {at::empty_like(x), statistics, at::empty_like(statistics)};
}

std::tuple<Tensor, Tensor, Tensor> group_norm(const Tensor& x, const MaybeTensor&, const MaybeTensor&, int64_t n,
                                              int64_t, int64_t, int64_t groups, double) {
  const Tensor statistics = shaped(x, {n, groups});
  return {at::empty_like(x), statistics, at::empty_like(statistics)};
}

std::tuple<Tensor, Tensor> max_pool3d(const Tensor& x, at::IntArrayRef kernel, at::IntArrayRef stride,
                                      at::IntArrayRef padding, at::IntArrayRef dilation, bool) {
  Sizes sizes = x.sizes().vec();
  for (size_t i = 0; i < 3; ++i) {
    int64_t& size = sizes[sizes.size() - 3 + i];
    size = window_positions(size, at_axis(kernel, i), at_axis(stride.empty() ? kernel : stride, i), at_axis(padding, i),
                            at_axis(dilation, i));
    TORCH_CHECK(size > 0, "max pooling does not fit an input ", x.sizes());
  }
  return {shaped(x, sizes), at::empty(sizes, x.options().dtype(at::kLong))};
}

Tensor adaptive_pool(const Tensor& x, at::IntArrayRef sizes) {
  Sizes result = x.sizes().vec();
  for (size_t i = 0; i < sizes.size(); ++i) result[result.size() - sizes.size() + i] = sizes[i];
  return shaped(x, result);
}

Tensor elementwise(const Tensor& x) { return at::empty_like(x); }

Tensor hard_tanh(const Tensor& x, const at::Scalar&, const at::Scalar&) { return at::empty_like(x); }

Tensor index_select(const Tensor& x, int64_t axis, const Tensor& index) {
  Sizes sizes = x.sizes().vec();
  sizes.at(static_cast<size_t>(axis < 0 ? axis + x.dim() : axis)) = index.numel();
  return shaped(x, sizes);
}

Tensor grid_sampler(const Tensor& x, const Tensor& grid, int64_t, int64_t, bool) {
  Sizes sizes{x.size(0), x.size(1)};
  for (int64_t axis = 1; axis + 1 < grid.dim(); ++axis) sizes.push_back(grid.size(axis));
  return shaped(x, sizes);
}

Tensor roll(const Tensor& x, at::IntArrayRef, at::IntArrayRef) { return at::empty_like(x); }

/// The result is there already, in its shape.
Tensor& where(const Tensor&, const Tensor&, const Tensor&, Tensor& out) { return out; }

/// Registers one operation unless the library at hand has its rule.
template <class Kernel>
void add(torch::Library& library, const char* name, const char* overload, Kernel kernel) {
  const auto operation = c10::Dispatcher::singleton().findSchema({std::string("aten::") + name, overload});
  if (!operation) return;
  const bool overrides = std::string_view(name) == "convolution_overrideable";
  if (!overrides && operation->hasKernelForDispatchKey(c10::DispatchKey::Meta)) return;
  const std::string full = *overload ? std::string(name) + "." + overload : name;
  library.impl(full.c_str(), kernel);
}

torch::Library registered() {
  torch::Library library(torch::Library::IMPL, "aten", c10::DispatchKey::Meta, __FILE__, __LINE__);
  add(library, "convolution_overrideable", "", convolution);
  add(library, "native_batch_norm", "", batch_norm);
  add(library, "native_layer_norm", "", layer_norm);
  add(library, "native_group_norm", "", group_norm);
  add(library, "max_pool3d_with_indices", "", max_pool3d);
  add(library, "_adaptive_avg_pool2d", "", adaptive_pool);
  add(library, "_adaptive_avg_pool3d", "", adaptive_pool);
  add(library, "relu", "", elementwise);
  add(library, "hardtanh", "", hard_tanh);
  add(library, "index_select", "", index_select);
  add(library, "grid_sampler_2d", "", grid_sampler);
  add(library, "roll", "", roll);
  add(library, "where", "self_out", where);
  return library;
}

}  // namespace

void register_meta_kernels() {
  static const torch::Library library = registered();
  (void)library;
}

}  // namespace vs::nn
