// What recordings read must stay, whatever is computed between two replays.
#include "lib/nn/recorded_function.h"

#include <nlohmann/json.hpp>

#include "lib/nn/config.h"
#include "lib/nn/network.h"
#include "tests/lib/nn/random_weights.h"
#include "tests/support/fake_device/fake_device.h"
// After LibTorch's headers, whose CHECK it replaces.
#include <doctest/doctest.h>

namespace vs::nn {
namespace {

std::unique_ptr<Backbone> swin(at::Device device) {
  const nlohmann::ordered_json description{
      {"type", "SwinTransformer3D"}, {"patch_size", {2, 4, 4}}, {"embed_dim", 8},
      {"depths", {1, 1, 1}},         {"num_heads", {1, 2, 4}},  {"window_size", {2, 4, 4}}};
  auto network = build_backbone(Config(description, "backbone"));
  testing::randomise(*network, 1);
  network->move(device);
  return network;
}

}  // namespace

TEST_CASE("a recorded Swin goes on after inputs of other sizes") {
  const at::NoGradGuard no_gradients;
  const test::FakeDevice fake;
  const auto network = swin(fake.device());
  network->prepare({});
  const auto clips = [&](int64_t number, int64_t frames) {
    return testing::random_tensor({number, 3, frames, 32, 32}, 2).to(fake.device());
  };
  RecordedFunction recorded;
  const auto run = [&](const at::Tensor& x) {
    return recorded(x, [&](const at::Tensor& input) { return std::vector<at::Tensor>{(*network)(input)}; }).front();
  };
  const at::Tensor want = run(clips(1, 4)).to(at::kCPU);
  CHECK(at::equal(run(clips(1, 4)).to(at::kCPU), want));
  // Windows of another size.
  run(clips(1, 2));
  CHECK(at::equal(run(clips(1, 4)).to(at::kCPU), want));
  // More orders of windows than are kept.
  for (int64_t number = 2; number < 12; ++number) {
    run(clips(number, 4));
    CHECK(at::equal(run(clips(1, 4)).to(at::kCPU), want));
  }
}

}  // namespace vs::nn
