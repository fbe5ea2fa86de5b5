#include "lib/nn/recognizers/recognizer.h"

#include <doctest/doctest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "lib/core/error.h"
#include "tests/lib/nn/random_weights.h"
#include "tests/lib/nn/refusal.h"

namespace vs::nn {
namespace {

using Json = nlohmann::ordered_json;
using testing::random_tensor;
using testing::randomise;
using testing::relative_error;

Json tsm_model() {
  return {{"type", "Recognizer2D"},
          {"backbone", {{"type", "ResNetTSM"}, {"depth", 18}, {"base_channels", 8}, {"num_segments", 4}}},
          {"cls_head", {{"type", "TSMHead"}, {"num_classes", 5}, {"in_channels", 64}, {"num_segments", 4}}},
          {"test_cfg", {{"average_clips", "prob"}}}};
}

Json slow_model() {
  return {{"type", "Recognizer3D"},
          {"backbone", {{"type", "ResNet3dSlowOnly"}, {"depth", 18}, {"base_channels", 8}}},
          {"cls_head", {{"type", "I3DHead"}, {"num_classes", 5}, {"in_channels", 64}}},
          {"train_cfg", nullptr},
          {"test_cfg", {{"average_clips", "score"}}}};
}

std::string refusal(const Json& model) {
  return testing::refusal_of([&] { build_recognizer(model); });
}

TEST_CASE("images: a row of scores for each clip of each video, averaged as asked") {
  const at::NoGradGuard no_gradients;
  const auto network = build_recognizer(tsm_model());
  randomise(*network, 1);
  CHECK(network->average() == AverageClips::kProb);
  // Two videos of three crops with four segments each.
  const at::Tensor imgs = random_tensor({2, 12, 3, 32, 32}, 2);
  const at::Tensor logits = network->logits(imgs);
  CHECK(logits.sizes() == at::IntArrayRef({6, 5}));
  CHECK(network->pooled_features(imgs).sizes() == at::IntArrayRef({24, 64}));
  // A clip's row does not depend on the other clips.
  CHECK(relative_error(network->logits(imgs.slice(0, 1).slice(1, 4, 8)), logits.slice(0, 4, 5)) < 1e-5);
  const at::Tensor probabilities = at::softmax(logits, 1).view({2, 3, 5}).mean(1);
  CHECK(relative_error(network->test(imgs, AverageClips::kProb), probabilities) < 1e-6);
  CHECK(relative_error(network->test(imgs, AverageClips::kScore), logits.view({2, 3, 5}).mean(1)) < 1e-6);
  CHECK(at::equal(network->test(imgs, AverageClips::kNone), logits));
}

TEST_CASE("clips: as many at once through the backbone as the description allows") {
  const at::NoGradGuard no_gradients;
  auto model = slow_model();
  const auto network = build_recognizer(model);
  model["test_cfg"]["max_testing_views"] = 2;
  const auto limited = build_recognizer(model);
  randomise(*network, 3);
  randomise(*limited, 3);
  const at::Tensor imgs = random_tensor({1, 5, 3, 4, 32, 24}, 4);
  const at::Tensor logits = network->logits(imgs);
  CHECK(logits.sizes() == at::IntArrayRef({5, 5}));
  CHECK(relative_error(limited->logits(imgs), logits) < 1e-5);
  CHECK(relative_error(limited->test(imgs, limited->average()), logits.mean(0, true)) < 1e-5);
}

TEST_CASE("ready for inference: the same scores in fp32, the same class in bf16") {
  const at::NoGradGuard no_gradients;
  for (const Json& model : {tsm_model(), slow_model()}) {
    const auto network = build_recognizer(model);
    randomise(*network, 5);
    const at::Tensor imgs = model.at("type") == "Recognizer2D" ? random_tensor({3, 4, 3, 48, 40}, 6)
                                                               : random_tensor({3, 1, 3, 4, 48, 40}, 6);
    const at::Tensor plain = network->logits(imgs);
    network->prepare({});
    CHECK(relative_error(network->logits(imgs), plain) < 1e-5);
    network->prepare({.dtype = at::kBFloat16});
    const at::Tensor half = network->logits(imgs);
    CHECK((half.scalar_type() == at::kFloat));
    CHECK(relative_error(half, plain) < 3e-2);
    CHECK(at::equal(half.argmax(1), plain.argmax(1)));
  }
}

TEST_CASE("models that do not fit are refused with their place") {
  auto model = tsm_model();
  model["cls_head"]["in_channels"] = 2048;
  CHECK(refusal(model) == "model.cls_head.in_channels: 2048, but the backbone gives 64 channels");
  model = tsm_model();
  model["clshead"] = 1;
  CHECK(refusal(model).find("did you mean \"cls_head\"?") != std::string::npos);
  model = tsm_model();
  model.erase("backbone");
  CHECK(refusal(model).starts_with("model.backbone: is missing"));
  model = tsm_model();
  model["test_cfg"]["average_clips"] = "mean";
  CHECK(refusal(model).starts_with("model.test_cfg.average_clips: \"mean\" is not known"));
  model = tsm_model();
  model["backbone"] = "ResNet";
  CHECK(refusal(model).starts_with("model.backbone: is no object"));
}

TEST_CASE("inputs that do not fit are refused") {
  const auto images = build_recognizer(tsm_model());
  const auto clips = build_recognizer(slow_model());
  randomise(*images, 7);
  randomise(*clips, 7);
  CHECK_THROWS_AS(images->logits(at::zeros({1, 3, 32, 32})), DataError);
  CHECK_THROWS_AS(images->logits(at::zeros({0, 4, 3, 32, 32})), DataError);
  CHECK_THROWS_AS(images->logits(at::zeros({1, 6, 3, 32, 32})), DataError);
  CHECK_THROWS_AS(clips->logits(at::zeros({1, 4, 3, 32, 32})), DataError);
}

}  // namespace
}  // namespace vs::nn
