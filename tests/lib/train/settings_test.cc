#include "lib/train/loop/settings.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "lib/core/error.h"

namespace vs::train {

using Json = nlohmann::ordered_json;

TEST_CASE("settings are read, and have defaults") {
  const TrainingSettings settings = read_settings(Json::parse(
      R"({"epochs": 5, "batch_size": 3, "grad_clip": {"max_norm": 20}, "ema": {"decay": 0.5}, "sync_bn": true})"));
  CHECK(settings.epochs == 5);
  CHECK(settings.batch_size == 3);
  CHECK(settings.update_interval == 1);
  CHECK(settings.clip_norm == 20);
  CHECK(settings.clip_norm_type == 2);
  CHECK(settings.averages);
  CHECK(settings.average.decay == 0.5);
  CHECK(settings.synchronised_norm);
  CHECK_FALSE(read_settings(Json::parse(R"({"epochs": 1})")).averages);
}

TEST_CASE("values out of range are refused by place") {
  CHECK_THROWS_WITH_AS(read_settings(Json::parse("{}")), doctest::Contains("train.epochs"), UsageError);
  CHECK_THROWS_WITH_AS(read_settings(Json::parse(R"({"epochs": 0})")), doctest::Contains("train.epochs"), UsageError);
  CHECK_THROWS_WITH_AS(read_settings(Json::parse(R"({"epochs": 1, "ema": {"deca": 0.5}})")),
                       doctest::Contains("train.ema"), UsageError);
}

TEST_CASE("every key of the loop can be set, and a changed recipe is checked") {
  const Json document =
      read_training_recipe("tsm_r50_1x1x8_50e_sthv1_rgb", {"train.sync_bn=true", "train.ema={\"decay\": 0.9}"});
  CHECK(document.at("train").at("sync_bn") == true);
  CHECK(document.at("train").at("ema").at("decay") == 0.9);
  CHECK_FALSE(document.at("train").contains("mixup"));
  CHECK(document.at("data").contains("val"));
  CHECK_THROWS_WITH_AS(read_training_recipe("tsm_r50_1x1x8_50e_sthv1_rgb", {"train.epoch=3"}),
                       doctest::Contains("epochs"), UsageError);
  CHECK_THROWS_AS(read_training_recipe("tsm_r50_1x1x8_50e_sthv1_rgb", {"train.epochs=\"many\""}), DataError);
  CHECK_THROWS_WITH_AS(read_training_recipe("frameexit_10_resnet50_activitynet", {}), doctest::Contains("training"),
                       UsageError);
}

TEST_CASE("learning rates are scaled to the batch") {
  Json train = Json::parse(R"({"optimizer": {"lr": 0.01}, "total_batch": 64})");
  CHECK(scale_learning_rate(train, 16) == 0.25);
  CHECK(train.at("optimizer").at("lr") == 0.0025);
  train.erase("total_batch");
  CHECK_THROWS_WITH_AS(scale_learning_rate(train, 16), doctest::Contains("total_batch"), UsageError);
}

}  // namespace vs::train
