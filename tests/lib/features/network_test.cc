#include "lib/features/network.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "lib/core/error.h"
#include "lib/features/layer_output.h"
#include "lib/nn/adafocus/clip_network.h"
#include "lib/nn/adafocus/network.h"
#include "lib/nn/backbones/resnet.h"
#include "lib/nn/build_as.h"
#include "lib/nn/loading.h"
#include "lib/nn/noise.h"
#include "lib/systems/distillation.h"

namespace vs::features {
namespace {

using Json = nlohmann::ordered_json;
using plugin::FeatureRequest;
using plugin::FeatureUnit;

Json head(const char* type, int64_t channels) {
  return {{"type", type}, {"in_channels", channels}, {"num_classes", 5}};
}
Json resnet() {
  return {{"type", "Recognizer2D"},
          {"backbone", {{"type", "ResNet"}, {"depth", 18}, {"base_channels", 4}}},
          {"cls_head", head("TSNHead", 32)}};
}
Json shifted() {
  Json classes = head("TSMHead", 64);
  classes["num_segments"] = 4;
  return {{"type", "Recognizer2D"},
          {"backbone", {{"type", "ResNetTSM"}, {"depth", 18}, {"base_channels", 8}, {"num_segments", 4}}},
          {"cls_head", classes}};
}
Json mobilenet() {
  return {{"type", "Recognizer2D"},
          {"backbone", {{"type", "MobileNetV2"}, {"widen_factor", 0.1}}},
          {"cls_head", head("TSNHead", 1280)}};
}
Json slow_only() {
  return {{"type", "Recognizer3D"},
          {"backbone",
           {{"type", "ResNet3dSlowOnly"},
            {"depth", 18},
            {"base_channels", 4},
            {"conv1_kernel", {1, 7, 7}},
            {"inflate", {0, 0, 1, 1}}}},
          {"cls_head", head("I3DHead", 32)}};
}
Json swin() {
  return {{"type", "Recognizer3D"},
          {"backbone",
           {{"type", "SwinTransformer3D"},
            {"patch_size", {2, 4, 4}},
            {"embed_dim", 8},
            {"depths", {2, 2}},
            {"num_heads", {2, 2}},
            {"window_size", {2, 3, 3}},
            {"patch_norm", true}}},
          {"cls_head", head("I3DHead", 16)},
          {"test_cfg", {{"average_clips", "prob"}, {"max_testing_views", 1}}}};
}
Json transformer(const char* type) {
  Json backbone{{"type", type},
                {"num_frames", 4},
                {"img_size", 32},
                {"patch_size", 8},
                {"embed_dims", 16},
                {"num_heads", 4},
                {"num_transformer_layers", 3}};
  if (std::string(type) == "DRCA") {
    backbone["comp_insert_layer"] = 1;
    backbone["comp_k"] = 2;
  }
  return {{"type", "Recognizer3D"}, {"backbone", backbone}, {"cls_head", head("TimeSformerHead", 16)}};
}

struct NamedModel {
  const char* name;
  Json model;
  std::vector<int64_t> shape;
};
std::vector<NamedModel> models() {
  return {{"resnet", resnet(), {3, 3, 32, 40}},
          {"tsm", shifted(), {4, 3, 32, 32}},
          {"mobilenet", mobilenet(), {3, 3, 32, 32}},
          {"slow only", slow_only(), {1, 3, 4, 32, 32}},
          {"swin", swin(), {1, 3, 4, 24, 24}},
          {"timesformer", transformer("TimeSformer"), {1, 3, 4, 32, 32}},
          {"drca", transformer("DRCA"), {1, 3, 4, 32, 32}}};
}

FeatureRequest request_for(const Json& model, const std::vector<int64_t>& shape, const std::string& layer = "") {
  FeatureRequest request;
  request.model = model.dump();
  request.shape = shape;
  request.seed = 3;
  request.layer = layer;
  return request;
}

std::vector<float> pixels_for(const plugin::FeatureShape& shape, int64_t count) {
  nn::SeededNoise noise(7);
  const at::Tensor values = noise.normal({count * shape.frames * 3 * shape.height * shape.width}, at::kFloat);
  return {values.data_ptr<float>(), values.data_ptr<float>() + values.numel()};
}

/// The network itself, with the same weights, without any of the library's short cuts.
std::unique_ptr<nn::Recognizer> plain_network(const Json& model) {
  auto network = nn::build_recognizer(model);
  nn::initialise(*network, 3);
  return network;
}

/// pixels as the network takes them.
at::Tensor images_of(const std::vector<float>& pixels, const plugin::FeatureShape& shape, int64_t count) {
  const at::Tensor x =
      at::tensor(at::ArrayRef<float>(pixels)).view({count, shape.frames, 3, shape.height, shape.width});
  return shape.unit == FeatureUnit::kClip ? x.transpose(1, 2).unsqueeze(1).contiguous() : x;
}

double distance(const std::vector<float>& got, const at::Tensor& want) {
  const at::Tensor x = at::tensor(at::ArrayRef<float>(got)).to(at::kDouble);
  const at::Tensor y = want.to(at::kDouble).flatten();
  REQUIRE(x.numel() == y.numel());
  return ((x - y).abs().max() / y.abs().max()).item<double>();
}

/// A name that nothing lies under any more after the test.
class TemporaryFile {
 public:
  TemporaryFile() : path_(std::filesystem::temp_directory_path() / fmt::format("vs-{}.safetensors", ::getpid())) {}
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

std::string refusal(const FeatureRequest& request) {
  try {
    const Network network(request);
  } catch (const UsageError& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("features are what the network itself gives for the same pixels") {
  for (const auto& [name, model, shape] : models()) {
    CAPTURE(name);
    Network network(request_for(model, shape));
    const auto& known = network.shape();
    const bool clips = shape.size() == 5, group = std::string(name) == "tsm";
    CHECK(known.unit == (clips ? FeatureUnit::kClip : group ? FeatureUnit::kFrameGroup : FeatureUnit::kFrame));
    CHECK(known.frames == (clips ? shape[2] : group ? shape[0] : 1));
    CHECK(known.rows == (group ? shape[0] : 1));
    const auto pixels = pixels_for(known, 3);
    const at::NoGradGuard no_gradients;
    const at::Tensor want = plain_network(model)->pooled_features(images_of(pixels, known, 3));
    CHECK(known.row_shape == std::vector<uint64_t>{static_cast<uint64_t>(want.size(1))});
    CHECK(distance(network.run(pixels, 3), want) < 1e-5);
  }
}

TEST_CASE("a stage's features are the means of its maps") {
  const auto plain = plain_network(resnet());
  auto* backbone = dynamic_cast<nn::ResNet*>(plain->children().front().get());
  REQUIRE(backbone);
  const at::NoGradGuard no_gradients;
  for (int stage = 1; stage <= 4; ++stage) {
    const std::string layer = "backbone.layer" + std::to_string(stage);
    Network network(request_for(resnet(), {1, 3, 32, 40}, layer));
    const auto pixels = pixels_for(network.shape(), 2);
    const at::Tensor map =
        backbone->maps(images_of(pixels, network.shape(), 2).flatten(0, 1)).at(static_cast<size_t>(stage) + 1);
    CHECK(distance(network.run(pixels, 2), map.mean({2, 3})) < 1e-5);
    FeatureRequest whole = request_for(resnet(), {1, 3, 32, 40}, layer);
    whole.mean_of_positions = false;
    Network maps(whole);
    CHECK(maps.shape().row_shape.size() == 3);
    CHECK(maps.shape().row_shape[2] == static_cast<uint64_t>(map.size(3)));
    CHECK(distance(maps.run(pixels, 2), map) < 1e-5);
  }
  Network scores(request_for(resnet(), {1, 3, 32, 40}, "cls_head"));
  const auto pixels = pixels_for(scores.shape(), 2);
  CHECK(distance(scores.run(pixels, 2), plain->logits(images_of(pixels, scores.shape(), 2))) < 1e-5);
}

TEST_CASE("the backbone as a layer gives what is kept without a layer") {
  for (const auto& [name, model, shape] : models()) {
    CAPTURE(name);
    Network pooled(request_for(model, shape)), layer(request_for(model, shape, "backbone"));
    const auto pixels = pixels_for(pooled.shape(), 3);
    const auto want = pooled.run(pixels, 3);
    CHECK(distance(layer.run(pixels, 3), at::tensor(at::ArrayRef<float>(want))) < 1e-5);
  }
}

TEST_CASE("any layer: inputs of a batch do not mix, and folded weights change nothing but rounding") {
  for (const auto& [name, model, shape] : models()) {
    CAPTURE(name);
    const auto plain = plain_network(model);
    const at::NoGradGuard no_gradients;
    const Network whole(request_for(model, shape));
    const auto pixels = pixels_for(whole.shape(), 2);
    const at::Tensor images = images_of(pixels, whole.shape(), 2);
    int checked = 0;
    for (const RunningLayer& layer : running_layers(*plain, [&] { plain->logits(images); })) {
      CAPTURE(layer.path);
      std::unique_ptr<Network> made;
      try {
        made = std::make_unique<Network>(request_for(model, shape, layer.path));
      } catch (const UsageError& error) {
        const std::string refused = error.finding();
        const bool known = refused.find("more than one output") != std::string::npos ||
                           refused.find("hands on") != std::string::npos ||
                           refused.find(" times ") != std::string::npos;
        CHECK_MESSAGE(known, refused);
        continue;
      }
      Network& network = *made;
      const auto both = network.run(pixels, 2);
      std::vector<float> single;
      const size_t half = pixels.size() / 2;
      for (size_t i = 0; i < 2; ++i) {
        const auto one = network.run(std::span<const float>(pixels).subspan(i * half, half), 1);
        single.insert(single.end(), one.begin(), one.end());
      }
      CHECK(distance(both, at::tensor(at::ArrayRef<float>(single))) < 1e-4);
      // Channels of one input, by the network that nothing was folded in.
      const at::Tensor first = images.narrow(0, 0, 1);
      auto outputs = outputs_of(*layer.module, [&] { plain->logits(first); });
      REQUIRE(outputs.size() == 1);
      const int64_t axis = channel_axis(*layer.module, outputs[0], "layer");
      const at::Tensor channels = outputs[0].movedim(axis, -1).flatten(0, -2).mean(0);
      const auto rows = at::tensor(at::ArrayRef<float>(single)).view({2 * network.shape().rows, -1});
      const at::Tensor got = rows.narrow(0, 0, network.shape().rows).mean(0);
      CHECK(((got - channels).abs().max() / outputs[0].abs().max()).item<double>() < 1e-4);
      ++checked;
    }
    CHECK(checked > 10);
  }
}

TEST_CASE("threads side by side give the same bytes") {
  Network network(request_for(resnet(), {1, 3, 32, 40}));
  const auto pixels = pixels_for(network.shape(), 4);
  const auto want = network.run(pixels, 4);
  std::vector<std::vector<float>> got(4);
  {
    std::vector<std::jthread> threads;
    for (auto& result : got) threads.emplace_back([&] { result = network.run(pixels, 4); });
  }
  for (const auto& result : got) CHECK(result == want);
}

TEST_CASE("weights of a checkpoint are used; a head that does not run may be another") {
  const TemporaryFile file;
  Json other = resnet();
  other["cls_head"]["num_classes"] = 7;
  auto trained = nn::build_recognizer(other);
  nn::initialise(*trained, 12);
  nn::save_weights(*trained, file.path());
  FeatureRequest request = request_for(resnet(), {1, 3, 32, 40});
  request.weights = file.path();
  Network network(request);
  CHECK(network.summary().find(file.path()) != std::string::npos);
  const auto pixels = pixels_for(network.shape(), 2);
  const at::NoGradGuard no_gradients;
  const at::Tensor want = trained->pooled_features(images_of(pixels, network.shape(), 2));
  CHECK(distance(network.run(pixels, 2), want) < 1e-5);
  request.layer = "cls_head";
  CHECK_THROWS_AS(Network{request}, DataError);
  request.partial = {"cls_head.*"};
  CHECK_NOTHROW(Network{request});
  request = request_for(swin(), {1, 3, 4, 24, 24});
  request.weights = file.path();
  CHECK_THROWS_AS(Network{request}, DataError);
}

TEST_CASE("layers that are not there are refused, with the nearest") {
  CHECK(refusal(request_for(resnet(), {1, 3, 32, 32}, "backbone.layr3")) ==
        "--layer backbone.layr3: is no layer of this network (did you mean backbone.layer3?)");
  CHECK(refusal(request_for(swin(), {1, 3, 4, 24, 24}, "backbone.layers")) ==
        "--layer backbone.layers: gives no output of its own (backbone.layers.1 does)");
  CHECK(refusal(request_for(resnet(), {1, 3, 32, 32}, "x")).find("layers are ") != std::string::npos);
}

TEST_CASE("what does not fit is refused") {
  CHECK(refusal(request_for(transformer("DRCA"), {1, 3, 4, 48, 48})).find("does the crop fit") != std::string::npos);
  CHECK(refusal(request_for(resnet(), {1, 1, 32, 32})).find("has 1 channels") != std::string::npos);
  CHECK(refusal(request_for(resnet(), {3, 32, 32})).find("has 3 axes") != std::string::npos);
  CHECK(refusal(request_for(Json::object(), {1, 3, 32, 32})).find("model.type: is missing") == 0);
}

TEST_CASE("ResKD's student looks at frames of its own size") {
  for (const bool clips : {false, true}) {
    CAPTURE(clips);
    Json model = clips ? slow_only() : resnet();
    const Json student = model["backbone"];
    model["backbone"] = {
        {"type", "RKD"}, {"low_res_cfg", student}, {"high_res_cfg", student}, {"low_img_res", {24, 20}}};
    model["cls_head"]["type"] = clips ? "RKD3DHead" : "RKD2DHead";
    const std::vector<int64_t> shape =
        clips ? std::vector<int64_t>{1, 3, 4, 32, 40} : std::vector<int64_t>{3, 3, 32, 40};
    Network network(request_for(model, shape));
    const auto pixels = pixels_for(network.shape(), 2);
    CHECK(network.shape().height == 32);
    // The same weights in a plain network, which sees the smaller frames.
    const auto plain = nn::build_recognizer(clips ? slow_only() : resnet());
    const auto whole = systems::build_distilled(model, systems::Teacher::kLeftOut, "model");
    nn::initialise(*whole, 3);
    const auto from = whole->entries(), to = plain->entries();
    REQUIRE(from.size() == to.size());
    for (size_t i = 0; i < to.size(); ++i) *to[i].tensor = *from[i].tensor;
    const at::NoGradGuard no_gradients;
    const at::Tensor frames = at::tensor(at::ArrayRef<float>(pixels)).view({2 * network.shape().frames, 3, 32, 40});
    at::Tensor small = at::upsample_bilinear2d(frames, {24, 20}, false).unflatten(0, {2, -1});
    if (clips) small = small.transpose(1, 2).unsqueeze(1);
    CHECK(distance(network.run(pixels, 2), plain->pooled_features(small)) < 1e-5);
    const Network stage(request_for(model, shape, "backbone.low_res_path.layer2"));
    CHECK(stage.shape().row_shape == std::vector<uint64_t>{8});
  }
}

TEST_CASE("AdaFocusV2: glance and patch of each frame in time order, the glance at single frames") {
  const Json model{
      {"type", "AdaFocusV2"}, {"num_segments", 4}, {"num_classes", 5}, {"patch_size", 32}, {"stn_hidden_dim", 8}};
  Network both(request_for(model, {4, 3, 224, 224}));
  CHECK(both.shape().unit == FeatureUnit::kFrameGroup);
  CHECK(both.shape().frames == 4);
  CHECK(both.shape().rows == 4);
  CHECK(both.shape().row_shape == std::vector<uint64_t>{1280 + 2048});
  const auto pixels = pixels_for(both.shape(), 2);
  const at::Tensor images = images_of(pixels, both.shape(), 2);
  auto plain = nn::build_as<nn::AdaFocus>(model, "model", "");
  nn::initialise(*plain, 3);
  const at::NoGradGuard no_gradients;
  const at::Tensor seen = plain->pooled_features(images).unflatten(0, {2, 4});
  at::Tensor want = at::empty_like(seen);
  const std::vector<int64_t> order = plain->order();
  CHECK(order != std::vector<int64_t>{0, 1, 2, 3});
  for (size_t k = 0; k < order.size(); ++k) want.select(1, order[k]).copy_(seen.select(1, static_cast<int64_t>(k)));
  CHECK(distance(both.run(pixels, 2), want) < 1e-5);

  Network glance(request_for(model, {4, 3, 224, 224}, "global_CNN"));
  CHECK(glance.shape().unit == FeatureUnit::kFrame);
  CHECK(distance(glance.run(pixels, 8), plain->glance(images.flatten(0, 1)).features) < 1e-5);
  Network patch(request_for(model, {4, 3, 224, 224}, "local_CNN"));
  CHECK(patch.shape().rows == 4);
  CHECK(distance(patch.run(pixels, 2), want.slice(2, 1280)) < 1e-5);
  CHECK(refusal(request_for(model, {4, 3, 96, 96})).find("does the crop fit") != std::string::npos);
}

TEST_CASE("AdaFocusV2 over clips: the glance, and where it says to look") {
  const Json model{{"type", "AdaFocusV2Clip"}, {"num_segments", 2}, {"num_classes", 5}, {"patch_size", 32}};
  Network network(request_for(model, {5, 3, 224, 224}));
  CHECK(network.shape().frames == 2);
  CHECK(network.shape().rows == 2);
  const auto pixels = pixels_for(network.shape(), 2);
  const at::Tensor images = images_of(pixels, network.shape(), 2);
  auto plain = nn::build_as<nn::AdaFocusClip>(model, "model", "");
  nn::initialise(*plain, 3);
  const at::NoGradGuard no_gradients;
  const at::Tensor maps = plain->glance(images.flatten(0, 1)).maps;
  CHECK(distance(network.run(pixels, 2), maps.view({4, 1280, 7, 7}).mean({2, 3})) < 1e-5);
  Network policy(request_for(model, {5, 3, 224, 224}, "policy_stn"));
  CHECK(distance(policy.run(pixels, 2), plain->actions(maps)) < 1e-5);
  CHECK(refusal(request_for(model, {5, 3, 224, 224}, "local_CNN.base_model")) ==
        "--layer local_CNN.base_model: looks at patches of other frames than the glance does (take a layer of "
        "global_CNN)");
}

}  // namespace vs::features
