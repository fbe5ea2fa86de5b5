// Training steps of OCSampler: what learns and what stays, every way of rewarding, refusals.
#include "lib/train/tasks/ocsampler_task.h"

#include <ATen/autocast_mode.h>
#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "lib/nn/config.h"
#include "lib/systems/system.h"
#include "lib/train/tasks/frame_classifier.h"
#include "tests/lib/nn/refusal.h"
#include "tests/lib/systems/small_models.h"

namespace vs::train {
namespace {

using nn::testing::is_refused;
using systems::testing::Json;
using systems::testing::kChosen;
using systems::testing::kClasses;
using systems::testing::kFrames;
using systems::testing::kSide;
using systems::testing::ocsampler;
using systems::testing::random_tensor;
using systems::testing::randomise;
using systems::testing::relative_error;

constexpr int64_t kVideos = 2;

/// The classifier stays as it is unless the test says otherwise.
Json model_of(bool clips, const Json& changes = Json::object()) {
  Json model = ocsampler(clips);
  model["cls_head"]["final_loss"] = false;
  model.merge_patch(changes);
  return model;
}

Json sampled(bool clips) {
  Json model{{"type", "SampledRecognizer"},
             {"sampler",
              {{"type", "OCSampler"},
               {"network", systems::testing::skim_network()},
               {"num_segments", kChosen},
               {"resize_px", kSide / 2}}},
             {"recognizer", clips ? systems::testing::slow_only() : systems::testing::tsn()}};
  return model;
}

std::unique_ptr<Task> ready(const Json& model, const Json& train = Json::object(), at::ScalarType dtype = at::kFloat) {
  auto task = build_ocsampler_task(model, train);
  randomise(task->module(), 1, dtype);
  task->prepare_training();
  return task;
}

Batch batch(at::ScalarType dtype = at::kFloat, std::vector<int64_t> labels = {1, 4}) {
  const auto videos = static_cast<int64_t>(labels.size());
  return {random_tensor({videos, kFrames, 3, kSide, kSide}, 3).to(dtype), at::tensor(labels, at::kLong)};
}

Losses step(Task& task, const Batch& videos = batch(), uint64_t seed = 7) {
  nn::SeededNoise noise(seed);
  task.set_noise(&noise);
  Losses losses = task.losses(videos);
  losses.total.backward();
  return losses;
}

double part(const Losses& losses, const std::string& name) {
  for (const auto& [key, value] : losses.parts) {
    if (key == name) return value.item<double>();
  }
  return NAN;
}

/// First components of the names of parameters that got a gradient.
std::set<std::string> trained_parts(Task& task) {
  std::set<std::string> parts;
  for (const nn::Entry& entry : task.module().entries()) {
    if (entry.tensor->grad().defined()) parts.insert(entry.name.substr(0, entry.name.find('.')));
  }
  return parts;
}

std::map<std::string, at::Tensor> values(Task& task) {
  std::map<std::string, at::Tensor> copies;
  for (const nn::Entry& entry : task.module().entries()) copies[entry.name] = entry.tensor->detach().clone();
  return copies;
}

bool build_refused(const Json& model, const std::string& words, const Json& train = Json::object()) {
  return is_refused([&] { build_ocsampler_task(model, train); }, words);
}

}  // namespace

TEST_CASE("a checkpoint of the task is one of the test-time system") {
  for (const Json& model : {model_of(false), model_of(true), sampled(false), sampled(true)}) {
    const auto task = build_ocsampler_task(model, Json::object());
    const auto system = systems::build_system(model);
    const auto got = task->module().entries(), wanted = system->module().entries();
    REQUIRE(got.size() == wanted.size());
    for (size_t i = 0; i < got.size(); ++i) CHECK(got[i].name == wanted[i].name);
  }
}

TEST_CASE("a step trains the skim network alone") {
  for (const bool clips : {false, true}) {
    CAPTURE(clips);
    const auto task = ready(model_of(clips));
    const auto before = values(*task);
    const Losses losses = step(*task);
    CHECK(std::isfinite(losses.total.item<double>()));
    CHECK(part(losses, "loss_cls") == losses.total.item<double>());
    CHECK(part(losses, "reward") ==
          doctest::Approx(part(losses, "origin_reward") - part(losses, "bs_reward")).epsilon(1e-4));
    CHECK(trained_parts(*task) == std::set<std::string>{"sampler"});
    const auto after = values(*task);
    CHECK(!at::equal(before.at("sampler.conv1.bn.running_mean"), after.at("sampler.conv1.bn.running_mean")));
    for (const auto& [name, value] : after) {
      if (!name.starts_with("sampler.")) CHECK(at::equal(value, before.at(name)));
    }
  }
}

TEST_CASE("the same draws give the same step, others another") {
  const auto a = ready(model_of(false)), b = ready(model_of(false)), c = ready(model_of(false));
  const double first = step(*a).total.item<double>();
  CHECK(step(*b).total.item<double>() == first);
  CHECK(step(*c, batch(), 8).total.item<double>() != first);
}

TEST_CASE("single and double precision agree, with the classifier made fast in one of them") {
  const auto narrow = ready(model_of(false)), wide = ready(model_of(false), Json::object(), at::kDouble);
  const Batch videos = batch();
  const double exact = step(*wide, batch(at::kDouble)).total.item<double>();
  CHECK(step(*narrow, videos).total.item<double>() == doctest::Approx(exact).epsilon(1e-3));
  CHECK(step(*narrow, videos).parts.size() == step(*wide, batch(at::kDouble)).parts.size());
}

TEST_CASE("in half precision the policy is still computed in single") {
  const auto narrow = ready(model_of(false)), wide = ready(model_of(false));
  const double exact = part(step(*wide), "all_probs");
  at::autocast::set_autocast_enabled(at::kCPU, true);
  nn::SeededNoise noise(7);
  narrow->set_noise(&noise);
  const Losses losses = narrow->losses(batch());
  at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(at::kCPU, false);
  losses.total.backward();
  CHECK((losses.total.scalar_type() == at::kFloat));
  CHECK(part(losses, "all_probs") == doctest::Approx(exact).epsilon(0.2));
  CHECK(dynamic_cast<SamplingTask&>(*narrow).last_choice().probabilities.sum(1).sub(1).abs().max().item<float>() <
        1e-6);
}

TEST_CASE("every baseline with every reward, and both kinds of probability") {
  for (const bool clips : {false, true}) {
    for (const char* mode : {"gradient_policy", "tsn", "max", "random"}) {
      for (const int reward : {1, 2, 3, 4}) {
        CAPTURE(clips);
        CAPTURE(mode);
        CAPTURE(reward);
        const char* calculation = reward % 2 == 0 ? "all" : "approximate";
        const auto task =
            ready(model_of(clips, {{"bp_mode", mode}, {"reward_kind", reward}, {"calc_mode", calculation}}));
        const Losses losses = step(*task);
        CHECK(std::isfinite(losses.total.item<double>()));
        CHECK(std::isnan(part(losses, "bs_reward")) == (reward == 3));
        CHECK(std::isnan(part(losses, "all_probs")) == (!clips && reward % 2 == 1));
      }
    }
  }
}

TEST_CASE("one frame of many, and all of them") {
  for (const int64_t chosen : {int64_t{1}, kFrames}) {
    for (const char* mode : {"gradient_policy", "tsn", "max", "random"}) {
      const auto task = ready(model_of(false, {{"num_segments", chosen}, {"bp_mode", mode}, {"explore_rate", 0}}));
      const Losses losses = step(*task);
      const FrameChoice& choice = dynamic_cast<SamplingTask&>(*task).last_choice();
      CHECK(choice.frames.sizes() == at::IntArrayRef({kVideos, chosen}));
      if (chosen == 1) continue;
      CHECK(part(losses, "all_probs") == doctest::Approx(1).epsilon(1e-5));
      CHECK(part(losses, "reward") == doctest::Approx(0).epsilon(1e-5));
    }
  }
}

TEST_CASE("frames that two choices share are looked at once, with the same features") {
  int64_t looked_at = 0;
  const auto head =
      nn::build_head(nn::Config(Json{{"type", "TSNHead"}, {"in_channels", 3}, {"num_classes", 5}}, "head"));
  randomise(*head, 2);
  const auto backbone = [&](const at::Tensor& rows) {
    looked_at += rows.size(0);
    return rows * 2;
  };
  const at::Tensor imgs = random_tensor({2, 6, 3, 4, 4}, 5);
  const at::Tensor first = at::tensor({5, 0, 2, 1, 2, 3}, at::kLong).view({2, 3});
  const at::Tensor second = at::tensor({0, 2, 4, 1, 2, 3}, at::kLong).view({2, 3});
  const auto each = FrameClassifier(backbone, *head, FrameUse::kEach, false).look(imgs, first, second);
  CHECK(looked_at == 4 + 3);
  const auto together = FrameClassifier(backbone, *head, FrameUse::kTogether, false).look(imgs, first, second);
  CHECK(looked_at == 4 + 3 + 12);
  CHECK(at::equal(each.first, together.first));
  CHECK(at::equal(each.second, together.second));
  CHECK(relative_error(each.first[1 * 3 + 2], imgs[1][3].mean(at::IntArrayRef{1, 2}) * 2) < 1e-5);
}

TEST_CASE("with final_loss the classifier learns too, but for what is frozen") {
  const Json joint{{"cls_head", {{"final_loss", true}, {"dropout_ratio", 0.5}}}};
  const auto task = ready(model_of(true, joint));
  const auto before = values(*task);
  const Losses losses = step(*task);
  CHECK(trained_parts(*task) == std::set<std::string>{"sampler", "backbone", "cls_head"});
  CHECK(part(losses, "loss_cls") ==
        doctest::Approx(part(losses, "entropy_fc") + part(losses, "sampler_loss")).epsilon(1e-4));
  CHECK(losses.total.item<double>() ==
        doctest::Approx(part(losses, "loss_cls") + part(losses, "sampler_loss")).epsilon(1e-4));
  for (const auto& [name, value] : values(*task)) {
    if (name.starts_with("backbone.")) CHECK(at::equal(value, before.at(name)));
  }

  // The reference's ResNet50 does not learn, a frozen head neither.
  Json frozen = model_of(false);
  frozen["backbone"] = {{"type", "ResNet50"}, {"depth", 18}, {"base_channels", 8}};
  frozen["cls_head"] = {{"type", "R50Head"}, {"in_channels", 64}, {"num_neurons", 16}, {"num_classes", kClasses}};
  const auto head_only = ready(frozen);
  step(*head_only);
  CHECK(trained_parts(*head_only) == std::set<std::string>{"sampler", "cls_head"});
  frozen["cls_head"]["frozen"] = true;
  const auto none = ready(frozen);
  step(*none);
  CHECK(trained_parts(*none) == std::set<std::string>{"sampler"});
}

TEST_CASE("a frozen sampler chooses as at test, and the classifier learns") {
  const Json changes{{"sampler", {{"freeze_all", true}}}, {"cls_head", {{"final_loss", true}}}};
  const auto task = ready(model_of(true, changes));
  const auto before = values(*task);
  const Losses losses = step(*task);
  CHECK(trained_parts(*task) == std::set<std::string>{"backbone", "cls_head"});
  CHECK(part(losses, "reward") == 0);
  CHECK(losses.total.item<double>() == part(losses, "loss_cls"));
  for (const auto& [name, value] : values(*task)) {
    if (name.starts_with("sampler.")) CHECK(at::equal(value, before.at(name)));
  }
  const auto system = systems::testing::ready(model_of(true, changes));
  const auto picks = system->run(batch().imgs).picks;
  const at::Tensor frames = dynamic_cast<SamplingTask&>(*task).last_choice().frames;
  for (int64_t video = 0; video < kVideos; ++video)
    CHECK(at::equal(frames[video], at::tensor(picks[static_cast<size_t>(video)], at::kLong)));
  CHECK(build_refused(model_of(true, {{"sampler", {{"freeze_all", true}}}}), "nothing of it is to be trained"));
}

TEST_CASE("a sampler before any recognizer, with temporal shift too") {
  Json shifted = sampled(false);
  shifted["recognizer"] = systems::testing::tsm();
  for (const Json& model : {sampled(false), sampled(true), shifted}) {
    const auto task = ready(model);
    step(*task);
    CHECK(trained_parts(*task) == std::set<std::string>{"sampler"});
  }
  const auto joint = ready(sampled(false), {{"policy", {{"final_loss", true}, {"bp_mode", "max"}}}});
  step(*joint);
  CHECK(trained_parts(*joint) == std::set<std::string>{"sampler", "backbone", "cls_head"});
  CHECK(build_refused(shifted, "TSMHead", {{"policy", {{"reward_kind", 2}}}}));
  CHECK(build_refused(sampled(false), "policy.reward_kinds", {{"policy", {{"reward_kinds", 2}}}}));
  Json uniform = sampled(false);
  uniform["sampler"] = {{"type", "UniformSampler"}, {"num_segments", kChosen}};
  CHECK(build_refused(uniform, "nothing to be trained"));
  Json other = sampled(false);
  other["recognizer"] = systems::testing::adafocus();
  CHECK(build_refused(other, "no skim network"));
}

TEST_CASE("the weight of the entropy follows the run") {
  const Json train{{"adjust_parameters", {{"base_ratio", 0.5}, {"min_ratio", 0.1}, {"style", "step"}}}};
  const auto task = ready(model_of(false, {{"explore_rate", 0.9}}), train);
  task->begin_step(0, 10, 5);
  CHECK(part(step(*task), "explore_rate") == doctest::Approx(0.5));
  task->begin_step(5, 10, 5);
  CHECK(part(step(*task), "explore_rate") == doctest::Approx(0.3));
  const auto fixed = ready(model_of(false, {{"explore_rate", 0.9}}));
  fixed->begin_step(5, 10, 5);
  CHECK(part(step(*fixed), "explore_rate") == doctest::Approx(0.9));
  CHECK(part(step(*fixed), "entropy") > 0);
}

TEST_CASE("labels and frames that do not fit are refused") {
  const auto task = ready(model_of(false));
  nn::SeededNoise noise(1);
  task->set_noise(&noise);
  const auto refused = [&](const Batch& videos, const std::string& words) {
    return is_refused([&] { task->losses(videos); }, words);
  };
  CHECK(refused(batch(at::kFloat, {1, kClasses}), "class 5 is not in 0 to 4"));
  CHECK(refused(batch(at::kFloat, {-1, 0}), "class -1"));
  Batch short_clip = batch();
  short_clip.imgs = short_clip.imgs.narrow(1, 0, kFrames - 1);
  CHECK(refused(short_clip, "takes [videos, 8, 3, H, W]"));
  Batch several = batch();
  several.labels = at::rand({kVideos, kClasses});
  CHECK(std::isfinite(step(*task, several).total.item<double>()));
}

TEST_CASE("options that cannot be are refused where they stand") {
  CHECK(build_refused(model_of(false, {{"bp_mode", "tns"}}), "model.bp_mode"));
  CHECK(build_refused(model_of(false, {{"calc_mode", "some"}}), "model.calc_mode"));
  CHECK(build_refused(model_of(false, {{"reward_kind", 5}}), "model.reward_kind"));
  CHECK(build_refused(model_of(false, {{"clamp_range", 0.1}}), "model.clamp_range"));
  CHECK(build_refused(model_of(false, {{"cal_number", kChosen - 1}}), "model.cal_number"));
  CHECK(build_refused(model_of(true, {{"cal_number", kChosen}}), "model.cal_number"));
  CHECK(build_refused(model_of(false, {{"num_segments", kFrames + 1}}), "9 of 8 frames"));
  CHECK(build_refused(model_of(false), "train.policy", {{"policy", {{"bp_mode", "max"}}}}));
  Json many = model_of(false, {{"num_segments", 13}});
  many["sampler"]["total_segments"] = many["sampler"]["num_segments"] = 16;
  CHECK(build_refused(many, "13 frames"));
  many["calc_mode"] = "approximate";
  CHECK(!build_refused(many, ""));
  const auto renormalised = ready(model_of(false, {{"cal_number", kChosen}, {"explore_rate", 0}}));
  CHECK(std::abs(step(*renormalised).total.item<double>()) < 1e-5);
}

}  // namespace vs::train
