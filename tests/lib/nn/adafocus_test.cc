// AdaFocusV2's parts and networks: what the golden cases do not cover.
#include "lib/nn/adafocus/network.h"

// After LibTorch, whose CHECK it replaces.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/nn/adafocus/clip_network.h"
#include "lib/nn/adafocus/frame_order.h"
#include "lib/nn/adafocus/non_local.h"
#include "lib/nn/adafocus/patch_crop.h"
#include "lib/nn/adafocus/pooling_classifier.h"
#include "lib/nn/config.h"
#include "lib/nn/layers/gru.h"
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

bool refused(const Json& description, const std::string& words) {
  return testing::is_refused([&] { build_recognizer(description); }, words);
}

}  // namespace

TEST_CASE("a crop at whole pixels is a slice") {
  const at::Tensor x = random_tensor({2, 4, 9, 13}, 3).to(at::kDouble);
  const at::Tensor actions = at::tensor({3.0 / 4, 2.0 / 8, 1.0, 0.0}, at::kDouble).view({2, 2});
  const at::Tensor patches = crop_patches(x, actions, 5);
  CHECK(at::allclose(patches.select(0, 0), x.select(0, 0).slice(1, 3, 8).slice(2, 2, 7), 1e-9, 1e-9));
  CHECK(at::allclose(patches.select(0, 1), x.select(0, 1).slice(1, 4, 9).slice(2, 0, 5), 1e-9, 1e-9));
}

TEST_CASE("a crop between pixels is their mean") {
  const at::Tensor x = random_tensor({1, 1, 4, 4}, 3).to(at::kDouble);
  const at::Tensor patch = crop_patches(x, at::full({1, 2}, 0.25, at::kDouble), 2);
  CHECK(at::allclose(patch.select(2, 0).select(2, 0), x.slice(2, 0, 2).slice(3, 0, 2).mean({2, 3}), 1e-9, 1e-9));
}

TEST_CASE("a crop moves with its gradient") {
  const at::Tensor x = random_tensor({1, 2, 12, 12}, 3).to(at::kDouble);
  at::Tensor actions = at::tensor({0.31, 0.57}, at::kDouble).view({1, 2});
  actions.requires_grad_();
  const at::Tensor weight = random_tensor({1, 2, 5, 5}, 5).to(at::kDouble);
  (crop_patches(x, actions, 5) * weight).sum().backward();
  const at::NoGradGuard no_gradients;
  constexpr double kStep = 1e-6;
  for (int64_t axis = 0; axis < 2; ++axis) {
    at::Tensor up = actions.clone(), down = actions.clone();
    up.select(1, axis) += kStep;
    down.select(1, axis) -= kStep;
    const at::Tensor slope =
        ((crop_patches(x, up, 5) - crop_patches(x, down, 5)) * weight).sum().to(at::kDouble) / (2 * kStep);
    CHECK(actions.grad().select(1, axis).item<double>() == doctest::Approx(slope.item<double>()).epsilon(1e-5));
  }
}

TEST_CASE("crops that do not fit are refused") {
  const at::Tensor x = at::zeros({2, 3, 8, 6});
  CHECK_THROWS_AS(crop_patches(x, at::zeros({2, 2}), 7), DataError);
  CHECK_THROWS_AS(crop_patches(x, at::zeros({2, 2}), 0), DataError);
  CHECK_THROWS_AS(crop_patches(x, at::zeros({3, 2}), 4), DataError);
  CHECK_THROWS_AS(crop_patches(x, at::zeros({2, 3}), 4), DataError);
  CHECK_THROWS_AS(crop_patches(x.select(0, 0), at::zeros({2, 2}), 4), DataError);
  CHECK(crop_patches(at::empty({0, 3, 8, 6}), at::empty({0, 2}), 4).sizes() == at::IntArrayRef({0, 3, 4, 4}));
}

TEST_CASE("frames go from coarse to fine") {
  using List = std::vector<int64_t>;
  CHECK(coarse_to_fine_order(3) == List({1, 0, 2}));
  CHECK(coarse_to_fine_order(16) == List({7, 0, 15, 3, 11, 1, 5, 9, 13, 2, 4, 6, 8, 10, 12, 14}));
  for (int64_t count = 3; count < 70; ++count) {
    List order = coarse_to_fine_order(count);
    std::sort(order.begin(), order.end());
    for (int64_t i = 0; i < count; ++i) CHECK(order.at(static_cast<size_t>(i)) == i);
    CHECK(static_cast<int64_t>(order.size()) == count);
  }
  CHECK_THROWS_AS(coarse_to_fine_order(2), UsageError);
}

TEST_CASE("a gated recurrent unit follows its formula") {
  Gru gru(3, 2);
  randomise(gru, 7, at::kDouble);
  const at::NoGradGuard no_gradients;
  const auto entries = gru.entries();
  const at::Tensor wi = *entries[0].tensor, wh = *entries[1].tensor, bi = *entries[2].tensor, bh = *entries[3].tensor;
  const at::Tensor x = random_tensor({4, 5, 3}, 3).to(at::kDouble);
  const at::Tensor states = gru(x);
  at::Tensor h = at::zeros({4, 2}, at::kDouble);
  for (int64_t t = 0; t < 5; ++t) {
    const auto in = at::linear(x.select(1, t), wi, bi).chunk(3, 1), back = at::linear(h, wh, bh).chunk(3, 1);
    const at::Tensor reset = at::sigmoid(in[0] + back[0]), update = at::sigmoid(in[1] + back[1]);
    h = (1 - update) * at::tanh(in[2] + reset * back[2]) + update * h;
    CHECK(at::allclose(states.select(1, t), h, 1e-10, 1e-12));
  }
}

TEST_CASE("the pooling classifier sees nothing of frames to come") {
  PoolingClassifier classifier({.in_features = 6, .num_segments = 4, .num_classes = 3, .hidden_features = 8});
  randomise(classifier, 7);
  const at::NoGradGuard no_gradients;
  const at::Tensor x = random_tensor({8, 6}, 3);
  at::Tensor other = x.clone();
  other.select(0, 2).neg_();
  const at::Tensor before = classifier.after_every_frame(x), after = classifier.after_every_frame(other);
  CHECK(at::equal(before.select(0, 1), after.select(0, 1)));
  CHECK(at::equal(before.select(0, 0).slice(0, 0, 2), after.select(0, 0).slice(0, 0, 2)));
  CHECK_FALSE(at::allclose(before.select(0, 0).select(0, 2), after.select(0, 0).select(0, 2)));
  CHECK(at::equal(classifier(x, 4), before.select(1, 3)));
  CHECK(at::allclose(classifier(x.view({8, 6, 1, 1}).expand({8, 6, 2, 3}), 4), before.select(1, 3), 1e-5, 1e-6));
  CHECK_THROWS_AS(classifier(x, 2), DataError);
  CHECK_THROWS_AS(classifier.after_every_frame(x.slice(0, 0, 6)), DataError);
}

TEST_CASE("a policy refuses maps of another size") {
  FramePolicy policy(4, 3, 5);
  randomise(policy, 7);
  const at::NoGradGuard no_gradients;
  const at::Tensor actions = policy(random_tensor({6, 4, 3, 3}, 3), 3);
  CHECK(actions.sizes() == at::IntArrayRef({6, 2}));
  CHECK(((actions > 0) & (actions < 1)).all().item<bool>());
  CHECK_THROWS_AS(policy(random_tensor({6, 4, 4, 4}, 3), 3), DataError);
  CHECK_THROWS_AS(policy(random_tensor({6, 5, 3, 3}, 3), 3), DataError);
  CHECK_THROWS_AS(policy(random_tensor({5, 4, 3, 3}, 3), 3), DataError);
}

TEST_CASE("a non-local block keeps positions alike that are alike") {
  NonLocal block(6);
  randomise(block, 7);
  const at::NoGradGuard no_gradients;
  const at::Tensor x = random_tensor({2, 6, 1, 1, 1}, 3).expand({2, 6, 3, 5, 4});
  const at::Tensor y = block(x);
  CHECK(at::allclose(y, y.slice(2, 0, 1).slice(3, 0, 1).slice(4, 0, 1).expand_as(y), 1e-4, 1e-5));
  CHECK_FALSE(at::allclose(y, x));
  CHECK_THROWS_AS(block(x.slice(4, 0, 1)), DataError);
  CHECK_THROWS_AS(block(x.slice(1, 0, 4)), DataError);
}

TEST_CASE("networks of meta tensors tell their shapes") {
  const auto meta = at::device(at::kMeta).dtype(at::kFloat);
  for (const char* glance : {"mbv2", "res50"}) {
    const auto network = build_recognizer({{"type", "AdaFocusV2"}, {"glance_arch", glance}, {"num_classes", 200}});
    CHECK(network->logits(at::empty({2, 16, 3, 224, 224}, meta)).sizes() == at::IntArrayRef({2, 200}));
  }
  const auto clips = build_recognizer({{"type", "AdaFocusV2Clip"}, {"num_segments", 8}, {"num_classes", 174}});
  CHECK(clips->logits(at::empty({2, 20, 3, 224, 224}, meta)).sizes() == at::IntArrayRef({2, 174}));
}

TEST_CASE("prepared, the networks give the same") {
  const at::NoGradGuard no_gradients;
  const std::vector<std::pair<Json, int64_t>> networks{
      {{{"type", "AdaFocusV2"}, {"num_segments", 3}, {"num_classes", 5}, {"patch_size", 64}, {"stn_hidden_dim", 16}},
       3},
      {{{"type", "AdaFocusV2Clip"}, {"num_segments", 2}, {"num_classes", 5}, {"patch_size", 64}}, 5}};
  for (const auto& [description, frames] : networks) {
    const auto network = build_recognizer(description);
    randomise(*network, 7);
    const at::Tensor x = random_tensor({1, frames, 3, 200, 200}, 3);
    const at::Tensor plain = network->logits(x);
    network->prepare({});
    CHECK(relative_error(network->logits(x), plain) < 1e-4);
    network->prepare({.dtype = at::kBFloat16});
    const at::Tensor coarse = network->logits(x);
    CHECK((coarse.scalar_type() == at::kFloat));
    CHECK(relative_error(coarse, plain) < 3e-2);
    CHECK(at::equal(coarse.argmax(1), plain.argmax(1)));
  }
}

TEST_CASE("frames are put into order unless they are") {
  AdaFocus network({.num_segments = 4});
  const at::Tensor imgs = at::arange(4, at::kFloat).view({1, 4, 1, 1, 1}).expand({2, 4, 3, 1, 1});
  const at::Tensor first = network.frames_of(imgs).select(1, 0).flatten();
  CHECK(at::equal(first, at::tensor({1.F, 0.F, 3.F, 2.F, 1.F, 0.F, 3.F, 2.F})));
  AdaFocus as_given({.num_segments = 4, .reorder = false});
  CHECK(at::equal(as_given.frames_of(imgs), imgs.flatten(0, 1)));
  CHECK_THROWS_AS(network.frames_of(imgs.slice(1, 0, 3)), DataError);
}

TEST_CASE("a network of other sizes than the published ones") {
  const at::NoGradGuard no_gradients;
  const Json by_mobilenet{{"glance_arch", "mbv2"}, {"glance_widen_factor", 0.35}, {"glance_size", 33}};
  const Json by_resnet{{"glance_arch", "res50"}, {"glance_depth", 18}, {"glance_base_channels", 8}};
  for (const Json& glance : {by_mobilenet, by_resnet}) {
    Json description{{"type", "AdaFocusV2"},      {"num_segments", 3},          {"num_classes", 5},
                     {"patch_size", 32},          {"stn_hidden_dim", 16},       {"local_depth", 18},
                     {"local_base_channels", 16}, {"classifier_hidden_dim", 24}};
    description.update(glance);
    const auto network = build_recognizer(description);
    randomise(*network, 7);
    std::map<std::string, std::vector<int64_t>> shapes;
    for (const Entry& entry : network->entries()) shapes[entry.name] = entry.tensor->sizes().vec();
    using Shape = std::vector<int64_t>;
    const bool mobilenet = description["glance_arch"] == "mbv2";
    const int64_t seen = mobilenet ? 1280 : 64, side = mobilenet ? 2 : 3;
    CHECK(shapes.at("policy_stn.encoder.0.weight") == Shape{64, seen, 1, 1});
    CHECK(shapes.at("policy_stn.encoder.4.weight") == Shape{16, 64 * side * side});
    CHECK(shapes.at("classifier.mlp.layers.0.weight") == Shape{24, seen + 128});
    CHECK(shapes.at("local_CNN.layer4.1.conv2.weight") == Shape{128, 128, 3, 3});
    if (mobilenet) CHECK(shapes.at("global_CNN.features.18.0.weight") == Shape{1280, 112, 1, 1});
    // Frames of any size: the glance resizes them.
    CHECK(network->logits(random_tensor({2, 3, 3, 48, 48}, 3)).sizes() == at::IntArrayRef({2, 5}));
  }
}

TEST_CASE("a glance of a stated size is one at frames of that size") {
  const at::NoGradGuard no_gradients;
  const AdaFocusOptions small{.glance_size = 64, .num_segments = 3, .policy_features = 8};
  AdaFocus network(small);
  randomise(network, 7);
  const at::Tensor frames = random_tensor({3, 3, 100, 100}, 3);
  const at::Tensor resized = at::upsample_bilinear2d(frames, {64, 64}, true);
  CHECK(at::allclose(network.glance(frames).maps, network.glance(resized).maps, 1e-4, 1e-5));
  CHECK(network.glance(frames).maps.sizes() == at::IntArrayRef({3, 1280, 2, 2}));
}

TEST_CASE("descriptions are checked") {
  CHECK(refused({{"type", "AdaFocusV2"}}, "model.num_classes"));
  CHECK(refused({{"type", "AdaFocusV2"}, {"num_classes", 5}, {"glance_arch", "mbv3"}}, "mbv2"));
  CHECK(refused({{"type", "AdaFocusV2"}, {"num_classes", 5}, {"num_segments", 2}}, "num_segments"));
  CHECK(refused({{"type", "AdaFocusV2"}, {"num_classes", 5}, {"patchsize", 96}}, "patch_size"));
  const auto sized = [](const char* glance, const char* key, const Json& value) {
    return Json{{"type", "AdaFocusV2"}, {"num_classes", 5}, {"glance_arch", glance}, {key, value}};
  };
  CHECK(refused(sized("mbv2", "glance_depth", 18), "model.glance_depth: means nothing to a glance by mbv2"));
  CHECK(refused(sized("mbv2", "glance_base_channels", 18), "model.glance_base_channels"));
  CHECK(refused(sized("res50", "glance_widen_factor", 0.5), "model.glance_widen_factor"));
  CHECK(refused(sized("res50", "glance_depth", 20), "model.glance_depth: no ResNet has 20 layers"));
  CHECK(refused(sized("mbv2", "local_depth", 49), "model.local_depth: no ResNet has 49 layers"));
  CHECK(refused(sized("mbv2", "glance_widen_factor", 0), "model.glance_widen_factor"));
  CHECK(refused(sized("mbv2", "glance_size", 0), "model.glance_size"));
  CHECK(refused(sized("mbv2", "local_base_channels", 0), "model.local_base_channels"));
  CHECK(refused(sized("mbv2", "classifier_hidden_dim", "wide"), "model.classifier_hidden_dim"));
  CHECK(refused({{"type", "AdaFocusV2Clip"}, {"num_classes", 5}, {"shift_div", 1}}, "shift_div"));
  CHECK(build_head(Config(Json{{"type", "PoolingClassifier"}, {"in_channels", 8}, {"num_classes", 4}}, "head"))
            ->num_classes() == 4);
}
