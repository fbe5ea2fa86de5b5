// AdaFocusV2 at test time: early exit, patches by every choice, both networks.
#include "lib/systems/adafocus_system.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "lib/nn/adafocus/frame_order.h"
#include "tests/lib/systems/small_models.h"

namespace vs::systems {
namespace {

using testing::adafocus;
using testing::Json;
using testing::kClasses;
using testing::kSide;
using testing::random_tensor;
using testing::refused;
using testing::relative_error;
using testing::run_refused;

constexpr int64_t kSegments = 5;
constexpr double kRounding = 1e-4, kNever = 1e8;

/// One set of weights for all tests: the network is large.
System& trained() {
  static const std::unique_ptr<System> system = testing::ready(adafocus(kSegments));
  return *system;
}

/// The same with other options.
std::unique_ptr<System> with_options(const TestOptions& options) {
  auto system = build_system(adafocus(kSegments), options);
  testing::copy_weights(*system, trained());
  return system;
}

at::Tensor videos(int64_t count) { return random_tensor({count, kSegments, 3, kSide, kSide}, 3); }

/// Thresholds at which every video of these stage logits [N, stages, C] leaves after another stage: video i after
/// stage i + 1.
std::vector<double> staggered(const at::Tensor& stage_logits) {
  const at::Tensor sure = exit_confidence(stage_logits, ExitMeasure::kLargestLogit);
  std::vector<double> thresholds;
  for (int64_t t = 0; t < stage_logits.size(1); ++t) thresholds.push_back(sure[t % sure.size(0)][t].item<double>());
  return thresholds;
}

/// After how many stages each video is left, by the rule written out.
std::vector<int64_t> exits(const at::Tensor& stage_logits, const std::vector<double>& thresholds) {
  std::vector<int64_t> stages;
  for (int64_t video = 0; video < stage_logits.size(0); ++video) {
    int64_t t = 0;
    while (t + 1 < stage_logits.size(1) &&
           stage_logits[video][t].max().item<double>() < thresholds[static_cast<size_t>(t)])
      ++t;
    stages.push_back(t + 1);
  }
  return stages;
}

}  // namespace

TEST_CASE("how sure a row of logits is") {
  const at::Tensor logits = at::tensor({1.0F, 3.0F, 2.0F, 0.0F, 0.0F, 0.0F}).view({2, 3});
  CHECK(exit_confidence(logits, ExitMeasure::kLargestLogit)[0].item<double>() == 3);
  const at::Tensor entropy = exit_confidence(logits, ExitMeasure::kEntropy);
  CHECK(entropy[1].item<double>() == doctest::Approx(-std::log(3.0)));
  CHECK(entropy[0].item<double>() > entropy[1].item<double>());
  // 0 log 0 = 0
  CHECK(exit_confidence(at::tensor({0.0F, 1e6F}), ExitMeasure::kEntropy).item<double>() == 0);
}

TEST_CASE("early exit says what looking at everything says, and looks at less") {
  const at::Tensor imgs = videos(3);
  const Result all = trained().run(imgs);
  CHECK(all.stage_logits.sizes() == at::IntArrayRef({3, kSegments, kClasses}));
  CHECK(all.picks[0] == nn::coarse_to_fine_order(kSegments));
  CHECK(relative_error(all.scores, all.stage_logits.select(1, kSegments - 1)) < 1e-6);

  TestOptions options;
  options.exit_thresholds = std::vector<double>(kSegments, kNever);
  const auto never = with_options(options);
  const Result late = never->run(imgs);
  CHECK(relative_error(late.stage_logits, all.stage_logits) < kRounding);
  CHECK(relative_error(late.scores, all.scores) < kRounding);
  CHECK(late.picks == all.picks);
  CHECK(late.stages == std::vector<int64_t>(3, kSegments));

  // A little below what was found, so that rounding does not decide.
  options.exit_thresholds = staggered(all.stage_logits - 1e-3);
  const std::vector<int64_t> stages = exits(all.stage_logits, options.exit_thresholds);
  REQUIRE(*std::min_element(stages.begin(), stages.end()) < kSegments);
  const auto lazy = with_options(options);
  at::Tensor spoilt = imgs.clone();
  const auto order = nn::coarse_to_fine_order(kSegments);
  for (size_t video = 0; video < stages.size(); ++video) {
    for (auto t = static_cast<size_t>(stages[video]); t < order.size(); ++t)
      spoilt[static_cast<int64_t>(video)][order[t]].fill_(NAN);
  }
  const Result early = lazy->run(spoilt);
  CHECK(early.stages == stages);
  for (int64_t video = 0; video < 3; ++video) {
    const int64_t stage = stages[static_cast<size_t>(video)];
    CHECK(early.picks[static_cast<size_t>(video)] == std::vector<int64_t>(order.begin(), order.begin() + stage));
    CHECK(early.patches[static_cast<size_t>(video)].size() == static_cast<size_t>(stage));
    CHECK(relative_error(early.stage_logits[video].slice(0, 0, stage), all.stage_logits[video].slice(0, 0, stage)) <
          kRounding);
    CHECK(early.stage_logits[video].slice(0, stage).isnan().all().item<bool>());
    CHECK(relative_error(early.scores[video], all.stage_logits[video][stage - 1]) < kRounding);
  }
  // The same whatever the batch.
  CHECK(lazy->run(spoilt.slice(0, 1, 2)).stages[0] == stages[1]);
}

TEST_CASE("thresholds: one a frame, for networks that have stages") {
  TestOptions options;
  options.exit_thresholds = {1, 2};
  CHECK(refused(adafocus(kSegments), "2 of them for 5 frames", options));
  CHECK(refused(testing::tsn(), "has no meaning for a model of type Recognizer2D", options));
}

TEST_CASE("patches in the centre, at a place, at random") {
  const at::Tensor imgs = videos(2);
  const double free = kSide - 32;
  TestOptions options;
  options.patch_choice = PatchChoice::kCentre;
  const auto centre = with_options(options);
  const Result middle = centre->run(imgs);
  for (const Patch& patch : middle.patches[1]) {
    CHECK(patch.y == free / 2);
    CHECK(patch.x == free / 2);
    CHECK(patch.size == 32);
  }
  options.patch_choice = PatchChoice::kFixed;
  options.patch_place = {0, 1};
  const auto corner = with_options(options);
  const Result result = corner->run(imgs);
  CHECK(result.patches[0][2].y == 0);
  CHECK(result.patches[0][2].x == free);
  // Only the upper right corner is looked at closely: what is below is seen by the glance alone.
  CHECK(relative_error(result.scores, middle.scores) > 1e-4);

  options.patch_choice = PatchChoice::kRandom;
  options.seed = 4;
  const auto random = with_options(options);
  const Result batch = random->run(imgs, {8, 9});
  std::set<double> places;
  for (const Patch& patch : batch.patches[1]) {
    CHECK(patch.y >= 0);
    CHECK(patch.y <= free);
    places.insert({patch.y, patch.x});
  }
  CHECK(places.size() == 2 * kSegments);
  const Result alone = random->run(imgs.slice(0, 1), {9});
  CHECK(relative_error(alone.scores[0], batch.scores[1]) < kRounding);
  CHECK(alone.patches[0][3].x == batch.patches[1][3].x);
  // A frame at a time too.
  options.exit_thresholds = std::vector<double>(kSegments, kNever);
  const auto stepwise = with_options(options);
  CHECK(relative_error(stepwise->run(imgs, {8, 9}).scores, batch.scores) < kRounding);
  CHECK(refused(testing::tsn(), "patch_choice", options));
}

TEST_CASE("a fixed place in the centre is the centre, and other frames than the network's are refused") {
  TestOptions options;
  options.patch_choice = PatchChoice::kFixed;
  const auto fixed = with_options(options);
  options.patch_choice = PatchChoice::kCentre;
  const auto centre = with_options(options);
  CHECK(at::equal(fixed->run(videos(1)).scores, centre->run(videos(1)).scores));
  CHECK(run_refused(*fixed, videos(1).slice(1, 0, 4), "takes 5 frames a video, not 4"));
}

TEST_CASE("prepared, AdaFocus says the same") {
  const Result plain = trained().run(videos(2));
  trained().prepare({});
  CHECK(relative_error(trained().run(videos(2)).scores, plain.scores) < 1e-4);
  trained().prepare({.dtype = at::kBFloat16});
  CHECK(relative_error(trained().run(videos(2)).scores, plain.scores) < 3e-2);
  trained().unprepare();
  CHECK(at::equal(trained().run(videos(2)).scores, plain.scores));
}

TEST_CASE("one patch a clip") {
  const Json model{{"type", "AdaFocusV2Clip"}, {"num_segments", 2}, {"num_classes", kClasses}, {"patch_size", 64}};
  constexpr int64_t kGlanceSide = 200;
  const at::Tensor imgs = random_tensor({2, 5, 3, kGlanceSide, kGlanceSide}, 3);
  const auto learned = testing::ready(model);
  const Result result = learned->run(imgs);
  CHECK(result.scores.sizes() == at::IntArrayRef({2, kClasses}));
  REQUIRE(result.patches[1].size() == 3);
  for (size_t i = 0; i < 3; ++i) {
    const Patch &patch = result.patches[1][i], &first = result.patches[1][0];
    CHECK(patch.frame == static_cast<int64_t>(2 + i));
    CHECK(patch.y == first.y);
    CHECK(patch.x == first.x);
  }
  CHECK(result.patches[0][0].y != result.patches[1][0].y);
  TestOptions options;
  options.patch_choice = PatchChoice::kRandom;
  const auto random = build_system(model, options);
  testing::copy_weights(*random, *learned);
  const Result drawn = random->run(imgs, {1, 2});
  CHECK(random->run(imgs.slice(0, 1), {2}).patches[0][0].y == drawn.patches[1][0].y);
  CHECK(relative_error(drawn.scores, result.scores) > 1e-5);
  CHECK(run_refused(*learned, imgs.slice(1, 0, 4), "takes 5 frames a video, not 4"));
}

}  // namespace vs::systems
