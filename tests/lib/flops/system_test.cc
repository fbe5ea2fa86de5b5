#include "lib/flops/system.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/flops/decode_time.h"
#include "lib/flops/latency.h"
#include "lib/flops/published.h"

namespace vs::flops {
namespace {

using Json = nlohmann::ordered_json;

CostNode cost_of(const Json& model, const std::vector<int64_t>& shape) {
  return cost_of_system(build_system(model, shape, "net"));
}

Json resnet(int depth, int channels) {
  return {{"type", "Recognizer2D"},
          {"backbone", {{"type", "ResNet"}, {"depth", depth}}},
          {"cls_head", {{"type", "TSNHead"}, {"num_classes", 1000}, {"in_channels", channels}}}};
}

TEST_CASE("torchvision's ResNets in both libraries' counts") {
  const Counts fifty = cost_of(resnet(50, 2048), {1, 3, 224, 224}).cost.counts;
  CHECK(fifty.mmcv == 4121924096);
  CHECK(fifty.fvcore == 4111512576);
  CHECK(fifty.macs == 4089184256);
  CHECK(fifty.in(Convention::kFlop) == 2 * fifty.macs);
  const Counts eighteen = cost_of(resnet(18, 512), {1, 3, 224, 224}).cost.counts;
  CHECK(eighteen.mmcv == 1822176768);
  CHECK(eighteen.fvcore == 1819065856);
}

TEST_CASE("every published figure is met within 1 %, or a reason stands beside it") {
  const auto comparisons = compare_published(store::recipe_names());
  CHECK(comparisons.size() > 60);
  size_t reasons = 0;
  for (const Comparison& c : comparisons) {
    CAPTURE(c.recipe);
    CAPTURE(c.published.source);
    CHECK(c.explained());
    reasons += !c.published.reason.empty();
  }
  CHECK(reasons == 2);
}

TEST_CASE("all recipes can be counted") {
  for (const auto& name : store::recipe_names()) {
    CAPTURE(name);
    const auto recipe = store::Recipe::load(name);
    const CostNode node = cost_of(recipe.model(), recipe.shape());
    CHECK(node.cost.counts.macs > 0);
    CHECK(!node.output.empty());
  }
}

TEST_CASE("OCSampler: the sampler sees all frames, the classifier the chosen ones") {
  const auto recipe = store::Recipe::load("activitynet_10to6_resnet50");
  const CostNode node = cost_of(recipe.model(), recipe.shape());
  REQUIRE(node.children.size() == 2);
  CHECK(node.children[0].cost.counts.macs == 977953280);
  CHECK(node.children[1].cost.counts.macs == 6 * 4087136256 + 51150848);
  CHECK(node.cost.counts.macs == 25551921664);
  Json model = recipe.model();
  model["num_test_segments"] = 11;
  CHECK_THROWS_AS(build_system(model, recipe.shape(), "net"), UsageError);
  model = recipe.model();
  model["sampel"] = 1;
  CHECK_THROWS_AS(build_system(model, recipe.shape(), "net"), UsageError);
}

TEST_CASE("ResKD: the student counts, the teacher is there") {
  const auto recipe = store::Recipe::load("rkd_r152_1x1x16_200e_actnet");
  const CostNode node = cost_of(recipe.model(), recipe.shape());
  CHECK(node.cost.counts.mmcv == 17346924544);
  CHECK(node.cost.counts.fvcore == 17307164672);
  CHECK(node.parameters == 82061640);
}

TEST_CASE("MGSampler: motion per frame, and with a recognizer") {
  const Json pa{{"type", "MGSampler"}, {"motion", {{"method", "pa"}, {"size", {20, 30}}}}, {"num_frames", 3}};
  CHECK(cost_of(pa, {1, 3, 20, 30}).cost.counts.macs == 3 * 1176 * 600);
  Json ssim = pa;
  ssim["motion"]["method"] = "ssim";
  CHECK(cost_of(ssim, {1, 3, 20, 30}).cost.counts.macs == 3 * (3 * 600 + 5 * 7 * (14 * 30 + 14 * 24)));
  ssim["recognizer"] = resnet(18, 512);
  const CostNode both = cost_of(ssim, {1, 3, 64, 64});
  CHECK(both.cost.counts.macs ==
        both.children[0].cost.counts.macs + cost_of(resnet(18, 512), {1, 3, 64, 64}).cost.counts.macs);
  Json bad = pa;
  bad["motion"]["method"] = "flow";
  CHECK_THROWS_AS(build_system(bad, {1, 3, 20, 30}, "net"), UsageError);
}

/// Names of the whole model's entries.
std::set<std::string> names_of(const Json& model, const std::vector<int64_t>& shape) {
  const System system = build_system(model, shape, "net");
  std::set<std::string> names;
  for (const nn::Entry& entry : whole_model(system).entries()) names.insert(entry.name);
  return names;
}

TEST_CASE("systems have the names of the references' whole models") {
  const auto ocsampler = store::Recipe::load("activitynet_10to6_resnet50");
  auto names = names_of(ocsampler.model(), ocsampler.shape());
  CHECK(names.size() == 314 + 318 + 9);
  for (const char* name : {"sampler.conv1.conv.weight", "sampler.layer2.1.conv.0.net.conv.weight",
                           "backbone.model.4.0.conv1.weight", "cls_head.layers.1.running_var", "cls_head.fc.bias"})
    CHECK_MESSAGE(names.contains(name), name);
  const auto distillation = store::Recipe::load("rkd_r152_1x1x16_200e_actnet");
  names = names_of(distillation.model(), distillation.shape());
  for (const char* name : {"backbone.low_res_path.conv1.conv.weight", "backbone.high_res_path.layer3.35.conv3.bn.bias",
                           "cls_head.fc_cls.weight"})
    CHECK_MESSAGE(names.contains(name), name);
  for (const auto& name : names)
    CHECK_MESSAGE((name.starts_with("backbone.low_res_path.") || name.starts_with("backbone.high_res_path.") ||
                   name.starts_with("cls_head.")),
                  name);
  Json motion{{"type", "MGSampler"}, {"motion", {{"method", "pa"}, {"size", {20, 30}}}}, {"num_frames", 3}};
  CHECK(names_of(motion, {1, 3, 20, 30}) == std::set<std::string>{"PA.shallow_conv.weight", "PA.shallow_conv.bias"});
  motion["motion"]["method"] = "ssim";
  CHECK(names_of(motion, {1, 3, 20, 30}).empty());
}

TEST_CASE("early exit is an expectation over the frames looked at") {
  const CostNode full = cost_of(resnet(18, 512), {4, 3, 64, 64});
  const CostNode half = with_early_exit(full, 4, {0.5, 0.25, 0.0, 0.25});
  const double share = 0.5 * 0.25 + 0.25 * 0.5 + 0.25;
  CHECK(half.cost.counts.macs == doctest::Approx(share * static_cast<double>(full.cost.counts.macs)).epsilon(1e-9));
  CHECK(half.children[0].cost.counts.mmcv ==
        doctest::Approx(share * static_cast<double>(full.children[0].cost.counts.mmcv)).epsilon(1e-9));
  CHECK(half.parameters == full.parameters);
  CHECK(with_early_exit(full, 4, {0, 0, 0, 1}).cost.counts == full.cost.counts);
  CHECK_THROWS_AS(with_early_exit(full, 4, {0.5, 0.5}), UsageError);
  CHECK_THROWS_AS(with_early_exit(full, 4, {0.5, 0.5, 0.5, 0}), UsageError);
  CHECK_THROWS_AS(with_early_exit(full, 4, {1.5, -0.5, 0, 0}), UsageError);
  CHECK_THROWS_AS(with_early_exit(full, 0, {1}), UsageError);
}

TEST_CASE("bad models and shapes are usage errors") {
  CHECK_THROWS_AS(build_system(Json::array(), {1, 3, 8, 8}, "net"), UsageError);
  CHECK_THROWS_AS(build_system(Json::object(), {1, 3, 8, 8}, "net"), UsageError);
  CHECK_THROWS_AS(build_system(resnet(18, 512), {3, 8, 8}, "net"), UsageError);
  CHECK_THROWS_AS(build_system(resnet(18, 511), {1, 3, 64, 64}, "net"), UsageError);
  CHECK_THROWS_AS(cost_of(resnet(18, 512), {1, 3, 8, 64, 64}), DataError);
}

TEST_CASE("latency: ordered times, the batch counts") {
  System system = build_system(resnet(18, 512), {1, 3, 32, 32}, "net");
  for (const bool bfloat16 : {false, true}) {
    const Latency latency =
        measure_latency(system, {.dtype = bfloat16 ? at::kBFloat16 : at::kFloat, .threads = 1, .batch = 2, .runs = 4});
    CHECK(latency.min_s > 0);
    CHECK(latency.min_s <= latency.median_s);
    CHECK(latency.median_s <= latency.p95_s);
    CHECK(latency.clips_per_s == doctest::Approx(2 / latency.median_s));
    CHECK(latency.peak_memory_bytes > 40'000'000);
    CHECK(latency.threads == 1);
  }
}

TEST_CASE("decoding: frames up to the last one needed") {
  const std::string videos = std::string(VS_TEST_DATA) + "/videos/";
  const DecodeTime time = measure_decoding(videos + "low_fps_1.mp4", 2);
  CHECK(time.frames == 5);
  CHECK(time.decoded == 4);
  CHECK(time.used == 2);
  CHECK(time.seconds > 0);
  CHECK(measure_decoding(videos + "low_fps_1.mp4", 16).decoded == 5);
  CHECK_THROWS_AS(measure_decoding(videos + "not_a_video.mp4", 2), DataError);
}

}  // namespace
}  // namespace vs::flops
