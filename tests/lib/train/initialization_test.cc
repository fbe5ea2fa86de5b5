#include "lib/train/initialization/initialize.h"

#include <cmath>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "lib/nn/torch.h"
//
#include <doctest/doctest.h>

#include "lib/core/error.h"
#include "lib/nn/layers/linear.h"
#include "lib/systems/system.h"
#include "lib/train/initialization/distributions.h"

namespace vs::train {
namespace {

using Json = nlohmann::ordered_json;

Json parsed(const std::string& text) { return Json::parse(text); }

/// A network of a model, with the values that it begins with.
struct Network {
  explicit Network(const Json& model, uint64_t seed = 3, at::ScalarType dtype = at::kFloat)
      : system(systems::build_system(model)) {
    system->module().materialize(dtype);
    for (const auto& entry : system->module().entries()) {
      if (entry.tensor->is_floating_point()) entry.tensor->fill_(std::nan(""));
    }
    initialize(system->module(), model, seed);
    for (const auto& entry : system->module().entries()) values[entry.name] = *entry.tensor;
  }
  const at::Tensor& operator[](const std::string& name) const { return values.at(name); }

  std::unique_ptr<systems::System> system;
  std::map<std::string, at::Tensor> values;
};

/// Mean and deviation are those of N(mean, deviation^2), within 5 standard errors, and so is the largest value.
void check_normal(const at::Tensor& values, double deviation, double mean = 0) {
  const auto count = static_cast<double>(values.numel());
  REQUIRE(count >= 64);
  const at::Tensor all = values.to(at::kDouble);
  CHECK(std::abs(all.mean().item<double>() - mean) < 5 * deviation / std::sqrt(count));
  CHECK(std::abs(all.std().item<double>() / deviation - 1) < 5 / std::sqrt(2 * count));
  const double most = (all - mean).abs().max().item<double>() / deviation;
  CHECK(most > 1.8);
  CHECK(most < 6);
}

void check_uniform(const at::Tensor& values, double bound) {
  const auto count = static_cast<double>(values.numel());
  const at::Tensor all = values.to(at::kDouble);
  CHECK(std::abs(all.mean().item<double>()) < 5 * bound / std::sqrt(3 * count));
  CHECK(all.abs().max().item<double>() <= bound * (1 + 1e-6));
  CHECK(all.abs().max().item<double>() > bound * (1 - 20 / count));
}

bool is_all(const at::Tensor& values, double value) { return values.eq(value).all().item<bool>(); }

void check_every_value_is_there(const Network& network) {
  for (const auto& [name, tensor] : network.values) {
    CAPTURE(name);
    CHECK(tensor.isfinite().all().item<bool>());
    if (name.ends_with("num_batches_tracked")) CHECK(is_all(tensor, 0));
    if (name.ends_with("running_mean")) CHECK(is_all(tensor, 0));
    if (name.ends_with("running_var")) CHECK(is_all(tensor, 1));
  }
}

void check_seeds(const Json& model) {
  const Network first(model, 1), again(model, 1), other(model, 2);
  for (const auto& [name, tensor] : first.values) {
    CAPTURE(name);
    CHECK(tensor.equal(again[name]));
    const bool drawn =
        tensor.is_floating_point() && tensor.numel() > 1 && !tensor.eq(tensor.flatten()[0]).all().item<bool>();
    if (drawn) CHECK_FALSE(tensor.equal(other[name]));
  }
}

const char* const kTsn = R"({"type": "Recognizer2D",
  "backbone": {"type": "ResNet", "depth": 18, "pretrained": null},
  "cls_head": {"type": "TSNHead", "num_classes": 20, "in_channels": 512}})";

TEST_CASE("ResNet-18 with a TSN head") {
  const Network network(parsed(kTsn));
  check_every_value_is_there(network);
  check_normal(network["backbone.conv1.conv.weight"], std::sqrt(2.0 / (64 * 49)));
  check_normal(network["backbone.layer2.0.conv1.conv.weight"], std::sqrt(2.0 / (128 * 9)));
  check_normal(network["backbone.layer2.0.downsample.conv.weight"], std::sqrt(2.0 / 128));
  for (const char* name : {"backbone.conv1.bn.weight", "backbone.layer1.0.conv2.bn.weight"})
    CHECK(is_all(network[name], 1));
  CHECK(is_all(network["backbone.layer1.0.conv2.bn.bias"], 0));
  check_normal(network["cls_head.fc_cls.weight"], 0.01);
  CHECK(is_all(network["cls_head.fc_cls.bias"], 0));
  check_seeds(parsed(kTsn));
}

TEST_CASE("deviations of heads") {
  Json model = parsed(kTsn);
  model["cls_head"]["init_std"] = 0.3;
  check_normal(Network(model)["cls_head.fc_cls.weight"], 0.3);
  model["cls_head"] = parsed(R"({"type": "TSMHead", "num_classes": 20, "in_channels": 512, "num_segments": 8})");
  model["backbone"]["type"] = "ResNetTSM";
  check_normal(Network(model)["cls_head.fc_cls.weight"], 0.001);
  model["cls_head"]["init_std"] = -1;
  CHECK_THROWS_AS(Network{model}, UsageError);
}

TEST_CASE("SlowOnly: the last normalisation of each block is 0 unless told otherwise") {
  Json model = parsed(R"({"type": "Recognizer3D",
    "backbone": {"type": "ResNet3dSlowOnly", "depth": 50, "pretrained": null, "base_channels": 8},
    "cls_head": {"type": "I3DHead", "num_classes": 9, "in_channels": 256}})");
  const Network network(model);
  check_every_value_is_there(network);
  CHECK(is_all(network["backbone.layer1.2.conv3.bn.weight"], 0));
  CHECK(is_all(network["backbone.layer1.2.conv2.bn.weight"], 1));
  CHECK(is_all(network["backbone.layer1.0.downsample.bn.weight"], 1));
  check_normal(network["backbone.layer4.0.conv1.conv.weight"], std::sqrt(2.0 / (64 * 3)));
  check_normal(network["cls_head.fc_cls.weight"], 0.01);
  model["backbone"]["zero_init_residual"] = false;
  CHECK(is_all(Network(model)["backbone.layer1.2.conv3.bn.weight"], 1));
}

TEST_CASE("MobileNetV2 as a skim network before a classifier") {
  const Json model = parsed(R"({"type": "Sampler2DRecognizer2D", "num_segments": 2, "use_sampler": true,
    "sampler": {"type": "MobileNetV2TSM", "num_segments": 4, "total_segments": 4, "is_sampler": true, "shift_div": 8},
    "backbone": {"type": "ResNet50", "depth": 18, "base_channels": 8},
    "cls_head": {"type": "R50Head", "num_classes": 30, "in_channels": 64, "frozen": true, "final_loss": false}})");
  const Network network(model);
  check_every_value_is_there(network);
  // Depth-wise ones count all channels that they give.
  check_normal(network["sampler.layer4.1.conv.1.conv.weight"], std::sqrt(2.0 / (9 * 384)));
  check_normal(network["sampler.conv2.conv.weight"], std::sqrt(2.0 / 1280));
  check_normal(network["sampler.logit.weight"], 0.01);
  CHECK(is_all(network["sampler.logit.bias"], 0));
  check_normal(network["backbone.model.4.0.conv1.weight"], std::sqrt(2.0 / (9 * 8)));
  check_uniform(network["cls_head.layers.0.weight"], 1 / std::sqrt(64.0));
  check_uniform(network["cls_head.layers.0.bias"], 1 / std::sqrt(64.0));
  check_uniform(network["cls_head.fc.weight"], 1 / std::sqrt(4096.0));
  Json wide = model;
  wide["sampler"]["init_std"] = 0.5;
  check_normal(Network(wide)["sampler.logit.weight"], 0.5);
}

TEST_CASE("Video Swin at a small width") {
  const Json model = parsed(R"({"type": "Recognizer3D",
    "backbone": {"type": "SwinTransformer3D", "patch_size": [2, 4, 4], "embed_dim": 24, "depths": [2, 2, 2, 2],
                 "num_heads": [1, 2, 4, 8], "window_size": [2, 7, 7], "patch_norm": true},
    "cls_head": {"type": "I3DHead", "num_classes": 10, "in_channels": 192}})");
  const Network network(model);
  check_every_value_is_there(network);
  check_normal(network["backbone.layers.0.blocks.1.attn.qkv.weight"], 0.02);
  CHECK(is_all(network["backbone.layers.0.blocks.1.attn.qkv.bias"], 0));
  check_normal(network["backbone.layers.1.blocks.0.mlp.fc1.weight"], 0.02);
  check_normal(network["backbone.layers.0.downsample.reduction.weight"], 0.02);
  check_normal(network["backbone.layers.2.blocks.0.attn.relative_position_bias_table"], 0.02);
  CHECK(network["backbone.layers.2.blocks.0.attn.relative_position_index"].max().item<int64_t>() == 3 * 13 * 13 - 1);
  check_uniform(network["backbone.patch_embed.proj.weight"], 1 / std::sqrt(3.0 * 2 * 4 * 4));
  CHECK(is_all(network["backbone.layers.0.blocks.0.norm1.weight"], 1));
  CHECK(is_all(network["backbone.norm.bias"], 0));
  check_normal(network["cls_head.fc_cls.weight"], 0.01);
  check_seeds(model);
}

Json drca(const std::string& module) {
  Json model = parsed(R"({"type": "Recognizer3D",
    "backbone": {"type": "DRCA", "num_frames": 4, "img_size": 32, "patch_size": 4, "embed_dims": 32, "num_heads": 2,
                 "in_channels": 3, "num_transformer_layers": 2, "comp_insert_layer": 1, "comp_k": 2},
    "cls_head": {"type": "ClsHead", "num_classes": 10, "in_channels": 32}})");
  model["backbone"]["comp_module"] = module;
  return model;
}

TEST_CASE("DRCA at a small width") {
  const Network network(drca("conv2d"));
  check_every_value_is_there(network);
  for (const char* name : {"cls_token", "pos_embed", "time_embed"}) {
    CAPTURE(name);
    const at::Tensor values = network[std::string("backbone.") + name];
    if (values.numel() >= 64) check_normal(values, 0.02);
  }
  check_normal(network["backbone.patch_embed.projection.weight"], std::sqrt(1.0 / 48));
  CHECK(is_all(network["backbone.patch_embed.projection.bias"], 0));
  const std::string layer = "backbone.transformer_layers.layers.1.";
  CHECK(is_all(network[layer + "attentions.0.temporal_fc.weight"], 0));
  CHECK(is_all(network[layer + "attentions.0.temporal_fc.bias"], 0));
  check_uniform(network[layer + "attentions.1.attn_low.in_proj_weight"], std::sqrt(6.0 / (32 + 96)));
  CHECK(is_all(network[layer + "attentions.1.attn.in_proj_bias"], 0));
  check_uniform(network[layer + "attentions.1.attn.out_proj.weight"], 1 / std::sqrt(32.0));
  CHECK(is_all(network[layer + "attentions.1.attn.out_proj.bias"], 0));
  check_uniform(network[layer + "ffns.0.layers.0.0.weight"], 1 / std::sqrt(32.0));
  check_uniform(network[layer + "ffns.0.layers.1.bias"], 1 / std::sqrt(128.0));
  check_normal(network["cls_head.fc_cls.weight"], 0.02);
  CHECK(is_all(network["cls_head.fc_cls.bias"], 0));
  check_seeds(drca("conv2d"));
}

TEST_CASE("DRCA's compression: Xavier, biases N(0, 1), 2-D normalisation around 1") {
  const std::string dccm = "backbone.transformer_layers.dccm.";
  {
    const Network network(drca("conv2d"));
    check_normal(network[dccm + "compression.downsample.0.weight"], std::sqrt(2.0 / (32 * 9 + 32 * 9)));
    at::Tensor biases =
        at::cat({network[dccm + "compression.downsample.0.bias"], network[dccm + "compression.downsample.2.bias"],
                 network[dccm + "rank_net.score_network.downsample.bias"]});
    check_normal(biases, 1);
    check_normal(
        at::cat({network[dccm + "compression.downsample.1.weight"], network[dccm + "compression.downsample.3.weight"]}),
        0.02, 1);
    // ScoreNet normalises over three axes.
    CHECK(is_all(network[dccm + "rank_net.score_network.bn.weight"], 1));
    check_normal(network[dccm + "rank_net.score_network.in_conv.1.weight"], std::sqrt(2.0 / 128));
    CHECK(is_all(network[dccm + "rank_net.score_network.in_conv.1.bias"], 0));
    CHECK(is_all(network[dccm + "rank_net.score_network.in_conv.0.weight"], 1));
  }
  CHECK(is_all(Network(drca("conv3d"))[dccm + "compression.reduce.1.weight"], 1));
  check_normal(Network(drca("resblock_2d"))[dccm + "compression.bottle_neck.bn1.weight"], 0.02, 1);
  const Network reference(drca("sal_ref"));
  check_every_value_is_there(reference);
  check_normal(reference[dccm + "compression.attn.pool_q.weight"], std::sqrt(2.0 / (9 + 8 * 9)));
  check_normal(reference[dccm + "compression.attn.q.weight"], std::sqrt(2.0 / 64));
}

TEST_CASE("TimeSformer's time embedding starts at 0") {
  const Network network(parsed(R"({"type": "Recognizer3D",
    "backbone": {"type": "TimeSformer", "num_frames": 4, "img_size": 16, "patch_size": 4, "embed_dims": 32,
                 "num_heads": 2, "num_transformer_layers": 1},
    "cls_head": {"type": "TimeSformerHead", "num_classes": 8, "in_channels": 32}})"));
  check_every_value_is_there(network);
  CHECK(is_all(network["backbone.time_embed"], 0));
  check_normal(network["backbone.pos_embed"], 0.02);
}

TEST_CASE("AdaFocusV2: a small policy and classifier") {
  const Json model = parsed(R"({"type": "AdaFocusV2", "glance_arch": "mbv2", "num_segments": 3, "num_classes": 12,
    "patch_size": 96, "stn_hidden_dim": 48})");
  const Network network(model);
  check_every_value_is_there(network);
  check_normal(network["global_CNN.features.18.0.weight"], std::sqrt(2.0 / 1280));
  check_normal(network["global_CNN.classifier.weight"], 0.01);
  check_uniform(network["local_CNN.fc.weight"], 1 / std::sqrt(2048.0));
  check_normal(network["local_CNN.layer1.0.conv2.weight"], std::sqrt(2.0 / (64 * 9)));
  CHECK(is_all(network["local_CNN.layer1.0.bn3.weight"], 1));
  check_uniform(network["policy_stn.encoder.0.weight"], 1 / std::sqrt(1280.0));
  for (const char* name : {"weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"})
    check_uniform(network[std::string("policy_stn.gru.") + name], 1 / std::sqrt(48.0));
  check_uniform(network["global_CNN_fc.1.weight"], 1 / std::sqrt(1280.0));
  check_uniform(network["classifier.classifiers.2.1.weight"], 1 / std::sqrt(4096.0));
}

TEST_CASE("AdaFocusV2Clip: classifiers of small deviation") {
  const Network network(
      parsed(R"({"type": "AdaFocusV2Clip", "num_segments": 2, "num_classes": 12, "patch_size": 96})"));
  check_every_value_is_there(network);
  for (const char* branch : {"global_CNN", "local_CNN"}) {
    for (const char* layer : {".new_fc", ".new_new_fc"}) {
      check_normal(network[branch + std::string(layer) + ".weight"], 0.001);
      CHECK(is_all(network[branch + std::string(layer) + ".bias"], 0));
    }
  }
  check_normal(network["local_CNN.base_model.layer1.0.conv1.net.weight"], std::sqrt(2.0 / 64));
  check_uniform(network["policy_stn.4.weight"], 1 / std::sqrt(3136.0));
}

TEST_CASE("values depend on seed, name and shape alone") {
  Json model = parsed(kTsn);
  const Network first(model), doubled(model, 3, at::kDouble);
  model["cls_head"]["num_classes"] = 21;
  model["backbone"]["depth"] = 34;
  const Network other(model);
  for (const char* name : {"backbone.conv1.conv.weight", "backbone.layer4.1.conv2.conv.weight"}) {
    CHECK(first[name].equal(other[name]));
    CHECK(doubled[name].to(at::kFloat).equal(first[name]));
  }
  CHECK((doubled["backbone.conv1.conv.weight"].scalar_type() == at::kDouble));
}

TEST_CASE("entries without memory are given some, gradients stay out of it") {
  const Json model = parsed(kTsn);
  const auto system = systems::build_system(model);
  initialize(system->module(), model, 1);
  CHECK(system->module().entries().front().tensor->isfinite().all().item<bool>());
  system->module().require_gradients(true);
  initialize(system->module(), model, 1);
  CHECK_FALSE(system->module().entries().front().tensor->grad_fn());
}

/// A part that none of the rules knows.
class Unknown : public nn::Module {
 public:
  Unknown() { child<nn::Linear>("fc", int64_t{2}, int64_t{3}); }
};

TEST_CASE("an entry that no rule covers is named") {
  Unknown module;
  try {
    initialize(module, Json::object(), 0);
    CHECK(false);
  } catch (const std::logic_error& error) {
    CHECK(std::string(error.what()).find("fc.weight") != std::string::npos);
  }
}

TEST_CASE("truncated draws stay inside") {
  at::Tensor values = at::empty({20000}, at::kDouble);
  fill(values, Distribution::truncated_normal(1.5), 9, "x");
  CHECK(values.abs().max().item<double>() <= 2);
  CHECK(values.abs().max().item<double>() > 1.99);
  // Of N(0, 1.5^2) between -2 and 2.
  CHECK(values.std().item<double>() == doctest::Approx(1.0229).epsilon(0.02));
}

TEST_CASE("ResKD: student, teacher and the head's smaller deviation") {
  const Json model = parsed(R"({"type": "Recognizer2D",
    "backbone": {"type": "RKD", "low_res_cfg": {"type": "ResNet", "depth": 18, "pretrained": null},
                 "high_res_cfg": {"type": "ResNet", "depth": 18, "pretrained": null}},
    "cls_head": {"type": "RKD2DHead", "num_classes": 20, "in_channels": 512}})");
  systems::TestOptions options;
  options.with_teacher = true;
  const auto system = systems::build_system(model, options);
  initialize(system->module(), model, 4);
  int found = 0;
  for (const auto& entry : system->module().entries()) {
    const bool student = entry.name == "backbone.low_res_path.conv1.conv.weight";
    if (student || entry.name == "backbone.high_res_path.conv1.conv.weight")
      check_normal(*entry.tensor, std::sqrt(2.0 / (64 * 49)));
    if (entry.name == "cls_head.fc_cls.weight") check_normal(*entry.tensor, 0.001);
    found +=
        student || entry.name == "cls_head.fc_cls.weight" || entry.name.ends_with("high_res_path.conv1.conv.weight");
  }
  CHECK(found == 3);
}

TEST_CASE("retrieval, with an encoder") {
  Json model = drca("sal_ref");
  model["type"] = "SimilarityRecognizer3D";
  model.erase("cls_head");
  model["sim_head"] = parsed(R"({"type": "SimilarityHead",
    "encoder": {"type": "FCBN", "input_channels": 32, "out_channels": 16}})");
  const Network network(model);
  check_every_value_is_there(network);
  check_uniform(network["sim_head.encoder.conv1.weight"], 1 / std::sqrt(32.0));
  CHECK(is_all(network["sim_head.encoder.bn1.weight"], 1));
}

}  // namespace
}  // namespace vs::train
