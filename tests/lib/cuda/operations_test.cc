// Operations on tensors by the kernels, against the same from LibTorch's operations on the CPU, with their gradients.
#include "lib/cuda/operations/operations.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "lib/nn/adafocus/patch_crop.h"
#include "lib/nn/device.h"
#include "lib/nn/drca/ranking.h"
#include "lib/nn/layers/temporal_shift.h"
#include "tests/lib/cuda/device.h"

namespace vs::cuda {
namespace {

using testing::OwnKernels;
using Function = std::function<at::Tensor(const std::vector<at::Tensor>&)>;

/// What a function gives, and the gradients of a fixed sum of it by its inputs; all on the CPU.
std::vector<at::Tensor> with_gradients(const Function& function, const std::vector<at::Tensor>& inputs,
                                       const at::Device& device) {
  std::vector<at::Tensor> leaves, results;
  for (const at::Tensor& input : inputs) leaves.push_back(input.detach().to(device).clone().set_requires_grad(true));
  const at::Tensor value = function(leaves);
  results.push_back(value.detach().to(at::kCPU, at::kFloat));
  const at::Tensor weights =
      at::linspace(-1, 2, value.numel(), at::kFloat).view(value.sizes()).to(device, value.scalar_type());
  (value * weights).sum().backward();
  for (const at::Tensor& leaf : leaves) results.push_back(leaf.grad().to(at::kCPU, at::kFloat));
  return results;
}

double distance(const at::Tensor& a, const at::Tensor& b) {
  const double scale = std::max(b.abs().max().item<double>(), 1e-6);
  return (a - b).abs().max().item<double>() / scale;
}

/// Own kernels on their device against LibTorch's operations on the CPU.
void compare(const Function& function, const std::vector<at::Tensor>& inputs, double tolerance) {
  std::vector<at::Tensor> own;
  {
    const OwnKernels kernels;
    REQUIRE(nn::operations_of(kernels.device()));
    own = with_gradients(function, inputs, kernels.device());
  }
  const std::vector<at::Tensor> want = with_gradients(function, inputs, at::kCPU);
  REQUIRE(own.size() == want.size());
  for (size_t i = 0; i < own.size(); ++i) {
    CAPTURE(i);
    REQUIRE((own[i].sizes() == want[i].sizes()));
    CHECK(distance(own[i], want[i]) <= tolerance);
  }
}

}  // namespace

TEST_CASE("temporal shift and its gradient, in both orders of memory") {
  at::manual_seed(1);
  const Function shift = [](const std::vector<at::Tensor>& in) { return nn::temporal_shift(in[0], 4, 8); };
  const at::Tensor x = at::randn({8, 17, 5, 3});
  compare(shift, {x}, 0);
  compare(shift, {x.contiguous(at::MemoryFormat::ChannelsLast)}, 0);
  compare(shift, {x.transpose(2, 3)}, 0);
  compare(shift, {at::randn({4, 7, 2, 2})}, 0);  // fewer channels than the divisor: nothing moves
}

TEST_CASE("the result of a shift lies in memory as its input does") {
  const OwnKernels kernels;
  const at::Tensor x = at::randn({4, 16, 3, 3}).to(kernels.device()).contiguous(at::MemoryFormat::ChannelsLast);
  CHECK(nn::temporal_shift(x, 2, 8).is_contiguous(at::MemoryFormat::ChannelsLast));
  CHECK((nn::temporal_shift(x.to(at::kBFloat16), 2, 8).scalar_type() == at::kBFloat16));
}

TEST_CASE("patches and their gradients by images and actions") {
  at::manual_seed(2);
  const Function crop = [](const std::vector<at::Tensor>& in) { return nn::crop_patches(in[0], in[1], 9); };
  const at::Tensor images = at::randn({3, 2, 20, 31}), actions = at::rand({3, 2}) * 0.9 + 0.05;
  // Places are rounded otherwise: by some 1e-6 of a pixel, which noise from pixel to pixel shows as much.
  compare(crop, {images, actions}, 3e-5);
  compare(crop, {images.contiguous(at::MemoryFormat::ChannelsLast), actions}, 3e-5);
}

TEST_CASE("a type that kernels do not take is left to LibTorch") {
  at::manual_seed(3);
  const at::Tensor images = at::randn({2, 3, 12, 12}).to(at::kDouble), actions = at::rand({2, 2}).to(at::kDouble);
  const at::Tensor want = nn::crop_patches(images, actions, 5);
  const OwnKernels kernels;
  CHECK(distance(nn::crop_patches(images.to(kernels.device()), actions.to(kernels.device()), 5).to(at::kCPU), want) <
        1e-12);
  const at::Tensor scores = at::rand({3, 6}).to(kernels.device(), at::kDouble);
  CHECK((nn::drca::split_by_score(scores, 2).kept.sizes() == at::IntArrayRef({3, 2})));
}

TEST_CASE("frames are split by score, ties and all") {
  at::manual_seed(4);
  const at::Tensor scores = (at::rand({5, 16}) * 6).floor();  // several of each value
  const nn::drca::Split want = nn::drca::split_by_score(scores, 4);
  const OwnKernels kernels;
  const nn::drca::Split split = nn::drca::split_by_score(scores.to(kernels.device()), 4);
  CHECK(at::equal(split.kept.to(at::kCPU), want.kept));
  CHECK(at::equal(split.dropped.to(at::kCPU), want.dropped));
}

TEST_CASE("a mixture of frames and its gradient by the scores") {
  at::manual_seed(5);
  const at::Tensor scores = at::rand({2, 8}), noise = at::randn({2, 50, 8});
  for (const bool kept : {true, false}) {
    compare(
        [&](const std::vector<at::Tensor>& in) {
          const auto mixture = nn::drca::perturbed_mixture(in[0], noise.to(in[0].device()), 3, 0.05);
          return kept ? mixture.kept : mixture.dropped;
        },
        {scores}, 1e-5);
  }
}

TEST_CASE("frames are gathered, and their gradients go back to where they came from") {
  at::manual_seed(6);
  const at::Tensor scores = at::rand({3, 7});
  compare(
      [&](const std::vector<at::Tensor>& in) {
        const nn::drca::Split split = nn::drca::split_by_score(scores.to(in[0].device()), 2);
        if (const auto* own = nn::operations_of(in[0].device())) {
          const auto [kept, dropped] = own->gather_frames(in[0], split);
          return at::cat({kept, dropped * 2}, 1);
        }
        const auto chosen = [&](const at::Tensor& indices) {
          return in[0].gather(1, indices.unsqueeze(-1).expand({-1, -1, in[0].size(2)}));
        };
        return at::cat({chosen(split.kept), chosen(split.dropped) * 2}, 1);
      },
      {at::randn({3, 7, 10})}, 0);
}

TEST_CASE("DRCA's ranking gives the same frames with own kernels") {
  at::manual_seed(7);
  for (const auto strategy :
       {nn::drca::Strategy::kDiffRank, nn::drca::Strategy::kWithoutDiffRank, nn::drca::Strategy::kUniform}) {
    nn::drca::Ranking ranking({.channels = 8, .k = 2, .num_samples = 20, .strategy = strategy});
    ranking.materialize();
    for (const nn::Entry& entry : ranking.entries()) {
      if (!entry.tensor->is_floating_point()) continue;
      if (entry.name.ends_with("running_var")) {
        entry.tensor->fill_(1);
      } else {
        entry.tensor->copy_(at::randn(entry.tensor->sizes()) * 0.3);
      }
    }
    const at::NoGradGuard no_gradients;
    const at::Tensor x = at::randn({2, 8, 6, 8, 8});
    const nn::drca::RankedFrames want = ranking(x);
    const OwnKernels kernels;
    ranking.move(kernels.device());
    const nn::drca::RankedFrames found = ranking(x.to(kernels.device()));
    CHECK(at::equal(found.kept_indices.to(at::kCPU), want.kept_indices));
    CHECK(at::equal(found.order.to(at::kCPU), want.order));
    CHECK(at::equal(found.kept.to(at::kCPU), want.kept));
    CHECK(at::equal(found.dropped.to(at::kCPU), want.dropped));
  }
}

}  // namespace vs::cuda
