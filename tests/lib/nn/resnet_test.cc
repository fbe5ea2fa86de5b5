#include "lib/nn/backbones/resnet.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/nn/config.h"
#include "lib/nn/inflate.h"
#include "lib/nn/layers/temporal_shift.h"
#include "tests/lib/nn/random_weights.h"

namespace vs::nn {
namespace {

using Json = nlohmann::ordered_json;
using testing::random_tensor;
using testing::randomise;
using testing::relative_error;

std::unique_ptr<Backbone> built(Json description) { return build_backbone(Config(description, "model.backbone")); }

std::vector<std::string> names_of(Module& module) {
  std::vector<std::string> names;
  for (const Entry& entry : module.entries()) names.push_back(entry.name);
  return names;
}

int64_t parameters_of(Module& module) {
  int64_t count = 0;
  for (const Entry& entry : module.entries()) count += entry.kind == EntryKind::kParameter ? entry.tensor->numel() : 0;
  return count;
}

std::string refusal(const Json& description) {
  try {
    built(description);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("parameters are those of the published networks, without their classifier") {
  const std::vector<std::pair<int64_t, int64_t>> published{
      {18, 11176512}, {34, 21284672}, {50, 23508032}, {101, 42500160}, {152, 58143808}};
  for (const auto& [depth, parameters] : published) {
    const auto network = built({{"type", "ResNet"}, {"depth", depth}});
    CHECK(parameters_of(*network) == parameters);
    CHECK(network->out_channels() == (depth < 50 ? 512 : 2048));
  }
  ResNet named(torchvision_resnet50());
  CHECK(parameters_of(named) == 25557032);
  CHECK(names_of(named).back() == "fc.bias");
}

TEST_CASE("the same weights under every reference's names give the same maps") {
  ResNetOptions options;
  options.base_channels = 8;
  ResNet mmaction(options);
  options.names = ResNetNames::kTorchvision;
  ResNet torchvision(options);
  options.names = ResNetNames::kSequence;
  ResNet sequence(options);
  randomise(mmaction, 1);
  const auto from = mmaction.entries();
  for (ResNet* other : {&torchvision, &sequence}) {
    other->materialize();
    const auto to = other->entries();
    REQUIRE(to.size() == from.size());
    for (size_t i = 0; i < to.size(); ++i) to[i].tensor->copy_(*from[i].tensor);
  }
  const at::Tensor x = random_tensor({2, 3, 40, 33}, 2);
  const at::Tensor y = mmaction(x);
  CHECK(y.sizes() == at::IntArrayRef({2, 256, 2, 2}));
  CHECK(at::equal(torchvision(x), y));
  CHECK(at::equal(sequence(x), y));
  CHECK(names_of(sequence).front() == "model.0.weight");
  CHECK(names_of(torchvision)[6] == "layer1.0.conv1.weight");
  for (size_t i = 0; i < from.size(); ++i)
    CHECK(torchvision_resnet_name(from[i].name) == torchvision.entries()[i].name);
}

TEST_CASE("ready for inference: the same maps, fp32 and bf16, images and clips") {
  const at::NoGradGuard no_gradients;
  const std::vector<std::pair<Json, at::Tensor>> cases{
      {{{"type", "ResNet"}, {"depth", 18}, {"base_channels", 16}}, random_tensor({3, 3, 37, 50}, 3)},
      {{{"type", "ResNet"}, {"depth", 50}, {"base_channels", 16}}, random_tensor({2, 3, 64, 64}, 4)},
      {{{"type", "ResNetTSM"}, {"depth", 50}, {"base_channels", 16}, {"num_segments", 4}, {"temporal_pool", true}},
       random_tensor({8, 3, 48, 40}, 5)},
      {{{"type", "ResNetTSM"}, {"depth", 18}, {"base_channels", 16}, {"num_segments", 2}, {"shift_place", "block"}},
       random_tensor({4, 3, 32, 32}, 6)},
      {{{"type", "ResNet3dSlowOnly"}, {"depth", 50}, {"base_channels", 16}}, random_tensor({1, 3, 5, 33, 48}, 7)}};
  for (const auto& [description, x] : cases) {
    CAPTURE(description.dump());
    const auto network = built(description);
    randomise(*network, 8);
    const at::Tensor plain = (*network)(x);
    network->prepare({});
    CHECK(relative_error((*network)(x), plain) < 1e-5);
    network->prepare({.dtype = at::kBFloat16});
    const at::Tensor half = (*network)(x);
    CHECK((half.scalar_type() == at::kBFloat16));
    CHECK(relative_error(half, plain) < 3e-2);
    network->unprepare();
    CHECK(at::equal((*network)(x), plain));
  }
}

TEST_CASE("a network lists, runs and trains without memory, or in double") {
  const auto network = built({{"type", "ResNetTSM"}, {"depth", 152}});
  const at::Tensor y = (*network)(at::empty({16, 3, 224, 224}, at::device(at::kMeta)));
  CHECK(y.sizes() == at::IntArrayRef({16, 2048, 7, 7}));
  CHECK(y.is_meta());

  const auto small = built({{"type", "ResNet3dSlowOnly"}, {"depth", 18}, {"base_channels", 4}});
  randomise(*small, 9, at::kDouble);
  small->train();
  small->require_gradients(true);
  const at::Tensor x = random_tensor({2, 3, 4, 16, 16}, 10).to(at::kDouble);
  (*small)(x).sum().backward();
  for (const Entry& entry : small->entries()) {
    if (entry.kind == EntryKind::kParameter) CHECK(entry.tensor->grad().defined());
  }
}

TEST_CASE("deep networks shift every second block of every stage, others all") {
  const auto shifted = [](Json description) {
    std::vector<std::string> list;
    for (const std::string& name : names_of(*built(std::move(description)))) {
      if (contains(name, ".net.")) list.push_back(name);
    }
    return list;
  };
  const auto deep = shifted({{"type", "ResNetTSM"}, {"depth", 101}});
  CHECK(deep.size() == 2 + 2 + 12 + 2);
  CHECK(deep[1] == "layer1.2.conv1.conv.net.weight");
  CHECK(shifted({{"type", "ResNetTSM"}, {"depth", 50}}).size() == 16);
  CHECK(shifted({{"type", "ResNetTSM"}, {"depth", 50}, {"is_shift", false}}).empty());
}

TEST_CASE("the shortcut of a shifted block is shifted only where the whole block is") {
  // A block that adds nothing: what is left is the shortcut.
  const auto shortcut = [](const char* place) {
    ResNetOptions options;
    options.depth = 18;
    options.base_channels = 8;
    options.strides = {1};
    options.segments = 2;
    options.place = std::string(place) == "block" ? ShiftPlace::kBlock : ShiftPlace::kBlockResidual;
    ResNet network(options);
    randomise(network, 11);
    for (const Entry& entry : network.entries()) {
      if (contains(entry.name, "conv2.bn.weight") || contains(entry.name, "conv2.bn.bias")) entry.tensor->zero_();
    }
    return network.maps(random_tensor({4, 3, 16, 16}, 12));
  };
  const auto residual = shortcut("blockres");
  CHECK(relative_error(residual[2], residual[1]) < 1e-4);
  const auto block = shortcut("block");
  const at::Tensor twice = temporal_shift(temporal_shift(block[1], 2, 8), 2, 8);
  CHECK(relative_error(block[2], twice) < 1e-4);
  CHECK(relative_error(block[2], block[1]) > 0.1);
}

TEST_CASE("clips: strides in time, pooling of time, and blocks over three frames") {
  const auto shape = [](Json description) {
    description["type"] = "ResNet3dSlowOnly";
    description["depth"] = 50;
    description["base_channels"] = 8;
    return (*built(std::move(description)))(at::empty({2, 3, 8, 32, 32}, at::device(at::kMeta))).sizes().vec();
  };
  CHECK(shape({}) == Axes{2, 256, 8, 1, 1});
  CHECK(shape({{"temporal_strides", {1, 2, 1, 2}}}) == Axes{2, 256, 2, 1, 1});
  CHECK(shape({{"with_pool2", true}, {"conv1_stride_t", 2}}) == Axes{2, 256, 2, 1, 1});
  CHECK(shape({{"conv1_kernel", {5, 7, 7}}, {"with_pool1", false}}) == Axes{2, 256, 8, 2, 2});
  CHECK(shape({{"num_stages", 3}, {"out_indices", {2}}, {"style", "caffe"}}) == Axes{2, 128, 8, 2, 2});
  const auto kernel = [](const Json& description, const std::string& name) {
    const auto network = built(description);
    for (const Entry& entry : network->entries()) {
      if (entry.name == name) return entry.tensor->sizes().vec();
    }
    return Axes{};
  };
  Json description{{"type", "ResNet3dSlowOnly"}, {"depth", 50}, {"inflate_style", "3x3x3"}};
  CHECK(kernel(description, "layer4.0.conv2.conv.weight") == Axes{512, 512, 3, 3, 3});
  CHECK(kernel(description, "layer2.0.conv2.conv.weight") == Axes{128, 128, 1, 3, 3});
  description = {{"type", "ResNet3dSlowOnly"}, {"depth", 18}};
  CHECK(kernel(description, "layer3.0.conv2.conv.weight") == Axes{256, 256, 3, 3, 3});
}

TEST_CASE("descriptions that do not fit are refused with their place") {
  CHECK(contains(refusal({{"type", "ResNet"}, {"depth", 51}}), "model.backbone.depth: no ResNet has 51 layers"));
  CHECK(contains(refusal({{"type", "ResNet"}, {"depth", 50}, {"shift_div", 8}}), "model.backbone.shift_div"));
  CHECK(contains(refusal({{"type", "ResNet"}}), "model.backbone.depth: is missing"));
  CHECK(contains(refusal({{"type", "ResNett"}, {"depth", 50}}), "did you mean \"ResNet\"?"));
  CHECK(contains(refusal({{"type", "ResNet"}, {"depth", 50}, {"out_indices", {2}}}), "out_indices"));
  CHECK(contains(refusal({{"type", "ResNet"}, {"depth", 50}, {"strides", {1, 2}}}), "strides"));
  CHECK(contains(refusal({{"type", "ResNet"}, {"depth", 50}, {"norm_cfg", {{"type", "GN"}}}}), "norm_cfg.type"));
  CHECK(contains(refusal({{"type", "ResNetTSM"}, {"depth", 50}, {"num_segments", 5}, {"temporal_pool", true}}),
                 "5 segments cannot be halved"));
  CHECK(contains(refusal({{"type", "ResNetTSM"}, {"depth", 50}, {"non_local", {0, 1, 0, 0}}}), "non_local"));
  CHECK(contains(refusal({{"type", "ResNet3dSlowOnly"}, {"depth", 50}, {"lateral", true}}), "lateral"));
  CHECK(refusal({{"type", "ResNet"},
                 {"depth", 50},
                 {"pretrained", "x"},
                 {"norm_eval", true},
                 {"frozen_stages", 1},
                 {"norm_cfg", {{"type", "SyncBN"}, {"requires_grad", true}}}}) == "");
}

TEST_CASE("tensors that do not fit are refused") {
  ResNetOptions options;
  options.base_channels = 4;
  options.place = ShiftPlace::kBlockResidual;
  options.segments = 4;
  ResNet network(options);
  randomise(network, 13);
  CHECK_THROWS_AS(network(at::zeros({4, 1, 32, 32})), DataError);
  CHECK_THROWS_AS(network(at::zeros({3, 32, 32})), DataError);
  CHECK_THROWS_AS(network(at::zeros({6, 3, 32, 32})), DataError);
  CHECK(network(at::zeros({4, 3, 1, 1})).sizes() == at::IntArrayRef({4, 128, 1, 1}));
}

TEST_CASE("weights of images serve clips: a still clip gives the image's map in every frame") {
  ResNetOptions options;
  options.base_channels = 8;
  options.names = ResNetNames::kTorchvision;
  options.unused_classes = 5;
  ResNet images(options);
  randomise(images, 14);
  std::map<std::string, at::Tensor> weights;
  for (const Entry& entry : images.entries()) weights[entry.name] = *entry.tensor;

  ResNetOptions over_clips;
  over_clips.base_channels = 8;
  over_clips.axes = 3;
  over_clips.inflate = {0, 0, 1, 1};
  ResNet clips(over_clips);
  clips.materialize();
  const InflateReport report = inflate_resnet(clips, weights);
  CHECK(report.missing.empty());
  CHECK(report.unused == std::vector<std::string>{"fc.bias", "fc.weight"});
  // The middle frame of many sees no zeros beyond the ends.
  const at::Tensor image = random_tensor({1, 3, 32, 32}, 15);
  const at::Tensor map = clips(image.unsqueeze(2).expand({-1, -1, 41, -1, -1}));
  CHECK(relative_error(map.select(2, 20), images(image)) < 1e-5);

  weights.erase("layer4.0.bn1.weight");
  CHECK(inflate_resnet(clips, weights).missing == std::vector<std::string>{"layer4.0.conv1.bn.weight"});
  weights["conv1.weight"] = at::zeros({8, 3, 3, 3});
  CHECK_THROWS_AS(inflate_resnet(clips, weights), DataError);
}

}  // namespace
}  // namespace vs::nn
