#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/nn/torch.h"
//
#include <doctest/doctest.h>

#include "lib/core/error.h"
#include "lib/data/pipeline.h"
#include "lib/store/recipe.h"
#include "lib/systems/system.h"
#include "lib/train/optimizers/parameter_groups.h"
#include "lib/train/optimizers/schedule.h"

namespace vs::train {
namespace {

using Json = nlohmann::ordered_json;
using store::Recipe;

std::string message_of(const std::vector<std::string>& assignments) {
  try {
    Recipe::load("tsm_r50_1x1x8_50e_sthv1_rgb", assignments);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

/// What the sources state of a training.
struct Published {
  std::string type;
  double rate = 0, decay = 0;
  int64_t epochs = 0, batch = 0, total = 0;
  double clip = 0;  ///< 0: none
  std::string policy;
  std::string constructor;  ///< empty: the default one
};

const std::map<std::string, Published>& published() {
  static const std::map<std::string, Published> table{
      {"tsm_r50_1x1x8_50e_sthv1_rgb", {"SGD", 0.01, 5e-4, 50, 8, 64, 20, "step", "TSMOptimizerConstructor"}},
      {"mgsampler_tsm_r50_1x1x16_50e_sthv1_rgb",
       {"SGD", 0.0075, 5e-4, 50, 6, 48, 20, "step", "TSMOptimizerConstructor"}},
      {"tsm_r50_video_1x1x16_50e_diving48_rgb", {"SGD", 0.005, 1e-4, 50, 4, 32, 20, "step", "TSMOptimizerConstructor"}},
      {"mgsampler_slowonly_kinetics_pretrained_r50_8x8x1_50e_anet_rgb",
       {"SGD", 0.01, 1e-4, 40, 1, 8, 40, "CosineAnnealing", ""}},
      {"tsn_r50_320p_1x1x8_50e_activitynet_video_rgb", {"SGD", 0.0015, 1e-4, 50, 12, 96, 40, "step", ""}},
      {"tsn_r152_1x1x16_50e_actnet_rgb",
       {"SGD", 0.01, 1e-4, 50, 8, 64, 20, "CosineAnnealing", "TSMOptimizerConstructor"}},
      {"tsn_r50_96p_1x1x16_50e_actnet_rgb", {"SGD", 0.01, 1e-4, 50, 8, 64, 40, "CosineAnnealing", ""}},
      {"tsm_r50_1x1x8_50e_sthv2_rgb",
       {"SGD", 0.0075, 5e-4, 50, 12, 96, 20, "CosineAnnealing", "TSMOptimizerConstructor"}},
      {"slowonly_r50_8x8x1_150e_k400_rgb", {"SGD", 0.01, 1e-4, 150, 8, 64, 40, "step", ""}},
      {"swin_base_32x2x1_50e_k400", {"AdamW", 5e-4, 0.05, 50, 8, 512, 0, "CosineAnnealing", ""}},
      {"rkd_r152_1x1x16_200e_actnet",
       {"SGD", 0.01, 1e-4, 200, 8, 64, 20, "CosineAnnealing", "RKDOptimizerConstructor"}},
      {"rkd_swins_32x2x1_60e_k400", {"AdamW", 1e-3, 0.02, 60, 4, 512, 0, "CosineAnnealing", ""}},
      {"activitynet_10to6_resnet50", {"SGD", 0.005, 1e-4, 50, 40, 320, 40, "CosineAnnealing", ""}},
      {"actnet_p128_mbv2", {"SGD", 0.002, 1e-4, 51, 8, 32, 0, "CosineAnnealing", "AdaFocusOptimizerConstructor"}},
      {"minik_p128_res50", {"SGD", 0.003, 1e-4, 51, 12, 48, 0, "CosineAnnealing", "AdaFocusOptimizerConstructor"}},
      {"sthv1_p128", {"SGD", 0.01, 5e-4, 50, 32, 32, 20, "CosineAnnealing", "AdaFocusOptimizerConstructor"}},
      {"DRCA-S-K4-224", {"SGD", 0.01, 1e-4, 30, 26, 208, 40, "step", ""}},
      {"DRCA-B-K4-224", {"AdamW", 7.5e-5, 1e-4, 100, 16, 128, 40, "CosineAnnealing", ""}},
  };
  return table;
}

TEST_CASE("recipes say what was published of their training") {
  for (const auto& [name, want] : published()) {
    CAPTURE(name);
    const Json train = Recipe::load(name).document().at("train");
    const Json& optimizer = train.at("optimizer");
    CHECK(optimizer.at("type") == want.type);
    CHECK(optimizer.at("lr").get<double>() == want.rate);
    CHECK(optimizer.at("weight_decay").get<double>() == want.decay);
    CHECK(optimizer.value("constructor", "") == want.constructor);
    CHECK(train.at("epochs") == want.epochs);
    CHECK(train.at("batch_size") == want.batch);
    CHECK(train.at("total_batch") == want.total);
    CHECK((train.contains("grad_clip") ? train.at("grad_clip").at("max_norm").get<double>() : 0) == want.clip);
    CHECK(train.at("lr_config").at("policy") == want.policy);
  }
}

/// Of a recipe's first group, at the start of an epoch of 10 iterations.
double rate_at_epoch(const std::string& name, int64_t epoch) {
  const Recipe recipe = Recipe::load(name);
  const Json& train = recipe.document().at("train");
  const LearningRateSchedule schedule(train.at("lr_config"), train.at("epochs"), 10);
  return schedule.rate(train.at("optimizer").at("lr"), epoch * 10);
}

TEST_CASE("rates over the run") {
  CHECK(rate_at_epoch("tsm_r50_1x1x8_50e_sthv1_rgb", 19) == doctest::Approx(0.01));
  CHECK(rate_at_epoch("tsm_r50_1x1x8_50e_sthv1_rgb", 20) == doctest::Approx(0.001));
  CHECK(rate_at_epoch("tsm_r50_1x1x8_50e_sthv1_rgb", 40) == doctest::Approx(0.0001));
  CHECK(rate_at_epoch("slowonly_r50_8x8x1_150e_k400_rgb", 0) == doctest::Approx(0.001));
  CHECK(rate_at_epoch("slowonly_r50_8x8x1_150e_k400_rgb", 10) == doctest::Approx(0.01));
  CHECK(rate_at_epoch("slowonly_r50_8x8x1_150e_k400_rgb", 130) == doctest::Approx(0.0001));
  CHECK(rate_at_epoch("swin_small_32x2x1_30e_k400", 0) == doctest::Approx(0.0001));
  CHECK(rate_at_epoch("swin_small_32x2x1_30e_k400", 15) == doctest::Approx(0.0005));
  CHECK(rate_at_epoch("actnet_p128_mbv2", 25) == doctest::Approx(0.001));
  CHECK(rate_at_epoch("actnet_p128_mbv2", 50) == doctest::Approx(0).scale(1));
  CHECK(rate_at_epoch("DRCA-S-K4-224", 20) == doctest::Approx(0.0001));
  CHECK(rate_at_epoch("DRCA-B-K4-224", 0) == doctest::Approx(7.5e-8));
  CHECK(rate_at_epoch("DRCA-B-K4-224", 50) == doctest::Approx(3.75e-5));
}

std::vector<ParameterGroup> groups_of(const std::string& name) {
  const Recipe recipe = Recipe::load(name);
  const auto system = systems::build_system(recipe.model());
  system->module().require_gradients(true);
  auto groups = parameter_groups(system->module(), recipe.document().at("train").at("optimizer"), "train.optimizer");
  for (auto& group : groups) {
    for (auto& entry : group.parameters) entry.tensor = nullptr;  // their network is gone
  }
  return groups;
}

TEST_CASE("groups of parameters") {
  const auto tsm = groups_of("tsm_r50_1x1x8_50e_sthv1_rgb");
  REQUIRE(tsm.size() == 7);
  REQUIRE(tsm[5].parameters.size() == 1);
  CHECK(tsm[5].parameters[0].name == "cls_head.fc_cls.weight");
  CHECK(tsm[5].learning_rate == doctest::Approx(0.05));
  CHECK(groups_of("tsn_r152_1x1x16_50e_actnet_rgb").at(5).parameters.empty());
  const auto adafocus = groups_of("actnet_p96_res50");
  REQUIRE(adafocus.size() == 6);
  CHECK(adafocus[0].learning_rate == doctest::Approx(0.0002));
  CHECK(adafocus[5].learning_rate == doctest::Approx(0.01));
  CHECK(groups_of("sthv2_p144").at(0).learning_rate == doctest::Approx(0.0001));
  for (const auto& group : groups_of("swin_small_32x2x1_30e_k400")) {
    if (group.parameters.at(0).name == "backbone.norm.weight") {
      CHECK(group.learning_rate == doctest::Approx(1e-4));
      CHECK(group.weight_decay == doctest::Approx(0.02));
    }
  }
}

TEST_CASE("every training fits its model, its data and its schedule") {
  size_t found = 0;
  for (const auto& name : store::recipe_names()) {
    CAPTURE(name);
    const Recipe recipe = Recipe::load(name);
    const Json& document = recipe.document();
    if (!document.contains("train")) continue;
    ++found;
    const Json& train = document.at("train");
    REQUIRE(document.at("data").contains("train"));
    CHECK_NOTHROW(data::Pipeline(document.at("data").at("train"), "data.train"));
    CHECK_NOTHROW(LearningRateSchedule(train.at("lr_config"), train.at("epochs"), 7));
    CHECK_NOTHROW(groups_of(name));
    CHECK(train.at("total_batch").get<int64_t>() % train.at("batch_size").get<int64_t>() == 0);
    CHECK_FALSE(train.at("init").get<std::string>().empty());
  }
  CHECK(found >= 70);
}

TEST_CASE("what was only tested has no training") {
  for (const char* name : {"frameexit_10_resnet50_activitynet", "activitynet_slowonly_inference",
                           "activitynet_slowonly_inference_with_ocsampler", "mgsampler_motion_pa", "DRCA-S-K2-224"})
    CHECK_FALSE(Recipe::load(name).document().contains("train"));
}

TEST_CASE("unknown and wrong values of a training are refused") {
  CHECK(message_of({"train.epochs=3", "train.optimizer.lr=0.5"}).empty());
  CHECK(message_of({"train.epochs=0"}).find("train.epochs") != std::string::npos);
  CHECK(message_of({"train.optimizer.type=\"Adam\""}).find("type") != std::string::npos);
  CHECK(message_of({"train.optimizer.paramwise_cfg={\"fc_lr\": true}"}).find("fc_lr5") != std::string::npos);
  CHECK(message_of({"train.lr_config={\"polic\": \"step\"}"}).find("nearest is \"policy\"") != std::string::npos);
}

}  // namespace
}  // namespace vs::train
