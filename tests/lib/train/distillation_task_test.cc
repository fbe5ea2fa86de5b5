// Steps of ResKD: what of the teacher moves, its file, and students that do not fit it.
#include "lib/train/tasks/distillation_task.h"

#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "lib/nn/loading.h"
#include "tests/lib/nn/random_weights.h"
#include "tests/lib/nn/refusal.h"
#include "tests/support/scratch.h"

namespace vs::train {
namespace {

using Json = nlohmann::ordered_json;
using nn::testing::is_refused;
using nn::testing::random_tensor;

constexpr int64_t kClasses = 4;

Json resnet(int64_t channels) { return {{"type", "ResNet"}, {"depth", 18}, {"base_channels", channels}}; }

/// A student on frames of 32 pixels, a teacher on frames of 64.
Json images(int64_t student = 8, int64_t teacher = 8) {
  return {{"type", "Recognizer2D"},
          {"backbone",
           {{"type", "RKD"},
            {"low_res_cfg", resnet(student)},
            {"high_res_cfg", resnet(teacher)},
            {"low_img_res", {32, 32}},
            {"high_feat_size", {2, 2}}}},
          {"cls_head",
           {{"type", "RKD2DHead"}, {"in_channels", 8 * student}, {"num_classes", kClasses}, {"dropout_ratio", 0}}}};
}

Json swin(int64_t width, double drop_path) {
  return {{"type", "SwinTransformer3D"}, {"patch_size", {2, 4, 4}},  {"embed_dim", width},         {"depths", {2, 2}},
          {"num_heads", {2, 4}},         {"window_size", {2, 4, 4}}, {"drop_path_rate", drop_path}};
}

Json clips() {
  return {{"type", "Recognizer3D"},
          {"backbone",
           {{"type", "RKD"},
            {"low_res_cfg", swin(8, 0)},
            {"high_res_cfg", swin(16, 0.5)},
            {"low_img_res", {16, 16}},
            {"high_feat_size", {4, 4}}}},
          {"cls_head",
           {{"type", "GeneralRKD3DHead"}, {"in_channels", 16}, {"num_classes", kClasses}, {"dropout_ratio", 0}}}};
}

/// Counts the draws.
class CountingNoise final : public nn::NoiseSource {
 public:
  at::Tensor uniform(at::IntArrayRef shape, const at::TensorOptions& options) override {
    ++calls;
    return noise_.uniform(shape, options);
  }
  at::Tensor normal(at::IntArrayRef shape, const at::TensorOptions& options) override {
    return noise_.normal(shape, options);
  }
  int64_t calls = 0;

 private:
  nn::SeededNoise noise_{1};
};

struct Ready {
  explicit Ready(const Json& model, const Json& distillation = Json::object())
      : task(build_distillation_task(model, {{"distillation", distillation}})) {
    nn::testing::randomise(task->module(), 4);
    task->set_noise(&noise);
    task->prepare_training();
  }
  at::Tensor entry(const std::string& name) {
    for (const nn::Entry& entry : task->module().entries()) {
      if (entry.name == name) return *entry.tensor;
    }
    return {};
  }
  std::map<std::string, double> parts(const Batch& batch) {
    const Losses losses = task->losses(batch);
    std::map<std::string, double> found{{"total", losses.total.item<double>()}};
    for (const auto& [name, value] : losses.parts) found[name] = value.item<double>();
    losses.total.backward();
    return found;
  }
  CountingNoise noise;
  std::unique_ptr<Task> task;
};

Batch frames() { return {random_tensor({2, 3, 3, 64, 64}, 3), at::tensor({1, 3}, at::kLong)}; }
Batch videos() { return {random_tensor({2, 1, 3, 4, 32, 32}, 3), at::tensor({1, 3}, at::kLong)}; }

const std::string kTeacher = "backbone.high_res_path.", kStudent = "backbone.low_res_path.";

}  // namespace

TEST_CASE("a step: losses add up, the teacher has no gradients, its statistics move") {
  Ready ready(images());
  const at::Tensor before = ready.entry(kTeacher + "conv1.bn.running_mean").clone();
  auto parts = ready.parts(frames());
  CHECK(parts.at("total") == doctest::Approx(parts.at("loss_cls") + parts.at("loss_kd")));
  CHECK(parts.at("loss_kd") > 0);
  CHECK(parts.contains("top1_acc"));
  CHECK(parts.contains("top5_acc"));
  for (const nn::Entry& entry : ready.task->module().entries()) {
    if (entry.kind != nn::EntryKind::kParameter) continue;
    CAPTURE(entry.name);
    CHECK(entry.tensor->requires_grad() == !entry.name.starts_with(kTeacher));
    CHECK(entry.tensor->grad().defined() == !entry.name.starts_with(kTeacher));
  }
  CHECK_FALSE(at::equal(before, ready.entry(kTeacher + "conv1.bn.running_mean")));
  CHECK(ready.task->label_use() == LabelUse::kDrawn);
}

TEST_CASE("a teacher in evaluation mode keeps its statistics") {
  Ready ready(images(), {{"teacher_eval", true}});
  const at::Tensor before = ready.entry(kTeacher + "conv1.bn.running_mean").clone();
  const at::Tensor own = ready.entry(kStudent + "conv1.bn.running_mean").clone();
  ready.parts(frames());
  CHECK(at::equal(before, ready.entry(kTeacher + "conv1.bn.running_mean")));
  CHECK_FALSE(at::equal(own, ready.entry(kStudent + "conv1.bn.running_mean")));
}

TEST_CASE("the teacher drops paths, or not") {
  Ready drops(clips()), keeps(clips(), {{"teacher_drop_path", false}}), evaluated(clips(), {{"teacher_eval", true}});
  for (Ready* ready : {&drops, &keeps, &evaluated}) ready->parts(videos());
  CHECK(drops.noise.calls == 6);  // two a block, none in the first, whose rate is 0
  CHECK(keeps.noise.calls == 0);
  CHECK(evaluated.noise.calls == 0);
}

TEST_CASE("weights: the head's, the published default, the recipe's") {
  const double published = Ready(images()).parts(frames()).at("loss_kd");
  Json model = images();
  model["cls_head"]["w_loss_kd"] = 10;
  CHECK(Ready(model).parts(frames()).at("loss_kd") == doctest::Approx(published / 10));
  CHECK(Ready(model, {{"weight", 50}}).parts(frames()).at("loss_kd") == doctest::Approx(published / 2));
}

TEST_CASE("scores of clips: a classifier of the teacher's own, for images and clips, of any width") {
  for (const bool of_images : {true, false}) {
    Ready ready(of_images ? images(8, 16) : clips(), {{"part", "scores"}, {"temperature", 4}, {"weight", 1}});
    const at::Tensor classifier = ready.entry("cls_head.fc_cls_t.weight");
    CHECK(classifier.size(1) == (of_images ? 128 : 32));
    const auto parts = ready.parts(of_images ? frames() : videos());
    CHECK(parts.at("loss_kd") > 0);
    CHECK_FALSE(classifier.requires_grad());
    CHECK(ready.entry("cls_head.fc_cls.weight").grad().defined());
  }
  // A teacher that says the same as its student is no loss, but for rounding.
  Json same = images();
  same["backbone"]["low_img_res"] = {64, 64};
  Ready ready(same, {{"part", "scores"}, {"weight", 1}});
  const at::NoGradGuard no_gradients;
  for (const nn::Entry& entry : ready.task->module().entries()) {
    std::string from = entry.name;
    if (from.starts_with(kTeacher)) from.replace(0, kTeacher.size(), kStudent);
    if (const auto at = from.find("fc_cls_t"); at != std::string::npos) from.replace(at, 8, "fc_cls");
    if (from != entry.name) entry.tensor->copy_(ready.entry(from));
  }
  for (const auto& [name, value] : ready.task->losses(frames()).parts) {
    if (name == "loss_kd") CHECK(std::abs(value.item<double>()) < 1e-5);
  }
}

TEST_CASE("a student that does not fit its teacher is refused") {
  const auto build = [](const Json& model, const Json& train = Json::object()) {
    return [=] { build_distillation_task(model, train); };
  };
  CHECK(is_refused(build(images(8, 16)), "the student gives 64 channels, the teacher 128"));
  CHECK(is_refused(build(images(), {{"mixup", {{"alpha", 0.2}}}}), "train.mixup"));
  CHECK(is_refused(build(images(), {{"distillation", {{"parts", "scores"}}}}), "train.distillation"));
  CHECK(is_refused(build(images(), {{"distillation", {{"temperature", 0}}}}), "temperature"));
  Json plain = images();
  plain["backbone"] = resnet(8);
  CHECK(is_refused(build(plain), "is no recognizer with a backbone RKD"));
  Json coarse = images();
  coarse["backbone"]["high_feat_size"] = {3, 2};
  Ready ready(coarse);
  CHECK(
      is_refused([&] { ready.task->losses(frames()); }, "the student gives [6, 64, 3, 2], the teacher [6, 64, 2, 2]"));
  Json odd = images();
  odd["backbone"]["high_feat_size"] = {0, 2};
  CHECK(is_refused(build(odd), "model.backbone.high_feat_size"));
  Ready fine(images());
  Batch bad = frames();
  bad.labels = at::tensor({int64_t{1}, kClasses}, at::kLong);
  CHECK(is_refused([&] { fine.task->losses(bad); }, "class 4"));
  bad = frames();
  bad.imgs = bad.imgs[0];
  bad.labels = at::tensor({1, 1, 1}, at::kLong);
  CHECK(is_refused([&] { fine.task->losses(bad); }, "takes [N, M, 3, H, W]"));
}

TEST_CASE("the teacher's file: a recognizer's, or that of a student with its teacher") {
  const test::Scratch folder("vs-distillation");
  const auto teacher =
      nn::build_recognizer({{"type", "Recognizer3D"},
                            {"backbone", swin(16, 0.5)},
                            {"cls_head", {{"type", "I3DHead"}, {"in_channels", 32}, {"num_classes", kClasses}}}});
  nn::testing::randomise(*teacher, 77);
  nn::save_weights(*teacher, folder / "teacher.safetensors");
  Json model = clips();
  Ready without(model);
  CHECK(is_refused([&] { without.task->begin_run(); }, "model.backbone.pretrained_t"));
  model["backbone"]["pretrained_t"] = folder / "teacher.safetensors";
  Ready ready(model);
  const at::Tensor own = ready.entry("cls_head.fc_cls.weight").clone();
  ready.task->begin_run();
  for (const nn::Entry& entry : teacher->entries()) {
    std::string name = entry.name;
    if (name.starts_with("backbone.")) name.insert(9, "high_res_path.");
    if (const auto at = name.find("fc_cls."); at != std::string::npos) name.insert(at + 6, "_t");
    CHECK(at::equal(ready.entry(name), *entry.tensor));
  }
  CHECK(at::equal(ready.entry("cls_head.fc_cls.weight"), own));

  nn::save_weights(ready.task->module(), folder / "both.safetensors");
  model["backbone"].erase("pretrained_t");
  model["cls_head"]["pretrained_t"] = folder / "both.safetensors";
  Ready again(model);
  again.task->begin_run();
  for (const char* name : {"backbone.high_res_path.norm.weight", "cls_head.fc_cls_t.weight"})
    CHECK(at::equal(again.entry(name), ready.entry(name)));
}

TEST_CASE("a file of another network than the teacher is refused") {
  const test::Scratch folder("vs-distillation-other");
  const auto write = [&](const Json& backbone, const std::string& name) {
    const auto network =
        nn::build_recognizer({{"type", "Recognizer2D"},
                              {"backbone", backbone},
                              {"cls_head", {{"type", "TSNHead"}, {"in_channels", 64}, {"num_classes", kClasses}}}});
    nn::testing::randomise(*network, 5);
    nn::save_weights(*network, folder / name);
  };
  const auto load = [&](const std::string& name) {
    Json model = images();
    model["backbone"]["pretrained_t"] = folder / name;
    Ready ready(model);
    ready.task->begin_run();
  };
  Json deeper = resnet(8);
  deeper["depth"] = 34;
  write(deeper, "deeper");
  CHECK(is_refused([&] { load("deeper"); }, "the teacher has no backbone.high_res_path.layer"));
  write(resnet(8), "equal");
  load("equal");
  Json wider = images(8, 16);
  wider["backbone"]["pretrained_t"] = folder / "equal";
  auto task = build_distillation_task(wider, {{"distillation", {{"part", "scores"}}}});
  nn::testing::randomise(task->module(), 1);
  CHECK(is_refused([&] { task->begin_run(); }, "equal"));
  CHECK(is_refused([&] { load("absent"); }, "--set model.backbone.pretrained_t=FILE"));
}

}  // namespace vs::train
