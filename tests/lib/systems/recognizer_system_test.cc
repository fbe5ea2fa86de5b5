// Systems of one network: plain recognizers, DRCA, ResKD, retrieval; options, meta tensors, recipes.
#include "lib/systems/recognizer_system.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "lib/nn/recognizers/recognizer.h"
#include "lib/store/recipe.h"
#include "lib/systems/distillation.h"
#include "tests/lib/systems/small_models.h"

namespace vs::systems {
namespace {

using testing::drca;
using testing::Json;
using testing::kChosen;
using testing::kClasses;
using testing::kSide;
using testing::random_tensor;
using testing::refused;
using testing::relative_error;
using testing::run_refused;

constexpr double kRounding = 1e-5;

at::Tensor clips(int64_t videos, int64_t count, int64_t frames = kChosen) {
  return random_tensor({videos, count, 3, frames, kSide, kSide}, 3);
}

}  // namespace

TEST_CASE("temporal shift: whole clips only, and one number of segments") {
  const auto system = testing::ready(testing::tsm(4));
  const at::Tensor imgs = random_tensor({2, 8, 3, kSide, kSide}, 3);
  const Result two = system->run(imgs);
  CHECK(two.clip_scores.sizes() == at::IntArrayRef({2, 2, kClasses}));
  CHECK(relative_error(two.clip_scores.select(1, 1), system->run(imgs.slice(1, 4)).clip_scores.select(1, 0)) <
        kRounding);
  // Without the check, four videos of six frames would be taken for six of four.
  CHECK(run_refused(*system, imgs.slice(1, 0, 6), "6 images a video are no multiple of the 4"));
  Json other = testing::tsm(4);
  other["cls_head"]["num_segments"] = 8;
  CHECK(refused(other, "8, but the backbone shifts over 4 frames"));
  TestOptions options;
  options.max_testing_views = 6;
  CHECK(refused(testing::tsm(4), "no multiple of the 4", options));
  options.max_testing_views = 4;
  const auto chunked = build_system(testing::tsm(4), options);
  testing::copy_weights(*chunked, *system);
  CHECK(relative_error(chunked->run(imgs).clip_scores, two.clip_scores) < kRounding);
}

TEST_CASE("chunks of clips change nothing") {
  for (const Json& model : {testing::slow_only(), testing::swin(), drca(1)}) {
    const auto whole = testing::ready(model);
    const Result want = whole->run(clips(2, 3));
    CHECK(want.scores.dim() == 2);
    TestOptions options;
    options.max_testing_views = 2;
    const auto chunked = build_system(model, options);
    testing::copy_weights(*chunked, *whole);
    const Result got = chunked->run(clips(2, 3));
    CHECK(relative_error(got.clip_scores, want.clip_scores) < kRounding);
    CHECK(got.picks == want.picks);
  }
}

TEST_CASE("DRCA: k is chosen at test time, and the frames kept are told") {
  const auto two = testing::ready(drca(1));
  const Result result = two->run(clips(2, 3));
  REQUIRE(result.picks.size() == 2);
  REQUIRE(result.picks[0].size() == 3 * 2);
  for (size_t i = 0; i < 6; ++i) CHECK(result.picks[1][i] / kChosen == static_cast<int64_t>(i / 2));
  TestOptions options;
  options.kept_frames = 3;
  const auto three = build_system(drca(1), options);
  testing::copy_weights(*three, *two);
  CHECK(three->run(clips(1, 1)).picks[0].size() == 3);
  Json described = drca(1);
  described["backbone"]["comp_k"] = 3;
  const auto same = build_system(described);
  testing::copy_weights(*same, *two);
  CHECK(at::equal(same->run(clips(1, 1)).scores, three->run(clips(1, 1)).scores));
  options.kept_frames = kChosen;
  CHECK(refused(drca(1), "4 of 4 frames cannot be kept", options));
  CHECK(refused(drca(-1), "compresses no frames", options));
  CHECK(refused(testing::swin(), "kept_frames", options));
  CHECK(two->run(clips(1, 1)).embeddings.defined() == false);
  CHECK(testing::ready(drca(-1))->run(clips(1, 1)).picks.empty());
  CHECK(run_refused(*two, clips(1, 1, 5), "takes clips of 4 frames, not of 5"));
  for (const char* strategy : {"uniform", "wo_diff_rank"}) {
    described["backbone"]["comp_strategy"] = strategy;
    CHECK(testing::ready(described)->run(clips(1, 2)).picks[0].size() == 6);
  }
}

TEST_CASE("retrieval: an embedding a clip, in chunks or not") {
  const auto system = testing::ready(testing::retrieval());
  const Result result = system->run(clips(2, 3));
  CHECK(result.embeddings.sizes() == at::IntArrayRef({2, 3, 16}));
  CHECK_FALSE(result.scores.defined());
  TestOptions options;
  options.max_testing_views = 4;
  const auto chunked = build_system(testing::retrieval(), options);
  testing::copy_weights(*chunked, *system);
  CHECK(relative_error(chunked->run(clips(2, 3)).embeddings, result.embeddings) < kRounding);
  options.average_clips = nn::AverageClips::kProb;
  CHECK(refused(testing::retrieval(), "average_clips", options));
}

TEST_CASE("halving is the mean of two by two, frame by frame") {
  const at::Tensor x = random_tensor({2, 3, 5, 8, 6}, 1);
  const at::Tensor half = resize_frames(x, {4, 3});
  CHECK(half.sizes() == at::IntArrayRef({2, 3, 5, 4, 3}));
  CHECK(at::allclose(half, at::avg_pool3d(x, {1, 2, 2}), 1e-5, 1e-6));
  CHECK(at::allclose(resize_frames(x.select(2, 1), {4, 3}), half.select(2, 1)));
  CHECK_THROWS_AS(resize_frames(x[0][0], {4, 3}), DataError);
}

TEST_CASE("ResKD: the student on shrunk frames; its teacher is there if asked for") {
  const auto student = testing::ready(testing::distilled());
  const auto plain = build_system(testing::tsn());
  for (const nn::Entry& entry : plain->module().entries()) {
    for (const nn::Entry& from : student->module().entries()) {
      std::string name = from.name;
      if (const auto at = name.find("low_res_path."); at != std::string::npos) name.erase(at, 13);
      if (name == entry.name) *entry.tensor = *from.tensor;
    }
  }
  const at::Tensor imgs = random_tensor({2, 3, 3, kSide, kSide}, 3);
  const at::Tensor small = resize_frames(imgs.flatten(0, 1), {32, 32}).unflatten(0, {2, 3});
  CHECK(relative_error(student->run(imgs).scores, plain->run(small).scores) < kRounding);
  TestOptions options;
  options.with_teacher = true;
  CHECK(build_system(testing::distilled(), options)->module().entries().size() ==
        2 * student->module().entries().size() - 2);
  CHECK(refused(testing::tsn(), "with_teacher", options));
  Json swin = testing::swin();
  swin["backbone"] = {{"type", "RKD"}, {"low_res_cfg", swin["backbone"]}, {"high_res_cfg", swin["backbone"]}};
  swin["cls_head"]["type"] = "GeneralRKD3DHead";
  const auto entries = build_system(swin, options)->module().entries();
  CHECK(entries.back().name == "cls_head.fc_cls_t.bias");
  swin["cls_head"]["type"] = "RKD2DHead";
  CHECK(refused(swin, "RKD2DHead does not fit a Recognizer3D"));
  Json wide = testing::distilled();
  wide["cls_head"]["in_channels"] = 512;
  CHECK(refused(wide, "the student gives 64 channels"));
}

TEST_CASE("prepared, every system says the same") {
  const at::Tensor images = random_tensor({2, kChosen, 3, kSide, kSide}, 3);
  for (const Json& model : {testing::tsn(), testing::tsm(), testing::slow_only(), testing::swin(), drca(1), drca(-1),
                            testing::retrieval(), testing::distilled()}) {
    CAPTURE(model.dump());
    const auto system = testing::ready(model);
    const at::Tensor imgs = system->layout() == InputLayout::kClips ? clips(2, 2) : images;
    const auto numbers = [&] {
      const Result result = system->run(imgs);
      return result.embeddings.defined() ? result.embeddings : result.clip_scores;
    };
    const at::Tensor plain = numbers();
    system->prepare({});
    CHECK(relative_error(numbers(), plain) < 1e-4);
    system->prepare({.dtype = at::kBFloat16});
    CHECK(relative_error(numbers(), plain) < 3e-2);
    system->unprepare();
    CHECK(at::equal(numbers(), plain));
  }
}

TEST_CASE("options are read, and words that are none are refused") {
  const TestOptions options = read_test_options(Json{{"average_clips", "score"},
                                                     {"max_testing_views", 3},
                                                     {"frame_choice", "uniform"},
                                                     {"patch_choice", "fixed"},
                                                     {"patch_place", {0.25, 1}},
                                                     {"exit_thresholds", {1, 2.5}},
                                                     {"exit_measure", "entropy"},
                                                     {"kept_frames", 2},
                                                     {"seed", 9}});
  CHECK(options.average_clips == nn::AverageClips::kScore);
  CHECK(options.max_testing_views == 3);
  CHECK(options.frame_choice == FrameChoice::kUniform);
  CHECK(options.patch_choice == PatchChoice::kFixed);
  CHECK(options.patch_place[0] == 0.25);
  CHECK(options.patch_place[1] == 1);
  CHECK((options.exit_thresholds == std::vector<double>{1, 2.5}));
  CHECK(options.exit_measure == ExitMeasure::kEntropy);
  CHECK(options.kept_frames == 2);
  CHECK(options.seed == 9);
  CHECK(read_test_options(Json()).frame_choice == FrameChoice::kMostProbable);
  for (const Json& bad : {Json{{"patch_place", {0.25}}}, Json{{"patch_place", {0.25, 2}}},
                          Json{{"patch_choise", "fixed"}}, Json{{"frame_choice", "best"}},
                          Json{{"exit_thresholds", {1, "x"}}}, Json{{"exit_thresholds", 1}}, Json{{"kept_frames", 0}}})
    CHECK_THROWS_AS(read_test_options(bad), UsageError);
}

TEST_CASE("what is no model is refused") {
  CHECK(refused(Json::array(), "is no object"));
  CHECK(refused(Json::object(), "type"));
  CHECK(refused({{"type", "Recogniser2D"}}, "Recognizer2D"));
  CHECK(refused({{"type", "MGSampler"}, {"motion", {{"method", "pa"}}}}, "motion alone gives no scores"));
}

TEST_CASE("every recipe builds without memory, and runs on meta tensors") {
  const TestOptions options;
  for (const std::string& name : store::recipe_names()) {
    CAPTURE(name);
    const store::Recipe recipe = store::Recipe::load(name);
    if (recipe.model().value("type", "") == "MGSampler" && !recipe.model().contains("recognizer")) continue;
    const auto system = build_system(recipe.model(), options);
    for (const nn::Entry& entry : system->module().entries()) REQUIRE(entry.tensor->is_meta());
    std::vector<int64_t> shape = recipe.shape();
    if (shape.empty()) continue;
    shape.insert(shape.begin(), 1);
    const Result result = system->run(at::empty(shape, at::device(at::kMeta).dtype(at::kFloat)));
    const at::Tensor& numbers = result.embeddings.defined() ? result.embeddings : result.scores;
    CHECK(numbers.is_meta());
    CHECK(numbers.size(0) == 1);
    if (system->num_classes() > 0) CHECK(numbers.size(-1) == system->num_classes());
    CHECK(result.picks.empty());
  }
}

}  // namespace vs::systems
