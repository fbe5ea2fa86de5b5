#include "lib/nn/layers/winograd.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "lib/nn/layers/winograd_kernels.h"

namespace vs::nn {
namespace {

using namespace winograd;

/// Output channels made at a time: their products stay in the cache until they are transformed back.
constexpr int64_t kGroupPanels = 2, kGroup = kGroupPanels * kPanel;
/// Transformed inputs of a block of tiles stay in the second-level cache, but blocks are not so small that reading the
/// weights again for each takes longer than multiplying by them.
constexpr int64_t kBlockBytes = 3 << 19, kFewestTiles = 32, kMostTiles = 56;
/// Rows in memory that are not a multiple of large powers of two apart fall into different parts of the caches.
constexpr int64_t kSpread = kLanes;

int64_t divided_up(int64_t value, int64_t by) { return (value + by - 1) / by; }
int64_t rounded_up(int64_t value, int64_t to) { return divided_up(value, to) * to; }

/// [6, 3]: evaluates a line of three weights at the six points, divided by what interpolation divides by.
at::Tensor weight_points() {
  constexpr double a2 = kA * kA, b2 = kB * kB;
  constexpr double at_a = 1 / (2 * a2 * (a2 - b2)), at_b = 1 / (2 * b2 * (b2 - a2));
  return at::tensor({1 / (a2 * b2), 0., 0.,        //
                     at_a, at_a * kA, at_a * a2,   //
                     at_a, -at_a * kA, at_a * a2,  //
                     at_b, at_b * kB, at_b * b2,   //
                     at_b, -at_b * kB, at_b * b2,  //
                     0., 0., 1.},
                    at::kDouble)
      .view({kWindow, 3});
}

/// For each group of output channels: points x panels x input channels (whole vectors) x channels of the panel.
at::Tensor transformed(const at::Tensor& weight) {
  const int64_t outputs = weight.size(0), inputs = weight.size(1);
  const at::Tensor points = weight_points();
  std::vector<at::Tensor> groups;
  for (int64_t first = 0; first < outputs; first += kGroup) {
    const int64_t count = std::min(kGroup, outputs - first);
    const at::Tensor part = weight.narrow(0, first, count).to(at::kDouble);
    const at::Tensor at_points = points.matmul(part).matmul(points.t()).flatten(2);
    const int64_t panels = divided_up(count, kPanel);
    groups.push_back(
        at::constant_pad_nd(at_points, {0, 0, 0, rounded_up(inputs, kLanes) - inputs, 0, panels * kPanel - count})
            .unflatten(0, {panels, kPanel})
            .permute({3, 0, 2, 1})
            .to(at::kFloat)
            .flatten());
  }
  groups.push_back(at::zeros({rounded_up(inputs, kLanes) * kPanel}));  // what products fetch ahead ends within
  return at::cat(groups);
}

/// One convolution under way: where its tiles lie and what is made of them.
class Run {
 public:
  Run(int64_t images, const Map& input, const float* pixels, Axes padding, const float* weight, const Output& output)
      : input_(input),
        pixels_(pixels),
        padding_(std::move(padding)),
        weight_(weight),
        output_(output),
        rows_(divided_up(output.map.height, kTile)),
        columns_(divided_up(output.map.width, kTile)),
        tiles_(images * rows_ * columns_),
        channels_(rounded_up(input.channels, kLanes)) {
    const int64_t tile_bytes = kPoints * tile_stride() * static_cast<int64_t>(sizeof(float));
    block_ = std::clamp(kBlockBytes / tile_bytes, kFewestTiles, kMostTiles);
    block_ = divided_up(tiles_, divided_up(tiles_, block_));
  }

  void operator()() const {
    const int64_t blocks = divided_up(tiles_, block_);
    if (blocks >= at::get_num_threads()) {
      at::parallel_for(0, blocks, 1, [&](int64_t begin, int64_t end) {
        const at::Tensor memory = scratch(point_stride() + product_stride());
        float* const points = memory.mutable_data_ptr<float>();
        for (int64_t i = begin; i < end; ++i) {
          const int64_t first = i * block_, count = std::min(block_, tiles_ - first);
          make_points(first, count, points);
          for (int64_t group = 0; group < groups(); ++group)
            make_group(group, first, count, points, points + kPoints * point_stride());
        }
      });
      return;
    }
    // Few tiles: threads share a block's, then its groups of output channels.
    const at::Tensor points = scratch(point_stride());
    for (int64_t first = 0; first < tiles_; first += block_) {
      const int64_t count = std::min(block_, tiles_ - first);
      at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
        make_points(first + begin, end - begin, points.mutable_data_ptr<float>() + begin * tile_stride());
      });
      at::parallel_for(0, groups(), 1, [&](int64_t begin, int64_t end) {
        const at::Tensor products = scratch(product_stride());
        for (int64_t group = begin; group < end; ++group)
          make_group(group, first, count, points.const_data_ptr<float>(), products.mutable_data_ptr<float>());
      });
    }
  }

 private:
  int64_t groups() const { return divided_up(output_.map.channels, kGroup); }
  int64_t tile_stride() const { return channels_ + kSpread; }
  int64_t point_stride() const { return block_ * tile_stride() + kSpread; }
  int64_t product_stride() const { return block_ * kGroup + kSpread; }
  /// Not so small that the pool of lib/nn/memory.h would leave it to the system.
  static at::Tensor scratch(int64_t stride) {
    return at::empty({std::max(kPoints * stride, int64_t{1} << 18)}, at::kFloat);
  }

  struct Place {
    int64_t image, y, x;  ///< y and x: of the first result
  };
  Place place(int64_t tile) const {
    const int64_t within = tile % (rows_ * columns_);
    return {tile / (rows_ * columns_), within / columns_ * kTile, within % columns_ * kTile};
  }

  void make_points(int64_t first, int64_t count, float* points) const {
    const int64_t size = input_.height * input_.width * input_.channels;
    for (int64_t i = 0; i < count; ++i) {
      const Place at = place(first + i);
      transform_window(pixels_ + at.image * size, input_, at.y - padding_[0], at.x - padding_[1],
                       points + i * tile_stride(), point_stride());
    }
  }

  void make_group(int64_t group, int64_t first, int64_t count, const float* points, float* products) const {
    const int64_t channel = group * kGroup, width = std::min(kGroup, output_.map.channels - channel);
    const int64_t panel_size = channels_ * kPanel;
    const float* panel = weight_ + channel / kPanel * kPoints * panel_size;
    const int64_t bites = divided_up(count, kMostRows);
    for (int64_t point = 0; point < kPoints; ++point) {
      for (int64_t k = 0; k < width; k += kPanel, panel += panel_size) {
        for (int64_t bite = 0; bite < bites; ++bite) {
          const int64_t begin = bite * count / bites, end = (bite + 1) * count / bites;
          // The next panel is on its way while this one is in use: a half of it each time, twice.
          const float* const ahead = bite < 2 ? panel + panel_size + bite * panel_size / 2 : panel;
          multiply(end - begin, points + point * point_stride() + begin * tile_stride(), tile_stride(), panel,
                   channels_, products + point * product_stride() + begin * kGroup + k, kGroup, ahead);
        }
      }
    }
    const int64_t size = output_.map.height * output_.map.width * output_.map.channels;
    for (int64_t i = 0; i < count; ++i) {
      const Place at = place(first + i);
      Output output = output_;
      output.image += at.image * size;
      if (output.residual) output.residual += at.image * size;
      transform_products(products + i * kGroup, product_stride(), output, at.y, at.x, channel, width);
    }
  }

  Map input_;
  const float* pixels_;
  Axes padding_;
  const float* weight_;
  Output output_;
  int64_t rows_, columns_, tiles_, channels_, block_ = 0;
};

bool is_one(int64_t value) { return value == 1; }

/// What the convolution makes of an input [N, C, (T,) H, W]; sizes may come out below 1.
Axes output_shape(const ConvOptions& options, at::IntArrayRef input) {
  Axes shape = input.vec();
  shape[1] = options.out_channels;
  for (size_t axis = shape.size() - 2, i = options.kernel.size() - 2; axis < shape.size(); ++axis, ++i)
    shape[axis] += 2 * options.padding[i] - 2;
  return shape;
}

}  // namespace

bool WinogradConv::possible(const ConvOptions& options) {
  const Axes& kernel = options.kernel;
  const bool by_image = kernel.size() == 2 || (kernel[0] == 1 && options.padding[0] == 0);
  return machine_has_kernels() && by_image && kernel.end()[-2] == 3 && kernel.end()[-1] == 3 && options.groups == 1 &&
         std::all_of(options.stride.begin(), options.stride.end(), is_one) &&
         std::all_of(options.dilation.begin(), options.dilation.end(), is_one);
}

bool WinogradConv::worthwhile(const ConvOptions& options, at::IntArrayRef input) {
  // Measured against oneDNN: with few channels the transforms take longer than the products they save, with few tiles
  // reading four times the weights does.
  constexpr int64_t kFewestChannels = 16, kFewestWorthwhileTiles = 8;
  if (input.size() != options.kernel.size() + 2 || input[1] != options.in_channels) return false;
  if (std::min(options.in_channels, options.out_channels) < kFewestChannels) return false;
  const Axes output = output_shape(options, input);
  const int64_t height = output.end()[-2], width = output.end()[-1];
  if (height < 1 || width < 1) return false;
  const int64_t images = input[0] * (input.size() == 5 ? input[2] : 1);
  const int64_t tiles = images * divided_up(height, kTile) * divided_up(width, kTile);
  // Tiles that lie mostly outside save nothing: a plain result takes 9 products.
  return tiles >= kFewestWorthwhileTiles && int64_t{3} * kPoints * tiles <= int64_t{2} * 9 * images * height * width;
}

WinogradConv::WinogradConv(const ConvOptions& options, const at::Tensor& weight, const at::Tensor& bias,
                           Activation activation)
    : options_(options) {
  if (!possible(options)) throw std::logic_error("no convolution of 3 x 3 kernels and stride 1");
  const at::NoGradGuard no_gradients;
  const int64_t outputs = weight.size(0);
  weight_ = transformed(weight.reshape({outputs, weight.size(1), 3, 3}));
  bias_ = at::constant_pad_nd(bias.to(at::kFloat), {0, rounded_up(outputs, kPanel) - outputs});
  low_ = activation == Activation::kNone ? -std::numeric_limits<float>::infinity() : 0;
  high_ = activation == Activation::kRelu6 ? 6 : std::numeric_limits<float>::infinity();
}

at::Tensor WinogradConv::operator()(const at::Tensor& x, const at::Tensor* residual) const {
  const Axes shape = output_shape(options_, x.sizes());
  const auto order = x.dim() == 5 ? at::MemoryFormat::ChannelsLast3d : at::MemoryFormat::ChannelsLast;
  if (x.size(1) != options_.in_channels || shape.end()[-2] < 1 || shape.end()[-1] < 1 ||
      (residual && residual->sizes() != shape))
    throw std::logic_error("tensors that do not fit a convolution of 3 x 3 kernels");
  const at::Tensor input = x.to(at::kFloat).contiguous(order);
  const at::Tensor other = residual ? residual->to(at::kFloat).contiguous(order) : at::Tensor();
  at::Tensor result = at::empty(shape, input.options(), order);
  const Output output{.bias = bias_.const_data_ptr<float>(),
                      .residual = residual ? other.const_data_ptr<float>() : nullptr,
                      .image = result.mutable_data_ptr<float>(),
                      .map = {shape.end()[-2], shape.end()[-1], options_.out_channels},
                      .low = low_,
                      .high = high_};
  const int64_t images = x.dim() == 5 ? x.size(0) * x.size(2) : x.size(0);
  if (images == 0) return result;
  Run(images, {x.size(-2), x.size(-1), x.size(1)}, input.const_data_ptr<float>(),
      {options_.padding.end()[-2], options_.padding.end()[-1]}, weight_.const_data_ptr<float>(), output)();
  return result;
}

}  // namespace vs::nn
