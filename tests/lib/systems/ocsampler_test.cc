// OCSampler and what samplers share: choices, clips, chunks, refusals.
#include "lib/systems/frame_chooser.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "lib/sampling/segment.h"
#include "lib/systems/sampled_system.h"
#include "tests/lib/systems/small_models.h"

namespace vs::systems {
namespace {

using testing::Json;
using testing::kChosen;
using testing::kClasses;
using testing::kFrames;
using testing::kSide;
using testing::ocsampler;
using testing::random_tensor;
using testing::refused;
using testing::relative_error;
using testing::run_refused;

constexpr double kRounding = 1e-5;

at::Tensor frames(int64_t videos, int64_t count, uint64_t seed = 3) {
  return random_tensor({videos, count, 3, kSide, kSide}, seed);
}

Json with_test(Json model, const Json& test) {
  model["test_cfg"].update(test);
  return model;
}

}  // namespace

TEST_CASE("the largest positions: falling values, the first of equals first") {
  const at::Tensor rows = at::tensor({0.1F, 0.4F, 0.1F, 0.4F, 0.2F}).view({1, 5});
  CHECK(at::equal(largest_positions(rows, 4), at::tensor({1, 3, 4, 0}, at::kLong).view({1, 4})));
  CHECK(largest_positions(rows, 1).sizes() == at::IntArrayRef({1, 1}));
}

TEST_CASE("the classifier gets the most probable frames in time order") {
  const auto system = testing::ready(ocsampler(false));
  const at::Tensor imgs = frames(3, kFrames);
  const Result result = system->run(imgs);
  auto& chooser = dynamic_cast<SkimChooser&>(dynamic_cast<SampledSystem&>(*system).chooser());
  const at::Tensor probabilities = chooser.probabilities(imgs, false);
  CHECK(probabilities.sizes() == at::IntArrayRef({3, kFrames}));
  for (int64_t video = 0; video < 3; ++video) {
    const auto& picks = result.picks[static_cast<size_t>(video)];
    REQUIRE(picks.size() == kChosen);
    CHECK(std::set<int64_t>(picks.begin(), picks.end()).size() == kChosen);
    CHECK(std::is_sorted(picks.begin(), picks.end()));
    const at::Tensor row = probabilities[video];
    const at::Tensor taken = row.index_select(0, at::tensor(picks, at::kLong));
    CHECK(taken.min().item<float>() >= std::get<0>(row.topk(kChosen)).min().item<float>());
  }
  CHECK(result.scores.sizes() == at::IntArrayRef({3, kClasses}));
  CHECK(result.clip_scores.sizes() == at::IntArrayRef({3, 1, kClasses}));
  CHECK(result.patches.empty());
}

TEST_CASE("shuffle: the frames stay in falling order of probability") {
  Json model = ocsampler(true);
  const auto plain = testing::ready(model);
  model["shuffle"] = true;
  const auto shuffled = build_system(model);
  testing::copy_weights(*shuffled, *plain);
  const at::Tensor imgs = frames(2, kFrames);
  auto lists = shuffled->run(imgs).picks;
  auto& chooser = dynamic_cast<SkimChooser&>(dynamic_cast<SampledSystem&>(*shuffled).chooser());
  const at::Tensor probabilities = chooser.probabilities(imgs, false);
  for (int64_t video = 0; video < 2; ++video) {
    const at::Tensor taken =
        probabilities[video].index_select(0, at::tensor(lists[static_cast<size_t>(video)], at::kLong));
    CHECK((taken.slice(0, 0, kChosen - 1) >= taken.slice(0, 1)).all().item<bool>());
  }
  for (auto& list : lists) std::sort(list.begin(), list.end());
  CHECK(lists == plain->run(imgs).picks);
}

TEST_CASE("clips of a video: frames of clip 0 first, scores averaged over clips") {
  const auto two = testing::ready(ocsampler(true));
  const auto one = build_system(ocsampler(true));
  testing::copy_weights(*one, *two);
  const at::Tensor imgs = frames(2, 2 * kFrames);
  const Result both = two->run(imgs);
  CHECK(both.clip_scores.sizes() == at::IntArrayRef({2, 2, kClasses}));
  const Result first = one->run(imgs.slice(1, 0, kFrames)), second = one->run(imgs.slice(1, kFrames));
  CHECK(relative_error(both.clip_scores.select(1, 0), first.clip_scores.select(1, 0)) < kRounding);
  CHECK(relative_error(both.clip_scores.select(1, 1), second.clip_scores.select(1, 0)) < kRounding);
  // average_clips prob
  CHECK(relative_error(both.scores, (first.scores + second.scores) / 2) < kRounding);
  REQUIRE(both.picks[1].size() == 2 * kChosen);
  for (size_t i = 0; i < kChosen; ++i) {
    CHECK(both.picks[1][i] == first.picks[1][i]);
    CHECK(both.picks[1][kChosen + i] == kFrames + second.picks[1][i]);
  }
}

TEST_CASE("another average, and none") {
  TestOptions options;
  for (const auto average : {nn::AverageClips::kNone, nn::AverageClips::kScore, nn::AverageClips::kProb}) {
    options.average_clips = average;
    const auto system = testing::ready(ocsampler(true), options);
    const Result result = system->run(frames(2, 2 * kFrames));
    const at::Tensor want = average == nn::AverageClips::kNone    ? result.clip_scores.flatten(0, 1)
                            : average == nn::AverageClips::kScore ? result.clip_scores.mean(1)
                                                                  : result.clip_scores.softmax(-1).mean(1);
    CHECK(relative_error(result.scores, want) < kRounding);
  }
}

TEST_CASE("chunks change nothing but the size that the skim network sees, if asked for") {
  const auto whole = testing::ready(ocsampler(true));
  const at::Tensor imgs = frames(2, 3 * kFrames);
  const Result want = whole->run(imgs);
  TestOptions options;
  for (const int64_t views : {kFrames, 2 * kFrames, 100 * kFrames}) {
    options.max_testing_views = views;
    const auto chunked = build_system(ocsampler(true), options);
    testing::copy_weights(*chunked, *whole);
    const Result got = chunked->run(imgs);
    CHECK(relative_error(got.clip_scores, want.clip_scores) < kRounding);
    CHECK(got.picks == want.picks);
  }
  options.views_keep_size = true;
  const auto full = build_system(ocsampler(true), options);
  testing::copy_weights(*full, *whole);
  Json unshrunk = ocsampler(true);
  unshrunk.erase("resize_px");
  const auto same = build_system(unshrunk);
  testing::copy_weights(*same, *whole);
  CHECK(full->run(imgs).picks == same->run(imgs).picks);
  CHECK(full->run(imgs).picks != want.picks);
  options.max_testing_views = kFrames + 1;
  CHECK(refused(ocsampler(true), "no multiple of the 8 frames", options));
}

TEST_CASE("uniform and random choice leave the skim network alone") {
  TestOptions options;
  options.frame_choice = FrameChoice::kUniform;
  const auto uniform = testing::ready(ocsampler(false), options);
  const auto learned = build_system(ocsampler(false));
  testing::copy_weights(*learned, *uniform);
  const at::Tensor imgs = frames(3, kFrames);
  CHECK(uniform->run(imgs).picks[2] == sampling::segment_centers(kFrames, kChosen));
  {
    const at::NoGradGuard no_gradients;
    for (const nn::Entry& entry : uniform->module().entries()) {
      if (entry.name.starts_with("sampler.") && entry.tensor->is_floating_point())
        *entry.tensor = at::full_like(*entry.tensor, NAN);
    }
  }
  CHECK(uniform->run(imgs).scores.isfinite().all().item<bool>());

  options.frame_choice = FrameChoice::kRandom;
  options.seed = 7;
  const auto random = testing::ready(ocsampler(false), options);
  const Result batch = random->run(imgs, {10, 11, 12});
  CHECK(random->run(imgs.slice(0, 2), {12}).picks[0] == batch.picks[2]);
  std::set<std::vector<int64_t>> different;
  for (uint64_t key = 0; key < 20; ++key) {
    const auto picks = random->run(imgs.slice(0, 0, 1), {key}).picks[0];
    CHECK(std::set<int64_t>(picks.begin(), picks.end()).size() == kChosen);
    CHECK(std::is_sorted(picks.begin(), picks.end()));
    different.insert(picks);
  }
  CHECK(different.size() > 5);
  options.seed = 8;
  const auto other = testing::ready(ocsampler(false), options);
  int changed = 0;
  for (uint64_t key = 0; key < 8; ++key)
    changed += other->run(imgs.slice(0, 0, 1), {key}).picks != random->run(imgs.slice(0, 0, 1), {key}).picks;
  CHECK(changed > 2);
  Json without = ocsampler(false);
  without["use_sampler"] = false;
  CHECK(refused(without, "nothing chooses the frames"));
  CHECK(build_system(without, options)->kind() == "Sampler2DRecognizer2D");
}

TEST_CASE("models that cannot be are refused") {
  Json model = ocsampler(false);
  model["num_test_segments"] = kFrames + 1;
  CHECK(refused(model, "9 of 8 frames"));
  model = ocsampler(false);
  model["nun_clips"] = 2;
  CHECK(refused(model, "num_clips"));
  model = ocsampler(false);
  model["backbone"] = testing::tsm(3)["backbone"];
  CHECK(refused(model, "no multiple of the 3"));
  model = with_test(ocsampler(true), {{"average_clip", "prob"}});
  CHECK(refused(model, "average_clips"));
  const Json inner = testing::tsn();
  const auto sampled = [&](const Json& sampler) {
    return Json{{"type", "SampledRecognizer"}, {"sampler", sampler}, {"recognizer", inner}};
  };
  CHECK(refused(sampled({{"type", "FixedSampler"}, {"frames", Json::array()}}), "no list of frames"));
  CHECK(refused(sampled({{"type", "FixedSampler"}, {"frames", {1, -1}}}), "no list of frames"));
  CHECK(refused(sampled({{"type", "FixedSampler"}, {"frames", {1, 9}}, {"total_segments", 8}}), "too few"));
  CHECK(refused(sampled({{"type", "UniformSampler"}, {"num_segments", 9}, {"total_segments", 8}}), "too few"));
  CHECK(refused(sampled({{"type", "UniformSample"}, {"num_segments", 9}}), "UniformSampler"));
  CHECK(refused({{"type", "SampledRecognizer"},
                 {"sampler", {{"type", "UniformSampler"}, {"num_segments", 3}}},
                 {"recognizer", testing::adafocus()}},
                "takes 4 frames a video, not 3"));
  CHECK(refused({{"type", "SampledRecognizer"},
                 {"sampler", {{"type", "UniformSampler"}, {"num_segments", 3}}},
                 {"recognizer", ocsampler(false)}},
                "recognizer.type"));
}

TEST_CASE("videos that cannot be are refused") {
  const auto images = testing::ready(ocsampler(false)), clips = testing::ready(ocsampler(true));
  CHECK(run_refused(*images, frames(1, kFrames + 1), "9 frames a video are not 1 clips of 8"));
  CHECK(run_refused(*images, frames(1, 2 * kFrames), "16 frames a video are not 1 clips of 8"));
  CHECK(run_refused(*clips, frames(1, kFrames + 1), "no multiple of the 8"));
  CHECK(run_refused(*images, frames(1, kFrames).unsqueeze(0), "takes [N, M, 3, H, W]"));
  CHECK(run_refused(*images, frames(1, kFrames).to(at::kByte), "numbers with a point"));
  CHECK(run_refused(*images, at::empty({0, kFrames, 3, kSide, kSide}), "takes [N, M, 3, H, W]"));
  CHECK(run_refused(*images, frames(2, kFrames), "1 keys for 2 videos", {5}));
  const auto fixed = testing::ready({{"type", "SampledRecognizer"},
                                     {"sampler", {{"type", "FixedSampler"}, {"frames", {5}}}},
                                     {"recognizer", testing::tsn()}});
  CHECK(run_refused(*fixed, frames(1, 5), "too few: the sampler needs 6"));
  CHECK(fixed->run(frames(1, 6)).picks[0] == std::vector<int64_t>{5});
}

TEST_CASE("prepared, OCSampler looks at the same frames") {
  for (const bool clips : {false, true}) {
    const auto system = testing::ready(ocsampler(clips));
    const at::Tensor imgs = frames(2, kFrames);
    const Result plain = system->run(imgs);
    system->prepare({});
    const Result prepared = system->run(imgs);
    CHECK(prepared.picks == plain.picks);
    CHECK(relative_error(prepared.clip_scores, plain.clip_scores) < kRounding);
    system->prepare({.dtype = at::kBFloat16});
    const Result half = system->run(imgs);
    CHECK(half.picks == plain.picks);
    CHECK(relative_error(half.clip_scores, plain.clip_scores) < 3e-2);
    system->unprepare();
    CHECK(at::equal(system->run(imgs).clip_scores, plain.clip_scores));
  }
}

}  // namespace vs::systems
