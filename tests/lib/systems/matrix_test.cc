// Every sampler with every recognizer: of the chosen frames the recognizer says what it says of them alone.
#include "lib/systems/sampled_system.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "lib/sampling/motion_guided.h"
#include "lib/systems/recognizer_system.h"
#include "tests/lib/systems/small_models.h"

namespace vs::systems {
namespace {

using testing::Json;
using testing::kChosen;
using testing::kFrames;
using testing::kSide;
using Lists = std::vector<std::vector<int64_t>>;

std::vector<std::pair<std::string, Json>> recognizers() {
  return {{"TSN", testing::tsn()},
          {"TSM", testing::tsm()},
          {"SlowOnly", testing::slow_only()},
          {"Swin", testing::swin()},
          {"TimeSformer", testing::drca(-1)},
          {"DRCA", testing::drca(1)},
          {"retrieval", testing::retrieval()},
          {"AdaFocus", testing::adafocus()},
          {"ResKD", testing::distilled()}};
}

std::vector<std::pair<std::string, Json>> samplers() {
  const Json skim = testing::skim_network();
  return {
      {"uniform", {{"type", "UniformSampler"}, {"num_segments", kChosen}}},
      {"random", {{"type", "RandomSampler"}, {"num_segments", kChosen}, {"total_segments", kFrames}}},
      {"fixed", {{"type", "FixedSampler"}, {"frames", {6, 1, 1, 3}}}},
      {"OCSampler", {{"type", "OCSampler"}, {"num_segments", kChosen}, {"resize_px", kSide / 2}, {"network", skim}}},
  };
}

/// Frames [N, M, 3, H, W] at these numbers, as a recognizer takes them.
at::Tensor frames_at(const at::Tensor& imgs, const Lists& numbers, InputLayout layout) {
  std::vector<at::Tensor> videos;
  for (size_t video = 0; video < numbers.size(); ++video)
    videos.push_back(imgs[static_cast<int64_t>(video)].index_select(0, at::tensor(numbers[video], at::kLong)));
  const at::Tensor all = at::stack(videos);
  return layout == InputLayout::kClips ? all.transpose(1, 2).unsqueeze(1) : all;
}

void check_same(const Result& got, const Result& want) {
  constexpr double kRounding = 1e-5;
  for (const auto& [a, b] : {std::pair{got.scores, want.scores},
                             {got.clip_scores, want.clip_scores},
                             {got.stage_logits, want.stage_logits},
                             {got.embeddings, want.embeddings}}) {
    REQUIRE(a.defined() == b.defined());
    if (a.defined()) CHECK(testing::relative_error(a, b) < kRounding);
  }
}

/// What was looked at: of the chosen frames those that the recognizer tells, all of them if it tells none.
void check_looked_at(const Result& got, const Result& alone, const Lists& chosen) {
  REQUIRE(got.picks.size() == chosen.size());
  REQUIRE(got.patches.size() == alone.patches.size());
  for (size_t video = 0; video < chosen.size(); ++video) {
    std::vector<int64_t> expected = chosen[video];
    if (!alone.picks.empty()) {
      expected.clear();
      for (const int64_t i : alone.picks[video]) expected.push_back(chosen[video].at(static_cast<size_t>(i)));
    }
    CHECK(got.picks[video] == expected);
    if (alone.patches.empty()) continue;
    REQUIRE(got.patches[video].size() == alone.patches[video].size());
    for (size_t i = 0; i < alone.patches[video].size(); ++i) {
      const Patch &a = got.patches[video][i], &b = alone.patches[video][i];
      CHECK(a.frame == chosen[video].at(static_cast<size_t>(b.frame)));
      CHECK(a.y == doctest::Approx(b.y));
      CHECK(a.x == doctest::Approx(b.x));
      CHECK(a.size == b.size);
    }
  }
}

}  // namespace

TEST_CASE("every sampler with every recognizer") {
  const at::Tensor imgs = testing::random_tensor({2, kFrames, 3, kSide, kSide}, 3);
  for (const auto& [recognizer_name, recognizer] : recognizers()) {
    for (const auto& [sampler_name, sampler] : samplers()) {
      CAPTURE(recognizer_name);
      CAPTURE(sampler_name);
      const auto both =
          testing::ready({{"type", "SampledRecognizer"}, {"sampler", sampler}, {"recognizer", recognizer}});
      const auto alone = build_system(recognizer);
      testing::copy_weights(*alone, *both);
      CHECK(both->num_classes() == alone->num_classes());
      const Lists chosen = lists_of(dynamic_cast<SampledSystem&>(*both).chooser().choose(imgs, {"0/0", "1/0"}, false));
      const Result expected = alone->run(frames_at(imgs, chosen, alone->layout()));
      const Result result = both->run(imgs);
      check_same(result, expected);
      check_looked_at(result, expected, chosen);
    }
  }
}

TEST_CASE("every recognizer on frames that motion chose") {
  const std::vector<double> motion{0, 0, 3, 0.5, 0, 4, 1};
  const auto frames = sampling::guided_test_frames(motion, kChosen);
  const at::Tensor imgs = testing::random_tensor({1, kFrames, 3, kSide, kSide}, 3);
  for (const auto& [name, recognizer] : recognizers()) {
    CAPTURE(name);
    const auto guided = testing::ready({{"type", "MGSampler"}, {"recognizer", recognizer}});
    const auto fixed = build_system({{"type", "SampledRecognizer"},
                                     {"sampler", {{"type", "FixedSampler"}, {"frames", frames}}},
                                     {"recognizer", recognizer}});
    testing::copy_weights(*fixed, *guided);
    check_same(guided->run(frames_at(imgs, {frames}, guided->layout())), fixed->run(imgs));
  }
}

}  // namespace vs::systems
