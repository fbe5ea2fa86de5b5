#include "lib/nn/layers/winograd.h"

#include <ATen/Parallel.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "tests/lib/nn/random_weights.h"

// After LibTorch, whose CHECK it replaces.
#include <doctest/doctest.h>

namespace vs::nn {
namespace {

using testing::random_tensor;
using testing::relative_error;

struct Made {
  ConvOptions options;
  at::Tensor weight, bias, x;
  at::Tensor plain() const {
    return at::convolution(x.to(at::kDouble), weight.to(at::kDouble), bias.to(at::kDouble), options.stride,
                           options.padding, options.dilation, false, Axes(options.kernel.size(), 0), 1);
  }
  WinogradConv conv(Activation activation = Activation::kNone) const { return {options, weight, bias, activation}; }
};

Made made(int64_t images, int64_t in, int64_t out, int64_t height, int64_t width, int64_t padding) {
  return {.options = Conv(square_conv(in, out, 3, 1, padding)).options(),
          .weight = random_tensor({out, in, 3, 3}, 1) / std::sqrt(9.0 * static_cast<double>(in)),
          .bias = random_tensor({out}, 2),
          .x = random_tensor({images, in, height, width}, 3)};
}

/// Tests of results need a machine that has the instructions.
bool runs_here() {
  const bool runs = WinogradConv::possible(made(1, 16, 16, 4, 4, 1).options);
  if (!runs) MESSAGE("skipped: this machine has no AVX-512");
  return runs;
}

class Threads {
 public:
  explicit Threads(int count) : before_(at::get_num_threads()) { at::set_num_threads(count); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  ~Threads() { at::set_num_threads(before_); }

 private:
  int before_;
};

TEST_CASE("results are those of a plain convolution, for maps of any size and any number of channels") {
  if (!runs_here()) return;
  struct Shape {
    int64_t images, in, out, height, width, padding;
  };
  const std::vector<Shape> shapes{{1, 16, 16, 1, 1, 1},    {3, 32, 32, 7, 7, 1},  {1, 64, 64, 14, 14, 1},
                                  {3, 17, 33, 5, 9, 1},    {1, 1, 1, 8, 8, 1},    {3, 3, 65, 13, 2, 1},
                                  {1, 40, 100, 3, 31, 0},  {3, 48, 16, 57, 1, 1}, {1, 96, 48, 3, 3, 0},
                                  {3, 129, 64, 28, 28, 1}, {1, 31, 130, 6, 6, 0}, {2, 512, 70, 7, 7, 1},
                                  {8, 16, 32, 30, 30, 1},  {1, 16, 16, 4, 4, 2},  {1, 16, 16, 2, 3, 3}};
  double largest = 0;
  for (const Shape& s : shapes) {
    CAPTURE(s.images);
    CAPTURE(s.in);
    CAPTURE(s.out);
    CAPTURE(s.height);
    CAPTURE(s.width);
    const Made m = made(s.images, s.in, s.out, s.height, s.width, s.padding);
    const at::Tensor y = m.conv()(m.x, nullptr);
    CHECK(y.is_contiguous(at::MemoryFormat::ChannelsLast));
    const double error = relative_error(y, m.plain());
    CHECK(error < 1e-5);
    largest = std::max(largest, error);
  }
  CHECK(largest < 5e-6);
}

TEST_CASE("what follows: residual, ReLU, ReLU6") {
  if (!runs_here()) return;
  const Made m = made(2, 32, 40, 9, 11, 1);
  const at::Tensor plain = m.plain() * 1, residual = 4 * random_tensor({2, 40, 9, 11}, 4);
  const at::Tensor sum = plain + residual.to(at::kDouble);
  const at::Tensor last = residual.contiguous(at::MemoryFormat::ChannelsLast);
  for (const at::Tensor* const other : {&residual, &last}) {
    CHECK(relative_error(m.conv()(m.x, other), sum) < 1e-5);
    CHECK(relative_error(m.conv(Activation::kRelu)(m.x, other), sum.relu()) < 1e-5);
    CHECK(relative_error(m.conv(Activation::kRelu6)(m.x, other), sum.clamp(0, 6)) < 1e-5);
  }
  CHECK(relative_error(m.conv(Activation::kRelu)(m.x, nullptr), plain.relu()) < 1e-5);
  CHECK(sum.max().item<double>() > 6);
}

TEST_CASE("results are the same to the bit for any number of threads and in any batch") {
  if (!runs_here()) return;
  // Tiles for many blocks, and for fewer than threads.
  for (const Made& m : {made(5, 48, 80, 29, 30, 1), made(3, 272, 144, 7, 6, 1)}) {
    const WinogradConv conv = m.conv();
    at::Tensor one;
    {
      const Threads threads(1);
      one = conv(m.x, nullptr);
    }
    for (const int count : {2, 3, 5}) {
      const Threads threads(count);
      CHECK(at::equal(conv(m.x, nullptr), one));
      CHECK(at::equal(conv(m.x.narrow(0, 1, 1), nullptr), one.narrow(0, 1, 1)));
      CHECK(at::equal(conv(m.x.narrow(0, 1, 2), nullptr), one.narrow(0, 1, 2)));
    }
  }
}

TEST_CASE("clips with kernels over one frame") {
  if (!runs_here()) return;
  Made m = made(1, 32, 48, 1, 1, 1);
  m.options = Conv({.in_channels = 32, .out_channels = 48, .kernel = {1, 3, 3}, .padding = {0, 1, 0}}).options();
  m.weight = m.weight.unsqueeze(2);
  m.x = random_tensor({2, 32, 3, 10, 7}, 5);
  REQUIRE(WinogradConv::possible(m.options));
  const at::Tensor residual = random_tensor({2, 48, 3, 10, 5}, 6);
  const at::Tensor y = m.conv()(m.x, &residual);
  CHECK(y.is_contiguous(at::MemoryFormat::ChannelsLast3d));
  CHECK(relative_error(y, m.plain() + residual) < 1e-5);
}

TEST_CASE("a NaN is not lost, and reaches no further than its tiles") {
  if (!runs_here()) return;
  Made m = made(2, 16, 16, 16, 16, 1);
  m.x.select(0, 0).select(1, 0).select(1, 0).fill_(std::numeric_limits<float>::quiet_NaN());
  const at::Tensor y = m.conv(Activation::kRelu6)(m.x, nullptr);
  CHECK(y[0].narrow(1, 0, 2).narrow(2, 0, 2).isnan().all().item<bool>());
  CHECK(!y[0].narrow(1, 4, 12).isnan().any().item<bool>());
  CHECK(!y[0].narrow(2, 4, 12).isnan().any().item<bool>());
  CHECK(!y[1].isnan().any().item<bool>());
}

TEST_CASE("which convolutions, and when") {
  if (!runs_here()) return;
  const auto possible = [](ConvOptions options) { return WinogradConv::possible(Conv(std::move(options)).options()); };
  CHECK(!possible(square_conv(32, 32, 1)));
  CHECK(!possible(square_conv(32, 32, 5, 1, 2)));
  CHECK(!possible(square_conv(32, 32, 3, 2, 1)));
  CHECK(!possible({.in_channels = 32, .out_channels = 32, .kernel = {3, 3}, .groups = 2}));
  CHECK(!possible({.in_channels = 32, .out_channels = 32, .kernel = {3, 3}, .dilation = {2, 2}}));
  CHECK(!possible({.in_channels = 32, .out_channels = 32, .kernel = {3, 3, 3}}));
  CHECK(!possible({.in_channels = 32, .out_channels = 32, .kernel = {1, 3, 3}, .stride = {2, 1, 1}}));
  CHECK(!possible({.in_channels = 32, .out_channels = 32, .kernel = {1, 3, 3}, .padding = {1, 1, 1}}));
  const auto worthwhile = [](int64_t in, int64_t out, int64_t padding, const Axes& input) {
    return WinogradConv::worthwhile(Conv(square_conv(in, out, 3, 1, padding)).options(), input);
  };
  CHECK(worthwhile(256, 256, 1, {8, 256, 14, 14}));
  CHECK(!worthwhile(256, 256, 1, {8, 128, 14, 14}));
  CHECK(!worthwhile(256, 256, 1, {8, 256, 2, 14, 14}));
  CHECK(!worthwhile(8, 64, 1, {8, 8, 56, 56}));
  CHECK(!worthwhile(64, 8, 1, {8, 64, 56, 56}));
  CHECK(worthwhile(512, 512, 1, {2, 512, 7, 7}));
  CHECK(!worthwhile(512, 512, 1, {1, 512, 7, 7}));
  CHECK(!worthwhile(64, 64, 1, {64, 64, 1, 1}));
  CHECK(!worthwhile(64, 64, 0, {64, 64, 2, 2}));
  CHECK(!worthwhile(64, 64, 1, {0, 64, 56, 56}));
}

TEST_CASE("an empty batch, and tensors that do not fit") {
  if (!runs_here()) return;
  const Made m = made(1, 16, 24, 4, 4, 1);
  const WinogradConv conv = m.conv();
  CHECK(conv(m.x.narrow(0, 0, 0), nullptr).sizes() == at::IntArrayRef({0, 24, 4, 4}));
  CHECK_THROWS_AS(conv(m.x.narrow(1, 0, 15), nullptr), std::logic_error);
  const at::Tensor residual = at::zeros({1, 24, 4, 3});
  CHECK_THROWS_AS(conv(m.x, &residual), std::logic_error);
  const Made none = made(1, 16, 16, 2, 4, 0);
  CHECK_THROWS_AS(none.conv()(none.x, nullptr), std::logic_error);
  CHECK_THROWS_AS(WinogradConv(square_conv(16, 16, 1), m.weight, m.bias, Activation::kNone), std::logic_error);
}

}  // namespace
}  // namespace vs::nn
