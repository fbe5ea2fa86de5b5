// MobileNetV2 and the skim network: what the golden cases do not cover.
#include "lib/nn/backbones/mobilenet_v2.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/nn/backbones/mobilenet_v2_sampler.h"
#include "lib/nn/config.h"
#include "tests/lib/nn/random_weights.h"
#include "tests/lib/nn/refusal.h"

using vs::DataError;
using vs::UsageError;
using namespace vs::nn;
using testing::random_tensor;
using testing::randomise;
using testing::relative_error;
using Json = nlohmann::ordered_json;

namespace {

std::set<std::string> names_of(const MobileNetV2Options& options) {
  MobileNetV2 network(options);
  std::set<std::string> names;
  for (const Entry& entry : network.entries()) names.insert(entry.name);
  return names;
}

bool refused(const Json& description, const std::string& words) {
  return testing::is_refused([&] { build_backbone(Config(description, "backbone")); }, words);
}

}  // namespace

TEST_CASE("channels are rounded to multiples of 8, never below 90 %") {
  CHECK(rounded_channels(32) == 32);
  CHECK(rounded_channels(3) == 8);
  CHECK(rounded_channels(11.2) == 16);  // 8 would lose 29 %
  CHECK(rounded_channels(33.6) == 32);
  CHECK(rounded_channels(36) == 40);
}

TEST_CASE("entries have the names of the layout") {
  const auto layers = names_of({});
  CHECK(layers.size() == 312);
  CHECK(layers.contains("conv1.conv.weight"));
  CHECK(layers.contains("layer1.0.conv.1.bn.running_var"));
  CHECK(layers.contains("layer2.1.conv.0.conv.weight"));
  CHECK(layers.contains("conv2.bn.num_batches_tracked"));

  const auto shifted = names_of({.shift_segments = 10});
  CHECK(shifted.contains("layer2.1.conv.0.net.conv.weight"));
  CHECK(shifted.contains("layer2.1.conv.0.net.bn.bias"));
  CHECK(shifted.contains("layer2.0.conv.0.conv.weight"));

  const auto features = names_of({.names = MobileNetV2Names::kFeatures, .shift_segments = 8});
  CHECK(features.size() == 312);
  CHECK(features.contains("features.1.conv.4.weight"));
  CHECK(features.contains("features.3.conv.0.net.weight"));
  CHECK(features.contains("features.3.conv.1.weight"));
  CHECK(features.contains("features.4.conv.0.weight"));
}

TEST_CASE("a widening factor moves the last convolution only above 1") {
  CHECK(MobileNetV2({.widen_factor = 0.5}).out_channels() == 1280);
  CHECK(MobileNetV2({.widen_factor = 1.4}).out_channels() == 1792);
  MobileNetV2 narrow({.widen_factor = 0.35});
  CHECK(narrow.entries().front().tensor->size(0) == 16);
}

TEST_CASE("maps of meta images need no memory") {
  MobileNetV2 network({.widen_factor = 8, .shift_segments = 4});
  const at::Tensor map = network(at::empty({8, 3, 225, 31}, at::device(at::kMeta)));
  CHECK(map.sizes() == at::IntArrayRef({8, 10240, 8, 1}));
}

TEST_CASE("prepared, the network gives the same, whatever the size") {
  MobileNetV2 network({.widen_factor = 0.5, .shift_segments = 2, .shift_divisor = 3});
  randomise(network, 7);
  const at::NoGradGuard no_gradients;
  for (const auto& [height, width] : std::vector<std::pair<int64_t, int64_t>>{{64, 64}, {65, 33}, {1, 1}}) {
    const at::Tensor x = random_tensor({4, 3, height, width}, 3);
    network.unprepare();
    const at::Tensor plain = network(x);
    network.prepare({});
    CHECK(relative_error(network(x), plain) < 1e-5);
    CHECK(relative_error(network(x.contiguous(at::MemoryFormat::ChannelsLast)), plain) < 1e-5);
    network.prepare({.dtype = at::kBFloat16});
    CHECK(relative_error(network(x), plain) < 3e-2);
  }
}

TEST_CASE("the shift is seen by residual blocks only and stays within a clip") {
  MobileNetV2 network({.widen_factor = 0.25, .shift_segments = 2});
  randomise(network, 7);
  const at::NoGradGuard no_gradients;
  const at::Tensor x = random_tensor({4, 3, 32, 32}, 3);
  at::Tensor other = x.clone();
  other.select(0, 3).zero_();
  const at::Tensor before = network(x), after = network(other);
  CHECK(at::equal(before.slice(0, 0, 2), after.slice(0, 0, 2)));
  CHECK_FALSE(at::allclose(before.select(0, 2), after.select(0, 2)));
}

TEST_CASE("images that do not fit are refused") {
  MobileNetV2 network({.shift_segments = 4});
  network.materialize();
  CHECK_THROWS_AS(network(at::zeros({6, 3, 32, 32})), DataError);
  CHECK_THROWS_AS(network(at::zeros({4, 1, 32, 32})), DataError);
  CHECK_THROWS_AS(network(at::zeros({4, 3, 8, 32, 32})), DataError);
}

TEST_CASE("gradients reach the first convolution in double") {
  MobileNetV2 network({.widen_factor = 0.25, .shift_segments = 2});
  randomise(network, 7);
  network.convert(at::kDouble);
  network.require_gradients(true);
  network(random_tensor({2, 3, 32, 32}, 3).to(at::kDouble)).sum().backward();
  CHECK(network.entries().front().tensor->grad().abs().sum().item<double>() > 0);
}

TEST_CASE("descriptions are checked") {
  CHECK(build_backbone(Config(Json{{"type", "MobileNetV2"}, {"pretrained", "x.pth"}}, "backbone"))->out_channels() ==
        1280);
  CHECK(build_backbone(Config(Json{{"type", "MobileNetV2TSM"}, {"num_segments", 16}, {"shift_div", 10}}, "backbone")));
  CHECK(refused({{"type", "MobileNetV2"}, {"widen_facto", 1.0}}, "backbone.widen_facto"));
  CHECK(refused({{"type", "MobileNetV2"}, {"widen_factor", 0}}, "widen_factor"));
  CHECK(refused({{"type", "MobileNetV2"}, {"num_segments", 8}}, "num_segments"));
  CHECK(refused({{"type", "MobileNetV2TSM"}, {"shift_div", 1}}, "shift_div"));
  CHECK(refused({{"type", "MobileNetV2TSM"}, {"is_sampler", true}}, "is_sampler"));
}

TEST_CASE("a sampler without shift treats frames alike") {
  const Json description{{"total_segments", 3}, {"is_shift", false}, {"widen_factor", 0.25}};
  const auto sampler = build_mobilenet_v2_sampler(Config(description, "sampler"));
  randomise(*sampler, 7);
  const at::NoGradGuard no_gradients;
  const at::Tensor x = random_tensor({6, 3, 32, 32}, 3);
  const at::Tensor probabilities = sampler->probabilities(x);
  CHECK(probabilities.sizes() == at::IntArrayRef({2, 3}));
  CHECK(at::allclose(probabilities.sum(1), at::ones({2})));
  const at::Tensor swapped = sampler->probabilities(at::cat({x.slice(0, 1, 3), x.slice(0, 0, 1), x.slice(0, 3)}));
  CHECK(at::allclose(swapped.select(0, 0), probabilities.select(0, 0).roll(-1), 1e-4, 1e-6));
  CHECK_THROWS_AS(sampler->probabilities(x.slice(0, 0, 4)), DataError);

  sampler->prepare({});
  CHECK(relative_error(sampler->probabilities(x), probabilities) < 1e-5);
}

TEST_CASE("a sampler's clips fit into its videos") {
  const auto build = [](const Json& description) { build_mobilenet_v2_sampler(Config(description, "sampler")); };
  CHECK_NOTHROW(build({{"num_segments", 5}, {"total_segments", 10}}));
  CHECK_THROWS_AS(build({{"num_segments", 8}, {"total_segments", 10}}), UsageError);
  CHECK_THROWS_AS(build({{"is_sampler", false}}), UsageError);
}

TEST_CASE("frames for the skim are taken, not averaged") {
  const at::Tensor x = random_tensor({2, 3, 7, 9}, 3);
  const at::Tensor small = skim_frames(x, 5);
  CHECK(small.sizes() == at::IntArrayRef({2, 3, 5, 5}));
  CHECK(at::equal(small.select(2, 3).select(2, 1), x.select(2, 4).select(2, 1)));
  CHECK_THROWS_AS(skim_frames(x.select(0, 0), 5), DataError);
}
