#include "lib/weights/name_map.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "lib/core/error.h"
#include "lib/store/h5.h"
#include "tests/support/scratch.h"

namespace {

using namespace vs;
using weights::map_names;
using weights::NamedShape;
using weights::NameMapChoice;
using weights::NamePattern;

const std::vector<weights::NameMap>& maps() {
  static const auto all = weights::read_name_maps();
  return all;
}

std::vector<NamedShape> shapes_of(const std::vector<std::string>& names) {
  std::vector<NamedShape> shapes;
  for (const auto& name : names) shapes.push_back({name, {1}});
  return shapes;
}

void add_norm(std::vector<std::string>& names, const std::string& prefix) {
  for (const char* part : {"weight", "bias", "running_mean", "running_var", "num_batches_tracked"})
    names.push_back(prefix + "." + part);
}

/// Parameter names of torchvision's ResNet with bottlenecks.
std::vector<std::string> torchvision_resnet(const std::vector<int>& blocks) {
  std::vector<std::string> names{"conv1.weight"};
  add_norm(names, "bn1");
  for (size_t s = 0; s < blocks.size(); ++s) {
    for (int b = 0; b < blocks[s]; ++b) {
      const std::string block = "layer" + std::to_string(s + 1) + "." + std::to_string(b) + ".";
      for (const char* k : {"1", "2", "3"}) {
        names.push_back(block + "conv" + k + ".weight");
        add_norm(names, block + "bn" + k);
      }
      if (b > 0) continue;
      names.push_back(block + "downsample.0.weight");
      add_norm(names, block + "downsample.1");
    }
  }
  names.insert(names.end(), {"fc.weight", "fc.bias"});
  return names;
}

/// The same network in MMAction2; `shifted` says whether block b of a stage is wrapped.
template <class Shifted>
std::vector<std::string> mmaction_resnet(const std::vector<int>& blocks, Shifted shifted) {
  std::vector<std::string> names{"backbone.conv1.conv.weight"};
  add_norm(names, "backbone.conv1.bn");
  for (size_t s = 0; s < blocks.size(); ++s) {
    for (int b = 0; b < blocks[s]; ++b) {
      const std::string block = "backbone.layer" + std::to_string(s + 1) + "." + std::to_string(b) + ".";
      for (const std::string k : {"1", "2", "3"}) {
        names.push_back(block + "conv" + k + (k == "1" && shifted(b) ? ".conv.net.weight" : ".conv.weight"));
        add_norm(names, block + "conv" + k + ".bn");
      }
      if (b > 0) continue;
      names.push_back(block + "downsample.conv.weight");
      add_norm(names, block + "downsample.bn");
    }
  }
  names.insert(names.end(), {"cls_head.fc_cls.weight", "cls_head.fc_cls.bias"});
  return names;
}

std::string target_of(const weights::MappedNames& mapped, const std::vector<NamedShape>& found,
                      const std::string& name) {
  for (const auto& [index, target] : mapped.names) {
    if (found[index].name == name) return target;
  }
  return "";
}

weights::MappedNames automatic(const std::vector<std::string>& expected, const std::vector<std::string>& found) {
  return map_names(maps(), shapes_of(expected), shapes_of(found), {}, "w.pth");
}

}  // namespace

TEST_CASE("patterns of names") {
  const weights::NameTables tables{{"t", {{"2", "b.0"}, {"10", "c"}}}};
  const auto mapped = [&](const std::string& from, const std::string& to, const std::string& name,
                          const weights::NameCaptures& parameters = {}) -> std::string {
    const auto captures = NamePattern(from, tables).match(name, parameters);
    return captures ? NamePattern(to, tables).fill(*captures) : "no";
  };
  CHECK(mapped("layer{s}.{b}.conv{k}.weight", "l{s}_{b}_{k}", "layer1.22.conv3.weight") == "l1_22_3");
  CHECK(mapped("layer{s}.{b}.conv{k}.weight", "", "layer1.22.conv3.weights") == "no");
  CHECK(mapped("layer{s}.{b}.conv{k}.weight", "", "layerx.22.conv3.weight") == "no");
  CHECK(mapped("a.{rest...}", "b.{rest...}", "a.x.y") == "b.x.y");
  CHECK(mapped("a.{rest...}", "", "a.") == "no");
  CHECK(mapped("f.{f:t}.w", "{f}", "f.2.w") == "b.0");
  CHECK(mapped("f.{f:t}.w", "{f}", "f.10.w") == "c");
  CHECK(mapped("f.{f:t}.w", "{f}", "f.1.w") == "no");
  CHECK(mapped("c.{=i}.{r...}", "fc.{r...}", "c.9.bias", {{"i", "9"}}) == "fc.bias");
  CHECK(mapped("c.{=i}.{r...}", "fc.{r...}", "c.8.bias", {{"i", "9"}}) == "no");
  CHECK(mapped("same", "same", "same") == "same");
  CHECK_THROWS_AS(NamePattern("a{", tables), DataError);
  CHECK_THROWS_AS(NamePattern("a{}", tables), DataError);
  CHECK_THROWS_AS(NamePattern("a{=}", tables), DataError);
  CHECK_THROWS_AS(NamePattern("a{x:u}", tables), DataError);
  CHECK_THROWS_AS(NamePattern("{x}", tables).fill({}), DataError);
}

TEST_CASE("every shipped map reads, and is called as its file") {
  CHECK(maps().size() >= 17);
  for (const auto& map : maps()) {
    INFO(map.name());
    CHECK(std::filesystem::exists(std::string(VS_TEST_DATA) + "/../../share/name_maps/" + map.name() + ".json"));
    CHECK_FALSE(map.description().empty());
    CHECK_FALSE(map.prefixes().empty());
  }
}

TEST_CASE("torchvision's ResNet fills MMAction2's, shifted or not") {
  const std::vector<int> r50{3, 4, 6, 3}, r101{3, 4, 23, 3};
  const auto never = [](int) { return false; };
  const auto always = [](int) { return true; };
  const auto even = [](int b) { return b % 2 == 0; };
  for (const auto& expected : {mmaction_resnet(r50, never), mmaction_resnet(r50, always)}) {
    const auto mapped = automatic(expected, torchvision_resnet(r50));
    CHECK(mapped.map == "torchvision-resnet");
    CHECK(mapped.prefix == "backbone.");
    CHECK(mapped.description() == "names mapped by torchvision-resnet to backbone.");
    CHECK(mapped.fitting == expected.size() - 2);  // all but the head
    CHECK(mapped.names.size() == mapped.fitting);
    CHECK(mapped.dropped == std::vector<std::string>{"fc.weight", "fc.bias"});
  }
  const auto deep = automatic(mmaction_resnet(r101, even), torchvision_resnet(r101));
  CHECK(deep.fitting == mmaction_resnet(r101, even).size() - 2);
  const auto found = shapes_of(torchvision_resnet(r101));
  CHECK(target_of(deep, found, "layer3.2.conv1.weight") == "backbone.layer3.2.conv1.conv.net.weight");
  CHECK(target_of(deep, found, "layer3.3.conv1.weight") == "backbone.layer3.3.conv1.conv.weight");
  CHECK(target_of(deep, found, "layer3.0.downsample.1.running_var") == "backbone.layer3.0.downsample.bn.running_var");
  // The block-wise shift wraps the whole block.
  const auto block = automatic({"backbone.layer1.0.net.conv1.conv.weight", "backbone.layer1.0.net.conv1.bn.weight"},
                               {"layer1.0.conv1.weight", "layer1.0.bn1.weight"});
  CHECK(block.fitting == 2);
  // An unshifted network of MMAction2 fills a shifted one; the other way round names are missing.
  const auto shifted = automatic(mmaction_resnet(r50, always), mmaction_resnet(r50, never));
  CHECK(shifted.map == "temporal-shift");
  CHECK(shifted.fitting == mmaction_resnet(r50, always).size());
  CHECK(automatic(mmaction_resnet(r50, never), mmaction_resnet(r50, always)).map == "none");
}

TEST_CASE("names that fit are left as they are") {
  const auto names = mmaction_resnet({1, 1}, [](int) { return false; });
  const auto mapped = automatic(names, names);
  CHECK(mapped.map == "none");
  CHECK(mapped.description() == "names as they are");
  CHECK(mapped.fitting == names.size());
  const auto nothing = automatic({"a.b"}, {"c.d"});
  CHECK(nothing.map == "none");
  CHECK(nothing.fitting == 0);
  CHECK(nothing.names.size() == 1);
}

TEST_CASE("torchvision's MobileNetV2 in its three layouts") {
  const std::vector<std::string> found{
      "features.0.0.weight",        "features.0.1.bias",         "features.1.conv.0.0.weight",
      "features.1.conv.0.1.bias",   "features.1.conv.1.weight",  "features.1.conv.2.bias",
      "features.7.conv.0.0.weight", "features.17.conv.0.1.bias", "features.3.conv.0.0.weight",
      "features.3.conv.1.0.weight", "features.3.conv.1.1.bias",  "features.3.conv.2.weight",
      "features.3.conv.3.bias",     "features.18.0.weight",      "features.18.1.bias",
      "classifier.1.weight"};
  const std::vector<std::string> sampler{"sampler.conv1.conv.weight",
                                         "sampler.conv1.bn.bias",
                                         "sampler.layer1.0.conv.0.conv.weight",
                                         "sampler.layer1.0.conv.0.bn.bias",
                                         "sampler.layer1.0.conv.1.conv.weight",
                                         "sampler.layer1.0.conv.1.bn.bias",
                                         "sampler.layer4.0.conv.0.conv.weight",
                                         "sampler.layer7.0.conv.0.bn.bias",
                                         "sampler.layer2.1.conv.0.net.conv.weight",
                                         "sampler.layer2.1.conv.1.conv.weight",
                                         "sampler.layer2.1.conv.1.bn.bias",
                                         "sampler.layer2.1.conv.2.conv.weight",
                                         "sampler.layer2.1.conv.2.bn.bias",
                                         "sampler.conv2.conv.weight",
                                         "sampler.conv2.bn.bias"};
  const auto in_sampler = automatic(sampler, found);
  CHECK(in_sampler.map == "torchvision-mobilenetv2");
  CHECK(in_sampler.prefix == "sampler.");
  REQUIRE(in_sampler.names.size() == sampler.size());
  for (size_t i = 0; i < sampler.size(); ++i) CHECK(in_sampler.names[i].second == sampler[i]);

  for (const std::string prefix : {"global_CNN.", "global_CNN.base_model."}) {
    std::vector<std::string> global;
    for (const char* name :
         {"features.0.0.weight", "features.0.1.bias", "features.1.conv.0.weight", "features.1.conv.1.bias",
          "features.1.conv.3.weight", "features.1.conv.4.bias", "features.7.conv.0.weight", "features.17.conv.1.bias",
          "features.3.conv.0.net.weight", "features.3.conv.3.weight", "features.3.conv.4.bias",
          "features.3.conv.6.weight", "features.3.conv.7.bias", "features.18.0.weight", "features.18.1.bias",
          "classifier.weight"})
      global.push_back(prefix + name);
    const auto mapped = automatic(global, found);
    CHECK(mapped.map == "torchvision-mobilenetv2-adafocus");
    CHECK(mapped.prefix == prefix);
    REQUIRE(mapped.names.size() == global.size());
    for (size_t i = 0; i < global.size(); ++i) CHECK(mapped.names[i].second == global[i]);
  }
}

TEST_CASE("Swin of torchvision, of its authors, and of MMAction2 1.x") {
  const std::vector<std::string> expected{"backbone.patch_embed.proj.weight",
                                          "backbone.patch_embed.norm.bias",
                                          "backbone.layers.0.blocks.1.norm1.weight",
                                          "backbone.layers.3.blocks.1.attn.qkv.weight",
                                          "backbone.layers.2.blocks.17.attn.relative_position_bias_table",
                                          "backbone.layers.2.blocks.17.attn.relative_position_index",
                                          "backbone.layers.1.blocks.0.mlp.fc1.weight",
                                          "backbone.layers.1.blocks.0.mlp.fc2.bias",
                                          "backbone.layers.2.downsample.reduction.weight",
                                          "backbone.norm.weight",
                                          "cls_head.fc_cls.weight"};
  const auto flat =
      automatic(expected, {"features.0.0.weight", "features.0.2.bias", "features.1.1.norm1.weight",
                           "features.7.1.attn.qkv.weight", "features.5.17.attn.relative_position_bias_table",
                           "features.5.17.attn.relative_position_index", "features.3.0.mlp.0.weight",
                           "features.3.0.mlp.3.bias", "features.6.reduction.weight", "norm.weight", "head.weight"});
  CHECK(flat.map == "torchvision-swin");
  CHECK(flat.fitting == 9);
  CHECK(flat.dropped.size() == 2);
  const auto video =
      automatic(expected, {"patch_embed.proj.weight", "patch_embed.norm.bias", "features.0.1.norm1.weight",
                           "features.6.1.attn.qkv.weight", "features.4.17.attn.relative_position_bias_table",
                           "features.4.17.attn.relative_position_index", "features.2.0.mlp.0.weight",
                           "features.2.0.mlp.3.bias", "features.5.reduction.weight", "norm.weight", "head.weight"});
  CHECK(video.map == "torchvision-swin3d");
  CHECK(video.fitting == 10);
  auto bare = std::vector<std::string>();
  for (size_t i = 0; i + 1 < expected.size(); ++i) bare.push_back(expected[i].substr(9));
  bare.insert(bare.end(), {"layers.2.blocks.17.attn_mask", "head.weight", "head.bias"});
  auto found = shapes_of(bare);
  found[5].shape = {49, 49};  // the index of a window without time
  const auto microsoft =
      map_names(maps(), shapes_of(expected), found, weights::parse_name_map_choice("microsoft-swin"), "w.pth");
  CHECK(microsoft.fitting == 9);
  CHECK(microsoft.dropped.size() == 4);
  const auto chosen = map_names(maps(), shapes_of(expected), found, {}, "w.pth");
  CHECK(chosen.map == "microsoft-swin");
  auto later = expected;
  later[9] = "backbone.norm3.weight";
  CHECK(automatic(expected, later).map == "mmaction-1x");
  CHECK(automatic(expected, later).fitting == expected.size());
}

TEST_CASE("FrameExit's classifier in OCSampler, with one last layer or all") {
  std::vector<std::string> found{"backbone.0.weight", "backbone.7.2.conv3.weight", "mlp.layers.0.weight",
                                 "mlp.layers.1.running_var"};
  for (int i = 0; i < 10; ++i) found.push_back("classifiers." + std::to_string(i) + ".weight");
  found.push_back("exit_selector.0.weight");
  std::vector<std::string> expected{"backbone.model.0.weight",  "backbone.model.7.2.conv3.weight",
                                    "cls_head.layers.0.weight", "cls_head.layers.1.running_var",
                                    "cls_head.fc.weight",       "sampler.logit.weight"};
  const auto one = automatic(expected, found);
  CHECK(one.map == "frameexit-ocsampler");
  CHECK(one.fitting == 5);
  CHECK(one.dropped.size() == 10);
  CHECK(target_of(one, shapes_of(found), "classifiers.9.weight") == "cls_head.fc.weight");
  NameMapChoice choice;
  choice.parameters["classifier_index"] = 0;
  const auto first = map_names(maps(), shapes_of(expected), shapes_of(found), choice, "w.pth");
  CHECK(target_of(first, shapes_of(found), "classifiers.0.weight") == "cls_head.fc.weight");
  CHECK(target_of(first, shapes_of(found), "classifiers.9.weight").empty());
  choice.parameters = {{"classifer", 3}};
  CHECK_THROWS_AS(map_names(maps(), shapes_of(expected), shapes_of(found), choice, "w.pth"), UsageError);
  expected.pop_back();
  expected.pop_back();
  for (int i = 0; i < 10; ++i) expected.push_back("cls_head.fc_list." + std::to_string(i) + ".weight");
  const auto all = automatic(expected, found);
  CHECK(all.map == "frameexit-ocsampler-multihead");
  CHECK(all.fitting == expected.size());
}

TEST_CASE("parts, teachers, students, PAN and image transformers") {
  const auto student = automatic({"backbone.conv1.conv.weight", "cls_head.fc_cls.weight"},
                                 {"backbone.low_res_path.conv1.conv.weight", "backbone.high_res_path.conv1.conv.weight",
                                  "cls_head.fc_cls.weight", "cls_head.fc_cls_t.weight"});
  CHECK(student.map == "reskd-student");
  CHECK(student.fitting == 2);
  CHECK(student.dropped.size() == 2);
  const auto pan = automatic({"shallow_conv.weight", "shallow_conv.bias"},
                             {"PA.shallow_conv.weight", "PA.shallow_conv.bias", "base_model.conv1.weight"});
  CHECK(pan.map == "pan");
  CHECK(pan.fitting == 2);
  CHECK(automatic({"PA.shallow_conv.weight"}, {"PA.shallow_conv.weight"}).map == "none");
  const auto sampler = automatic({"sampler.layer2.1.conv.0.net.conv.weight"}, {"backbone.layer2.1.conv.0.conv.weight"});
  CHECK(sampler.map == "mmaction-backbone");
  CHECK(sampler.fitting == 1);
  const auto image = automatic(
      {"backbone.cls_token", "backbone.transformer_layers.layers.0.attentions.0.norm.weight",
       "backbone.transformer_layers.layers.0.attentions.1.norm.weight",
       "backbone.transformer_layers.layers.0.attentions.1.attn.in_proj_weight",
       "backbone.transformer_layers.layers.0.ffns.0.norm.bias"},
      {"cls_token", "transformer_layers.layers.0.norms.0.weight",
       "transformer_layers.layers.0.attentions.0.attn.in_proj_weight", "transformer_layers.layers.0.norms.1.bias"});
  CHECK(image.map == "vit-timesformer");
  CHECK(image.fitting == 5);
  // A network that fits two parts alike is not guessed.
  const std::vector<std::string> two{"global_CNN.conv1.weight", "local_CNN.conv1.weight"};
  CHECK_THROWS_WITH_AS(automatic(two, {"conv1.weight"}),
                       doctest::Contains("fit bare@global_CNN. and bare@local_CNN. alike"), DataError);
  const auto chosen = map_names(maps(), shapes_of(two), shapes_of({"conv1.weight"}),
                                weights::parse_name_map_choice("bare@local_CNN."), "w.pth");
  CHECK(chosen.names.at(0).second == "local_CNN.conv1.weight");
}

TEST_CASE("maps are chosen by name or file, and refused clearly") {
  const auto choose = [](const std::string& text) {
    return map_names(maps(), shapes_of({"b.x"}), shapes_of({"a.x", "a.y"}), weights::parse_name_map_choice(text),
                     "w.pth");
  };
  CHECK(choose("none").map == "none");
  CHECK_THROWS_WITH_AS(choose("torchvision-resnt"), doctest::Contains("nearest is torchvision-resnet"), UsageError);
  CHECK_THROWS_AS(choose("@x"), UsageError);
  const test::Scratch scratch("vs-name-map-test");
  const auto write = [&](const std::string& rules, const std::string& others = "keep") {
    scratch.touch("m.json",
                  R"({"schema": "vs.name_map/1", "name": "mine", "description": "d", "source": "s", "rules": [)" +
                      rules + R"(], "others": ")" + others + R"("})");
  };
  const std::string file = scratch / "m.json";
  write(R"({"from": "a.x", "to": "b.x"})");
  const auto mapped = choose(file);
  CHECK(mapped.map == "mine");
  CHECK(mapped.fitting == 1);
  CHECK(mapped.names.size() == 2);
  CHECK(choose(file + "@p.").names.at(0).second == "p.b.x");
  write(R"({"from": "a.x", "to": "b.x"})", "drop");
  CHECK(choose(file).dropped == std::vector<std::string>{"a.y"});
  write(R"({"from": "a.{r...}", "to": "b"})");
  CHECK_THROWS_WITH_AS(choose(file), doctest::Contains("two tensors get the name b"), DataError);
  write(R"({"from": "a.{r", "to": "b"})");
  CHECK_THROWS_AS(choose(file), DataError);
  write(R"({"from": "a", "too": "b"})");
  CHECK_THROWS_AS(choose(file), DataError);
  CHECK_THROWS_AS(choose(scratch / "none.json"), DataError);
}

// With the references' own names, where the developers' collection lies beside the checkout.
TEST_CASE("maps between the networks of the golden cases") {
  const std::string golden = std::string(VS_SHARED_DATA) + "/golden/";
  if (!std::filesystem::exists(golden)) {
    MESSAGE("skipped: no " << golden << " here");
    return;
  }
  const auto names_in = [&](const std::string& file) {
    const store::H5File h5 = store::H5File::open(golden + file);
    std::vector<NamedShape> shapes;
    for (const auto& entry : nlohmann::json::parse(h5.read_text("/", "state_dict"))) {
      std::string name = entry[0];
      if (name.starts_with("module.")) name = name.substr(7);
      shapes.push_back({name, entry[1].get<std::vector<int64_t>>()});
    }
    return shapes;
  };
  const auto fit = [&](const std::string& network, const std::string& checkpoint) {
    return map_names(maps(), names_in(network), names_in(checkpoint), {}, checkpoint);
  };
  const auto resnet = fit("mgsampler/tsm_r50.h5", "adafocus/resnet50.h5");
  CHECK(resnet.map == "torchvision-resnet");
  CHECK(resnet.fitting_shapes == 318);
  const auto frameexit = fit("ocsampler/model2d_test_activitynet_10to6.h5", "ocsampler/frameexit_port.h5");
  CHECK(frameexit.map == "frameexit-ocsampler");
  CHECK(frameexit.fitting >= 318 + 7 + 2);
  const auto slow = fit("reskd/slowonly_r50.h5", "adafocus/resnet50.h5");
  CHECK(slow.map == "torchvision-resnet");
  CHECK(slow.fitting == 318);
  CHECK(slow.fitting_shapes < 318);  // the convolutions are to be inflated
  const auto global = fit("adafocus/test_mbv2.h5", "adafocus/mobilenet_v2.h5");
  CHECK(global.map == "bare");
  CHECK(global.prefix == "global_CNN.");
  CHECK(global.fitting_shapes == 314);
  const auto sampler = fit("ocsampler/model2d_test_activitynet_10to6.h5", "ocsampler/sampler_probs.h5");
  CHECK(sampler.prefix == "sampler.");
  CHECK(sampler.fitting == 314);
  const auto shifted = fit("reskd/tsm_r50.h5", "reskd/tsn_r50.h5");
  CHECK(shifted.map == "temporal-shift");
  CHECK(shifted.fitting == 320);
  for (const char* file : {"drca/recognizer_test.h5", "reskd/swin_small_112p.h5", "adafocus/sth_test.h5"})
    CHECK(fit(file, file).map == "none");
}
