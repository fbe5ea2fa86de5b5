#include "lib/nn/backbones/timesformer.h"

#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/nn/backbones/timesformer_init.h"
#include "lib/nn/config.h"
#include "tests/lib/nn/random_weights.h"

namespace vs::nn {
namespace {

using Json = nlohmann::ordered_json;
using testing::random_tensor;
using testing::randomise;
using testing::relative_error;

Json small() {
  return {{"type", "TimeSformer"},
          {"num_frames", 3},
          {"img_size", 24},
          {"patch_size", 8},
          {"embed_dims", 16},
          {"num_heads", 4},
          {"num_transformer_layers", 2}};
}

std::unique_ptr<Backbone> built(const Json& description) { return build_backbone(Config(description, "backbone")); }

std::string refusal(const Json& changes) {
  Json description = small();
  description.update(changes);
  try {
    built(description);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

std::vector<std::string> names_of(Module& module) {
  std::vector<std::string> names;
  for (const Entry& entry : module.entries()) names.push_back(entry.name);
  return names;
}

TEST_CASE("TimeSformer has mmaction2's parameters") {
  const auto network = built({{"type", "TimeSformer"}, {"num_frames", 8}, {"img_size", 224}, {"patch_size", 16}});
  int64_t parameters = 0;
  for (const Entry& entry : network->entries()) parameters += entry.tensor->numel();
  CHECK(parameters == 121258752);  // published for DRCA-B without compression, which is this network
  const auto names = names_of(*built(small()));
  const std::vector<std::string> first(names.begin(), names.begin() + 7);
  CHECK(first == std::vector<std::string>{"cls_token", "pos_embed", "time_embed", "patch_embed.projection.weight",
                                          "patch_embed.projection.bias", "norm.weight", "norm.bias"});
  CHECK(names.at(7) == "transformer_layers.layers.0.attentions.0.norm.weight");
  CHECK(names.back() == "transformer_layers.layers.1.ffns.0.norm.bias");
}

TEST_CASE("without compression DRCA is TimeSformer") {
  const at::NoGradGuard no_gradients;
  const auto network = built(small());
  Json drca = small();
  drca["type"] = "DRCA";
  drca["comp_k"] = 3;
  const auto other = built(drca);
  CHECK(names_of(*network) == names_of(*other));
  randomise(*network, 1);
  randomise(*other, 1);
  const at::Tensor clips = random_tensor({2, 3, 3, 24, 24}, 2);
  CHECK(at::equal((*network)(clips), (*other)(clips)));
}

TEST_CASE("a clip's features do not depend on the batch, and depend on the order of frames") {
  const at::NoGradGuard no_gradients;
  const auto network = built(small());
  randomise(*network, 3);
  const at::Tensor clips = random_tensor({3, 3, 3, 24, 24}, 4);
  const at::Tensor features = (*network)(clips);
  CHECK(features.sizes() == at::IntArrayRef({3, 16}));
  CHECK(relative_error((*network)(clips.narrow(0, 1, 1)), features.narrow(0, 1, 1)) < 1e-5);
  CHECK(relative_error((*network)(clips.flip({2})), features) > 1e-3);
  // Memory order of the input does not matter.
  CHECK(relative_error((*network)(clips.contiguous(at::MemoryFormat::ChannelsLast3d)), features) < 1e-5);
}

TEST_CASE("prepared TimeSformer computes the same") {
  const at::NoGradGuard no_gradients;
  const auto network = built(small());
  randomise(*network, 5);
  const at::Tensor clips = random_tensor({2, 3, 3, 24, 24}, 6);
  const at::Tensor features = (*network)(clips);
  network->prepare({});
  CHECK(relative_error((*network)(clips), features) < 1e-5);
  network->prepare({.dtype = at::kBFloat16});
  CHECK(relative_error((*network)(clips), features) < 3e-2);
  CHECK(((*network)(clips).scalar_type() == at::kFloat));
  network->unprepare();
  CHECK(at::equal((*network)(clips), features));
}

TEST_CASE("TimeSformer runs without memory, and in double with gradients for every parameter") {
  const auto network = built(small());
  const at::Tensor shape_only = at::empty({2, 3, 3, 24, 24}, at::device(at::kMeta).dtype(at::kFloat));
  CHECK((*network)(shape_only).sizes() == at::IntArrayRef({2, 16}));
  randomise(*network, 7, at::kDouble);
  network->require_gradients(true);
  SeededNoise noise(1);
  network->train();
  network->set_noise(&noise);
  (*network)(random_tensor({2, 3, 3, 24, 24}, 8).to(at::kDouble)).sum().backward();
  for (const Entry& entry : network->entries()) {
    CAPTURE(entry.name);
    CHECK(entry.tensor->grad().defined());
  }
}

TEST_CASE("stochastic depth rises to a tenth in the last layer") {
  const TimeSformerOptions options{.num_frames = 2, .img_size = 8, .patch_size = 8, .num_layers = 11};
  CHECK(divided_layer_options(options, 0).drop_path == 0);
  CHECK(divided_layer_options(options, 5).drop_path == doctest::Approx(0.05));
  CHECK(divided_layer_options(options, 10).drop_path == doctest::Approx(0.1));
  const TimeSformerOptions single{.num_layers = 1};
  CHECK(divided_layer_options(single, 0).drop_path == 0);
}

TEST_CASE("descriptions that cannot be built say where") {
  CHECK(refusal(Json::object()).empty());
  CHECK(refusal({{"img_size", 20}}).find("backbone.img_size: 20 is no multiple of patch_size 8") != std::string::npos);
  CHECK(refusal({{"num_heads", 5}}).find("backbone.num_heads: 5 does not divide") != std::string::npos);
  CHECK(refusal({{"num_frame", 3}}).find("did you mean \"num_frames\"") != std::string::npos);
  CHECK(refusal({{"attention_type", "space_only"}}).find("divided_space_time") != std::string::npos);
  CHECK(refusal({{"transformer_layers", Json::object()}}).find("backbone.transformer_layers") != std::string::npos);
  CHECK(refusal({{"norm_cfg", {{"type", "BN"}}}}).find("backbone.norm_cfg.type") != std::string::npos);
  CHECK(refusal({{"norm_cfg", {{"type", "LN"}, {"eps", 1e-6}}}, {"pretrained", nullptr}}).empty());
}

TEST_CASE("clips of another shape are refused") {
  const auto network = built(small());
  for (const std::vector<int64_t>& shape : std::vector<std::vector<int64_t>>{
           {1, 3, 4, 24, 24}, {1, 3, 3, 24, 32}, {1, 3, 3, 32, 32}, {1, 1, 3, 24, 24}, {3, 3, 24, 24}})
    CHECK_THROWS_AS((*network)(at::zeros(shape, at::kFloat)), DataError);
}

TEST_CASE("weights of an image transformer: names, places, space from time") {
  const std::string layer = "transformer_layers.layers.0.";
  std::map<std::string, at::Tensor> image;
  image["pos_embed"] = at::arange(5, at::kFloat).view({1, 5, 1});
  image[layer + "norms.0.weight"] = at::full({1}, 2.0f);
  image[layer + "norms.1.weight"] = at::full({1}, 3.0f);
  image[layer + "attentions.0.attn.in_proj_bias"] = at::full({1}, 4.0f);
  const auto weights = video_transformer_weights(image, 6);
  CHECK(weights.size() == 6);
  CHECK(weights.at(layer + "attentions.0.norm.weight").item<float>() == 2);
  CHECK(weights.at(layer + "attentions.1.norm.weight").item<float>() == 2);
  CHECK(weights.at(layer + "ffns.0.norm.weight").item<float>() == 3);
  CHECK(weights.at(layer + "attentions.1.attn.in_proj_bias").item<float>() == 4);
  CHECK(at::equal(weights.at("pos_embed").flatten(), at::tensor({0.f, 1.f, 1.f, 2.f, 3.f, 3.f, 4.f})));
  CHECK(at::equal(video_transformer_weights(image, 4).at("pos_embed"), image.at("pos_embed")));
  image["pos_embed"] = at::zeros({5, 1});
  CHECK_THROWS_AS(video_transformer_weights(image, 6), DataError);
}

}  // namespace
}  // namespace vs::nn
