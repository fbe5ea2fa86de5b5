#include "lib/train/loop/memory_order.h"

#include "lib/nn/layers/conv.h"
// After LibTorch's headers, whose CHECK it replaces.
#include <doctest/doctest.h>

namespace vs::train {
namespace {

constexpr auto kLast = at::MemoryFormat::ChannelsLast, kLast3d = at::MemoryFormat::ChannelsLast3d;

/// A small and a large kernel of images.
class Network final : public nn::Module {
 public:
  Network()
      : small(child<nn::Conv>("small", nn::square_conv(3, 8, 3, 1, 1))),
        large(child<nn::Conv>("large", nn::square_conv(128, 128, 3, 1, 1))) {
    materialize();
    for (const auto& entry : entries()) entry.tensor->normal_();
    require_gradients(true);
  }
  nn::Conv& small;
  nn::Conv& large;
};

}  // namespace

TEST_CASE("the order depends on the device and on what it computes in") {
  const at::Device gpu(at::kCUDA, 0);
  CHECK(fastest_order(at::kCPU, at::kFloat) == KernelOrder::kLargeChannelsLast);
  CHECK(fastest_order(at::kCPU, at::kBFloat16) == KernelOrder::kLargeChannelsLast);
  CHECK(fastest_order(gpu, at::kFloat) == KernelOrder::kAsBuilt);
  CHECK(fastest_order(gpu, at::kBFloat16) == KernelOrder::kChannelsLast);
  CHECK(fastest_order(gpu, at::kHalf) == KernelOrder::kChannelsLast);
}

TEST_CASE("kernels keep their values in every order") {
  for (const KernelOrder order : {KernelOrder::kAsBuilt, KernelOrder::kLargeChannelsLast, KernelOrder::kChannelsLast}) {
    Network network;
    const at::Tensor small = network.small.weight().detach().clone(), large = network.large.weight().detach().clone();
    lay_out(network, order);
    CHECK(network.small.weight().is_contiguous(kLast) == (order == KernelOrder::kChannelsLast));
    CHECK(network.large.weight().is_contiguous(kLast) == (order != KernelOrder::kAsBuilt));
    CHECK(at::equal(network.small.weight(), small));
    CHECK(at::equal(network.large.weight(), large));
    CHECK(network.small.weight().requires_grad());
  }
}

TEST_CASE("what is not trained has all its kernels channels last") {
  Network network;
  network.require_gradients(false);
  lay_out(network, KernelOrder::kLargeChannelsLast);
  CHECK(network.small.weight().is_contiguous(kLast));
}

TEST_CASE("images and clips follow kernels that are channels last, and reach them without a copy") {
  const at::Tensor images = at::arange(2 * 4 * 3 * 5 * 6, at::kFloat).view({2, 4, 3, 5, 6});
  const at::Tensor clips = at::arange(2 * 1 * 3 * 4 * 5 * 6, at::kFloat).view({2, 1, 3, 4, 5, 6});
  for (const KernelOrder order : {KernelOrder::kAsBuilt, KernelOrder::kLargeChannelsLast})
    CHECK(laid_out(images, order).is_same(images));
  const at::Tensor got = laid_out(images, KernelOrder::kChannelsLast);
  CHECK(at::equal(got, images));
  CHECK(got.flatten(0, 1).is_contiguous(kLast));
  CHECK(got.flatten(0, 1).const_data_ptr() == got.const_data_ptr());
  const at::Tensor of_clips = laid_out(clips, KernelOrder::kChannelsLast);
  CHECK(at::equal(of_clips, clips));
  CHECK(of_clips.flatten(0, 1).is_contiguous(kLast3d));
  CHECK(of_clips.flatten(0, 1).const_data_ptr() == of_clips.const_data_ptr());
  const at::Tensor rows = at::ones({4, 3});
  CHECK(laid_out(rows, KernelOrder::kChannelsLast).is_same(rows));
}

}  // namespace vs::train
