// Rates over a run beyond what the goldens cover: policies by iteration, every warm-up, extra epochs, bad recipes.
#include "lib/train/optimizers/schedule.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/train/optimizers/explore_schedule.h"

namespace vs::train {
namespace {

using Json = nlohmann::ordered_json;

doctest::Approx near(double value) { return doctest::Approx(value).epsilon(1e-12); }

bool refused(const Json& config, const std::string& place) {
  try {
    const LearningRateSchedule schedule(config, 10, 5);
  } catch (const UsageError& error) {
    return error.place() == place;
  }
  return false;
}

}  // namespace

TEST_CASE("no policy and fixed: the rate stays") {
  for (const Json& config : {Json::object(), Json{{"policy", "fixed"}}, Json{{"policy", "Fixed"}}}) {
    const LearningRateSchedule schedule(config, 10, 5);
    CHECK(schedule.rate(0.3, 0) == 0.3);
    CHECK(schedule.rate(0.3, 49) == 0.3);
  }
}

TEST_CASE("steps: listed, every n, by iteration, not below a least rate") {
  const LearningRateSchedule listed({{"policy", "step"}, {"step", {2, 4}}, {"gamma", 0.5}, {"min_lr", 0.3}}, 10, 5);
  CHECK(listed.rate(1, 9) == 1);
  CHECK(listed.rate(1, 10) == 0.5);
  CHECK(listed.rate(1, 20) == 0.3);
  const LearningRateSchedule every({{"policy", "step"}, {"step", 3}, {"gamma", 0.5}}, 10, 5);
  CHECK(every.rate(1, 14) == 1);
  CHECK(every.rate(1, 15) == 0.5);
  CHECK(every.rate(1, 30) == 0.25);
  const LearningRateSchedule iterations({{"policy", "step"}, {"step", {7}}, {"by_epoch", false}}, 10, 5);
  CHECK(iterations.rate(1, 6) == 1);
  CHECK(iterations.rate(1, 7) == near(0.1));
  // Both at once from the first epoch on, as AdaFocusV2's "0 0".
  const LearningRateSchedule from_start({{"policy", "step"}, {"step", {0, 0}}}, 10, 5);
  CHECK(from_start.rate(1, 0) == near(0.01));
}

TEST_CASE("cosine: ends, least rates, extra epochs") {
  const LearningRateSchedule plain({{"policy", "CosineAnnealing"}, {"min_lr", 0.2}}, 10, 5);
  CHECK(plain.rate(1, 0) == 1);
  CHECK(plain.rate(1, 29) == near(0.6));  // epoch 5 of 10
  CHECK(plain.rate(1, 25) == plain.rate(1, 29));
  const LearningRateSchedule ratio({{"policy", "CosineAnnealing"}, {"min_lr_ratio", 0.1}, {"by_epoch", false}}, 10, 5);
  CHECK(ratio.rate(2, 25) == near(1.1));
  CHECK(ratio.rate(2, 50) == near(0.2));
  const LearningRateSchedule extra({{"policy", "CosineAnnealing"}, {"extra_epochs", 2}}, 12, 5);
  CHECK(extra.rate(1, 29) == near(0.5));
  CHECK(extra.rate(1, 50) == doctest::Approx(0).epsilon(1e-15));
  CHECK(extra.rate(1, 59) == extra.rate(1, 50));  // it does not rise again
}

TEST_CASE("warm-up: linear, constant, exponential") {
  const auto warmed = [](const char* kind, bool by_epoch) {
    return LearningRateSchedule({{"policy", "step"},
                                 {"step", {1}},
                                 {"by_epoch", by_epoch},
                                 {"warmup", kind},
                                 {"warmup_iters", 4},
                                 {"warmup_ratio", 0.01}},
                                10, 5);
  };
  for (const bool by_epoch : {true, false}) {
    const double scale = by_epoch ? 1 : 0.1;  // by iteration, the step is taken after the first
    CHECK(warmed("linear", by_epoch).rate(1, 0) == near(0.01));
    CHECK(warmed("linear", by_epoch).rate(1, 2) == near(0.505 * scale));
    CHECK(warmed("linear", by_epoch).rate(1, 4) == near(scale));
    CHECK(warmed("constant", by_epoch).rate(1, 0) == near(0.01));
    CHECK(warmed("constant", by_epoch).rate(1, 3) == near(0.01 * scale));
    CHECK(warmed("constant", by_epoch).rate(1, 4) == near(scale));
    CHECK(warmed("exp", by_epoch).rate(1, 0) == near(0.01));
    CHECK(warmed("exp", by_epoch).rate(1, 2) == near(0.1 * scale));
    CHECK(warmed("exp", by_epoch).rate(1, 4) == near(scale));
  }
}

TEST_CASE("warm-up of part of an epoch holds its last value to the end of that epoch, by epoch only") {
  Json config{{"policy", "fixed"}, {"warmup", "linear"}, {"warmup_iters", 1.5}, {"warmup_by_epoch", true}};
  const LearningRateSchedule by_epoch(config, 10, 5);  // 7.5 iterations
  CHECK(by_epoch.rate(1, 7) == near(1 - 0.9 * (1 - 7 / 7.5)));
  CHECK(by_epoch.rate(1, 8) == by_epoch.rate(1, 7));
  CHECK(by_epoch.rate(1, 9) == by_epoch.rate(1, 7));
  CHECK(by_epoch.rate(1, 10) == 1);
  config["by_epoch"] = false;
  CHECK(LearningRateSchedule(config, 10, 5).rate(1, 8) == 1);
  // As long as an epoch: the next starts without it.
  config["by_epoch"] = true;
  config["warmup_iters"] = 1;
  CHECK(LearningRateSchedule(config, 10, 5).rate(1, 4) == near(0.82));
  CHECK(LearningRateSchedule(config, 10, 5).rate(1, 5) == 1);
}

TEST_CASE("schedules that recipes get wrong") {
  CHECK(refused({{"policy", "poly"}}, "train.lr_config.policy"));
  CHECK(refused({{"policy", "step"}}, "train.lr_config.step"));
  CHECK(refused({{"policy", "step"}, {"step", 0}}, "train.lr_config.step"));
  CHECK(refused({{"policy", "step"}, {"step", {1.5}}}, "train.lr_config.step"));
  CHECK(refused({{"policy", "fixed"}, {"step", {1}}}, "train.lr_config.step"));
  CHECK(refused({{"policy", "CosineAnnealing"}, {"min_lr", 0}, {"min_lr_ratio", 0}}, "train.lr_config.min_lr_ratio"));
  CHECK(refused({{"policy", "CosineAnnealing"}, {"extra_epochs", 10}}, "train.lr_config.extra_epochs"));
  CHECK(refused({{"warmup", "square"}, {"warmup_iters", 3}}, "train.lr_config.warmup"));
  CHECK(refused({{"warmup", "linear"}}, "train.lr_config.warmup_iters"));
  CHECK(refused({{"warmup", "linear"}, {"warmup_iters", 3}, {"warmup_ratio", 0}}, "train.lr_config.warmup_ratio"));
  CHECK(refused({{"warmup", "linear"}, {"warmup_iters", 3}, {"warmup_ratio", 1.5}}, "train.lr_config.warmup_ratio"));
  CHECK(refused({{"warm_up", "linear"}}, "train.lr_config.warm_up"));
  CHECK_THROWS_AS(LearningRateSchedule(Json::object(), 0, 5), UsageError);
  CHECK_THROWS_AS(LearningRateSchedule(Json::object(), 5, 0), UsageError);
}

TEST_CASE("exploration fades by iterations, or in whole epochs") {
  const ExploreSchedule standard(Json::object());
  CHECK(standard.rate(0, 40, 4) == near(0.5));
  CHECK(standard.rate(20, 40, 4) == near(0.25));
  const ExploreSchedule linear({{"style", "step"}, {"by_epoch", true}, {"base_ratio", 1}, {"min_ratio", 0.2}});
  CHECK(linear.rate(3, 40, 4) == near(1));
  CHECK(linear.rate(23, 40, 4) == near(0.6));
  CHECK_THROWS_AS(ExploreSchedule(Json{{"style", "linear"}}), UsageError);
  CHECK_THROWS_AS(ExploreSchedule(Json{{"base_ratio", -1}}), UsageError);
  CHECK_THROWS_AS(ExploreSchedule(Json{{"type", "cos"}}), UsageError);
  CHECK(gumbel_temperature(5, 0) == 5);
  CHECK(gumbel_temperature(5, 1) == near(4.779987409163786));
  CHECK(gumbel_temperature(5, 9, 0) == 5);
}

}  // namespace vs::train
