// Convolutions in training: as matrix products, and in mixed precision.
#include "lib/nn/layers/conv.h"

#include <ATen/autocast_mode.h>
#include <doctest/doctest.h>

#include <vector>

#include "lib/nn/layers/matrix_conv.h"
#include "tests/lib/nn/random_weights.h"

namespace vs::nn {
namespace {

struct Passes {
  at::Tensor y, of_x, of_weight;
};

/// Result and gradients, by LibTorch's convolution or as a product. The sum is weighted, so that places differ.
Passes passes(const ConvOptions& options, const at::Tensor& x, const at::Tensor& weight, bool as_product) {
  const at::Tensor input = x.clone().set_requires_grad(true), kernel = weight.clone().set_requires_grad(true);
  const at::Tensor y = as_product ? convolution_as_product(input, kernel, options)
                                  : at::convolution(input, kernel, {}, options.stride, options.padding,
                                                    options.dilation, false, Axes(options.kernel.size(), 0), 1);
  (y * at::arange(y.numel(), y.options()).cos().view(y.sizes())).sum().backward();
  return {y.detach(), input.grad(), kernel.grad()};
}

ConvOptions with(Axes kernel, Axes stride, Axes padding) {
  return {.in_channels = 3,
          .out_channels = 5,
          .kernel = kernel,
          .stride = stride,
          .padding = padding,
          .dilation = Axes(kernel.size(), 1),
          .bias = false};
}

}  // namespace

TEST_CASE("a convolution as a product has the values and gradients of a convolution") {
  const std::vector<ConvOptions> images{with({1, 1}, {1, 1}, {0, 0}), with({1, 1}, {2, 2}, {0, 0}),
                                        with({3, 3}, {1, 1}, {1, 1}), with({3, 3}, {2, 2}, {1, 1}),
                                        with({3, 2}, {2, 3}, {0, 1}), with({5, 3}, {1, 1}, {4, 2}),
                                        with({1, 1}, {1, 1}, {1, 0}), with({7, 7}, {2, 2}, {3, 3})};
  const std::vector<ConvOptions> clips{with({1, 1, 1}, {1, 1, 1}, {0, 0, 0}), with({3, 1, 1}, {1, 1, 1}, {1, 0, 0}),
                                       with({1, 3, 3}, {1, 2, 2}, {0, 1, 1}), with({2, 3, 3}, {2, 1, 1}, {1, 0, 2})};
  const auto compare = [](const ConvOptions& options, const std::vector<int64_t>& shape) {
    const at::Tensor x = at::arange(1, 1 + c10::multiply_integers(shape), at::kDouble).sin().view(shape);
    std::vector<int64_t> of_weight{5, 3};
    of_weight.insert(of_weight.end(), options.kernel.begin(), options.kernel.end());
    const at::Tensor weight =
        at::arange(2, 2 + c10::multiply_integers(of_weight), at::kDouble).sqrt().cos().view(of_weight);
    for (const bool last : {false, true}) {
      const auto format = !last               ? at::MemoryFormat::Contiguous
                          : shape.size() == 5 ? at::MemoryFormat::ChannelsLast3d
                                              : at::MemoryFormat::ChannelsLast;
      const Passes plain = passes(options, x, weight, false);
      const Passes product = passes(options, x.contiguous(format), weight.contiguous(format), true);
      CHECK(at::allclose(product.y, plain.y, 1e-12, 1e-12));
      CHECK(at::allclose(product.of_x, plain.of_x, 1e-12, 1e-12));
      CHECK(at::allclose(product.of_weight, plain.of_weight, 1e-12, 1e-12));
    }
  };
  for (const auto& options : images) {
    compare(options, {2, 3, 6, 5});
    compare(options, {1, 3, 9, 8});
  }
  for (const auto& options : clips) compare(options, {2, 3, 4, 5, 6});
}

TEST_CASE("a kernel larger than what is left beside its padding meets only what is there") {
  const ConvOptions options = with({3, 3}, {1, 1}, {2, 2});
  const at::Tensor x = at::ones({1, 3, 1, 1}, at::kDouble),
                   weight = at::arange(135, at::kDouble).sin().view({5, 3, 3, 3});
  const Passes plain = passes(options, x, weight, false), product = passes(options, x, weight, true);
  CHECK(at::allclose(product.y, plain.y, 1e-12, 1e-12));
  CHECK(at::allclose(product.of_x, plain.of_x, 1e-12, 1e-12));
  CHECK(at::allclose(product.of_weight, plain.of_weight, 1e-12, 1e-12));
}

TEST_CASE("products are for plain convolutions of many weights and few positions, in single or half precision") {
  const auto wide = [](const Axes& kernel, const Axes& padding) {
    ConvOptions options = with(kernel, {1, 1}, padding);
    options.in_channels = options.out_channels = 128;
    return options;
  };
  const ConvOptions one = wide({1, 1}, {0, 0}), nine = wide({3, 3}, {1, 1});
  const at::Tensor few = at::empty({1, 128, 16, 16}), many = at::empty({1, 128, 16, 17});
  CHECK(trains_faster_as_product(nine, few));
  CHECK_FALSE(trains_faster_as_product(nine, many));
  CHECK(trains_faster_as_product(one, many));
  CHECK(trains_faster_as_product(one, many.to(at::kBFloat16)));
  CHECK_FALSE(trains_faster_as_product(one, many.to(at::kDouble)));
  ConvOptions grouped = one, dilated = nine, biased = one, narrow = one;
  grouped.groups = 2;
  dilated.dilation = {2, 2};
  biased.bias = true;
  narrow.out_channels = 127;
  for (const auto& other : {grouped, dilated, biased, narrow}) CHECK_FALSE(trains_faster_as_product(other, few));
}

TEST_CASE("mixed precision reaches convolutions, and gradients come back in single precision") {
  for (const int64_t kernel : {1, 3}) {
    Conv conv(square_conv(16, 16, kernel, 1, kernel / 2));
    testing::randomise(conv, 3);
    conv.train();
    conv.require_gradients(true);
    const at::Tensor x = testing::random_tensor({2, 16, 8, 8}, 4);
    const at::Tensor exact = conv(x).detach();
    at::autocast::set_autocast_enabled(at::kCPU, true);
    at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
    const at::Tensor y = conv(x);
    at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(at::kCPU, false);
    CHECK((y.scalar_type() == at::kBFloat16));
    CHECK(testing::relative_error(y.detach().to(at::kFloat), exact) < 0.02);
    y.to(at::kFloat).square().sum().backward();
    CHECK((conv.weight().grad().scalar_type() == at::kFloat));
  }
}

}  // namespace vs::nn
