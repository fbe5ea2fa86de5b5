// Groups beyond what the goldens cover: every rule of the default constructor, biases, frozen layers, bad recipes.
#include "lib/train/optimizers/parameter_groups.h"

#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/nn/layers/conv.h"
#include "lib/nn/layers/linear.h"
#include "lib/nn/layers/norm.h"

// After LibTorch, whose CHECK it replaces.
#include <doctest/doctest.h>

namespace vs::train {
namespace {

using Json = nlohmann::ordered_json;

/// Two convolutions, the second depth-wise, and a linear layer, with biases; a normalisation; a token of the root.
class Net : public nn::Module {
 public:
  explicit Net(const std::string& part = "backbone", bool token = false) {
    if (token) parameter("token", {4});
    auto& layers = child<nn::Sequence>(part + "_layers");
    layers.add_named<nn::Conv>("conv1", nn::square_conv(3, 4, 3, 1, 0, true));
    layers.add_named<nn::BatchNorm>("bn", 4);
    layers.add_named<nn::Conv>("deep",
                               nn::ConvOptions{.in_channels = 4, .out_channels = 4, .kernel = {3, 3}, .groups = 4});
    layers.add_named<nn::Linear>("fc", 4, 2);
    require_gradients(true);
  }
};

std::vector<ParameterGroup> groups(nn::Module& module, const Json& change) {
  Json optimizer{{"type", "SGD"}, {"lr", 1}, {"weight_decay", 0.5}};
  optimizer.merge_patch(change);
  return parameter_groups(module, optimizer, "o");
}

/// "first_conv_weight 1 0.5: a b".
std::vector<std::string> described(const std::vector<ParameterGroup>& all) {
  std::vector<std::string> lines;
  for (const ParameterGroup& group : all) {
    std::string line =
        group.name + " " + Json(group.learning_rate).dump() + " " + Json(group.weight_decay).dump() + ":";
    for (const nn::Entry& parameter : group.parameters) line += " " + parameter.name;
    lines.push_back(line);
  }
  return lines;
}

std::string refusal(const Json& change, nn::Module& module) {
  try {
    groups(module, change);
  } catch (const UsageError& error) {
    return error.place();
  }
  return "none";
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("without paramwise_cfg, or with an empty one: a single group, frozen parameters with it") {
  Net net;
  net.entries()[0].tensor->set_requires_grad(false);
  for (const Json& change :
       {Json::object(), Json{{"paramwise_cfg", Json::object()}}, Json{{"constructor", "TSMOptimizerConstructor"}}}) {
    const auto all = groups(net, change);
    REQUIRE(all.size() == 1);
    CHECK(all[0].parameters.size() == 8);
    CHECK(all[0].weight_decay == 0.5);
  }
}

TEST_CASE("weight decay that a recipe leaves out is PyTorch's") {
  Net net;
  CHECK(groups(net, {{"weight_decay", nullptr}})[0].weight_decay == 0);
  CHECK(groups(net, {{"weight_decay", nullptr}, {"type", "AdamW"}})[0].weight_decay == 0.01);
}

TEST_CASE("default constructor: biases, normalisations, depth-wise convolutions") {
  Net net("net", true);
  const Json rules{{"bias_lr_mult", 2}, {"bias_decay_mult", 3}, {"norm_decay_mult", 4}, {"dwconv_decay_mult", 5}};
  CHECK(described(groups(net, {{"paramwise_cfg", rules}})) ==
        Lines{"token 1.0 0.5: token", "net_layers.conv1.weight 1.0 0.5: net_layers.conv1.weight",
              "net_layers.conv1.bias 2.0 1.5: net_layers.conv1.bias",
              "net_layers.bn.weight 1.0 2.0: net_layers.bn.weight", "net_layers.bn.bias 1.0 2.0: net_layers.bn.bias",
              "net_layers.deep.weight 1.0 2.5: net_layers.deep.weight",
              "net_layers.deep.bias 2.0 2.5: net_layers.deep.bias",
              "net_layers.fc.weight 1.0 0.5: net_layers.fc.weight", "net_layers.fc.bias 2.0 1.5: net_layers.fc.bias"});
}

TEST_CASE("default constructor: the longest custom key decides alone, then the first of the alphabet") {
  Net net("net", true);
  // ".token" fits the root's own parameter, ".net" nothing.
  const Json keys{{"conv1", {{"lr_mult", 2}}},   {"layers.bn", {{"decay_mult", 0}}}, {"net_layers", {{"lr_mult", 3}}},
                  {"ep.b", {{"lr_mult", 7}}},    {"deep", {{"lr_mult", 6}}},         {".token", {{"lr_mult", 4}}},
                  {".net", {{"decay_mult", 9}}}, {"ias", {{"lr_mult", 8}}}};
  std::vector<double> rates, decays;
  for (const ParameterGroup& group : groups(net, {{"paramwise_cfg", {{"custom_keys", keys}, {"bias_lr_mult", 5}}}})) {
    rates.push_back(group.learning_rate);
    decays.push_back(group.weight_decay);
  }
  CHECK(rates == std::vector<double>{4, 3, 3, 3, 3, 3, 3, 3, 3});
  CHECK(decays == std::vector<double>(9, 0.5));
  Json shorter = keys;
  shorter.erase("net_layers");
  rates.clear();
  for (const ParameterGroup& group : groups(net, {{"paramwise_cfg", {{"custom_keys", shorter}, {"bias_lr_mult", 5}}}}))
    rates.push_back(group.learning_rate);
  // token, conv1 2, bn 2, deep.weight, deep.bias ("deep" before "ep.b"), fc.weight, fc.bias
  CHECK(rates == std::vector<double>{4, 2, 2, 1, 1, 6, 6, 1, 8});
}

TEST_CASE("TSM's groups: the first convolution's bias, a fast last layer") {
  Net net("n");
  const Json fast{{"constructor", "TSMOptimizerConstructor"}, {"paramwise_cfg", {{"fc_lr5", true}}}};
  CHECK(described(groups(net, fast)) ==
        Lines{"first_conv_weight 1.0 0.5: n_layers.conv1.weight", "first_conv_bias 2.0 0.0: n_layers.conv1.bias",
              "normal_weight 1.0 0.5: n_layers.deep.weight", "normal_bias 2.0 0.0: n_layers.deep.bias",
              "bn 1.0 0.0: n_layers.bn.weight n_layers.bn.bias", "lr5_weight 5.0 0.5: n_layers.fc.weight",
              "lr10_bias 10.0 0.0: n_layers.fc.bias"});
  // A frozen normalisation is left out, as the reference does it, a frozen convolution is not.
  for (const nn::Entry& entry : net.entries())
    if (!entry.name.starts_with("n_layers.fc")) entry.tensor->set_requires_grad(false);
  const auto frozen = groups(net, fast);
  CHECK(frozen[0].parameters.size() == 1);
  CHECK(frozen[4].parameters.empty());
}

TEST_CASE("the distillation's groups are without the teacher, once paramwise_cfg is there") {
  class Pair : public nn::Module {
   public:
    Pair() {
      child<Inner>("backbone");
      child<nn::Linear>("cls_head", 4, 2);
      require_gradients(true);
    }
    class Inner : public nn::Module {
     public:
      Inner() {
        child<nn::Linear>("low_res_path", 4, 4, false);
        child<nn::LayerNorm>("high_res_path", 4);
      }
    };
  } net;
  const Json change{{"constructor", "RKDOptimizerConstructor"}, {"paramwise_cfg", {{"fc_lr5", false}}}};
  CHECK(described(groups(net, change)) == Lines{"low_res_weight 1.0 0.5: backbone.low_res_path.weight cls_head.weight",
                                                "low_res_bias 2.0 0.0: cls_head.bias", "bn 1.0 0.0:"});
  CHECK(groups(net, {{"constructor", "RKDOptimizerConstructor"}})[0].parameters.size() == 5);
}

TEST_CASE("the sampler's multipliers") {
  Net net("sampler");
  const Json change{
      {"constructor", "SamplerOptimizerConstructor"},
      {"paramwise_cfg", {{"sampler_conv_multiplier", 3}, {"sampler_bn_multiplier", 4}, {"sampler_fc_multiplier", 6}}}};
  const auto all = groups(net, change);
  std::vector<double> rates;
  for (const ParameterGroup& group : all) rates.push_back(group.learning_rate);
  CHECK(rates == std::vector<double>{3, 6, 4, 6, 12, 1, 2, 1});
  CHECK(all[1].parameters.size() == 2);
  CHECK(all[4].parameters.size() == 1);
  Net rest("rest");
  const auto others = groups(rest, {{"constructor", "SamplerOptimizerConstructor"}});
  CHECK(others[3].learning_rate == 5);
  CHECK(others[5].parameters.size() == 3);
}

TEST_CASE("groups that recipes get wrong") {
  Net net, with_token("backbone", true);
  const auto paramwise = [](const Json& config) { return Json{{"paramwise_cfg", config}}; };
  const Json tsm{{"constructor", "TSMOptimizerConstructor"}, {"paramwise_cfg", {{"fc_lr5", true}}}};
  CHECK(refusal({{"constructor", "TSNOptimizerConstructor"}}, net) == "o.constructor");
  CHECK(refusal(paramwise({{"norm_decay", 0}}), net) == "o.paramwise_cfg.norm_decay");
  CHECK(refusal(paramwise({{"norm_decay_mult", -1}}), net) == "o.paramwise_cfg.norm_decay_mult");
  CHECK(refusal(paramwise({{"custom_keys", {{"a", {{"lr", 1}}}}}}), net) == "o.paramwise_cfg.custom_keys.a.lr");
  CHECK(refusal(paramwise({{"custom_keys", {{"a", 1}}}}), net) == "o.paramwise_cfg.custom_keys.a");
  CHECK(refusal(paramwise(3), net) == "o.paramwise_cfg");
  CHECK(refusal({{"constructor", "TSMOptimizerConstructor"}, {"paramwise_cfg", {{"fc", 1}}}}, net) ==
        "o.paramwise_cfg.fc_lr5");
  CHECK(refusal(tsm, with_token) == "o.constructor");
  CHECK(refusal({{"constructor", "AdaFocusOptimizerConstructor"}}, net) == "o.constructor");
  CHECK(refusal(tsm, net) == "none");
  net.require_gradients(false);
  CHECK_THROWS_AS(groups(net, Json::object()), std::logic_error);
}

}  // namespace vs::train
