// A student beside any teacher: what each sees, what is trained, outputs in the place of the teacher.
#include "lib/train/tasks/taught_task.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "lib/nn/loading.h"
#include "tests/lib/nn/random_weights.h"
#include "tests/lib/nn/refusal.h"
#include "tests/support/scratch.h"

namespace vs::train {
namespace {

using Json = nlohmann::ordered_json;
using nn::testing::is_refused;
using nn::testing::random_tensor;

Json images(int64_t width, int64_t classes = 4) {
  return {
      {"type", "Recognizer2D"},
      {"backbone", {{"type", "ResNet"}, {"depth", 18}, {"base_channels", width}}},
      {"cls_head", {{"type", "TSNHead"}, {"in_channels", 8 * width}, {"num_classes", classes}, {"dropout_ratio", 0}}}};
}

Json clips() {
  return {{"type", "Recognizer3D"},
          {"backbone",
           {{"type", "SwinTransformer3D"},
            {"patch_size", {2, 4, 4}},
            {"embed_dim", 8},
            {"depths", {1, 1}},
            {"num_heads", {1, 2}},
            {"window_size", {2, 4, 4}}}},
          {"cls_head", {{"type", "I3DHead"}, {"in_channels", 16}, {"num_classes", 4}, {"dropout_ratio", 0}}}};
}

Json train_with(const Json& teacher, const std::string& weights, const Json& terms) {
  return {{"distillation", {{"teacher", {{"model", teacher}, {"weights", weights}}}, {"terms", terms}, {"views", 2}}}};
}

const Json kScores = Json::array({{{"part", "scores"}, {"temperature", 2}}});

/// A teacher's file, and a task with it.
struct Ready {
  Ready(const Json& student, const Json& teacher, const Json& terms, const Json& sizes = Json::object()) {
    const auto network = nn::build_recognizer(teacher);
    nn::testing::randomise(*network, 9);
    nn::save_weights(*network, folder / "teacher.safetensors");
    Json train = train_with(teacher, folder / "teacher.safetensors", terms);
    train["distillation"].update(sizes);
    task = build_taught_task(student, train);
    nn::testing::randomise(task->module(), 4);
    task->set_noise(&noise);
    task->prepare_training();
  }
  TaughtTask& taught() { return dynamic_cast<TaughtTask&>(*task); }
  test::Scratch folder{"vs-taught"};
  nn::SeededNoise noise{1};
  std::unique_ptr<Task> task;
};

Batch frames(int64_t side = 64) {
  return {random_tensor({2, 4, 3, side, side}, 3), at::tensor({1, 3}, at::kLong), {5, 7}};
}
Batch videos() { return {random_tensor({2, 2, 3, 4, 32, 32}, 3), at::tensor({1, 3}, at::kLong), {5, 7}}; }

double part(const Losses& losses, const std::string& name) {
  for (const auto& [other, value] : losses.parts) {
    if (other == name) return value.item<double>();
  }
  return -1;
}

/// Gives back what a teacher said, for the items and the view that it was told.
class Kept final : public TeacherOutputs {
 public:
  std::vector<at::Tensor> of(const std::vector<int64_t>& items, int64_t view) override {
    asked = items;
    of_view = view;
    return outputs;
  }
  std::vector<at::Tensor> outputs;
  std::vector<int64_t> asked;
  int64_t of_view = -1;
};

}  // namespace

TEST_CASE("the module is the student alone, under its own names") {
  Ready ready(images(4), images(8), kScores);
  const auto student = nn::build_recognizer(images(4));
  const auto entries = ready.task->module().entries(), own = student->entries();
  REQUIRE(entries.size() == own.size());
  for (size_t i = 0; i < own.size(); ++i) CHECK(entries[i].name == own[i].name);
  const Losses losses = ready.task->losses(frames());
  CHECK(losses.total.item<double>() == doctest::Approx(part(losses, "loss_cls") + part(losses, "loss_kd")));
  CHECK(part(losses, "loss_kd") > 0);
  CHECK(part(losses, "loss_scores") == -1);
  losses.total.backward();
  for (const auto& entry : entries) {
    if (entry.kind == nn::EntryKind::kParameter) CHECK(entry.tensor->grad().defined());
  }
}

TEST_CASE("features of two widths add a layer between them, before the student's entries") {
  Ready ready(images(4), images(8),
              {{{"part", "features"}}, {{"part", "pooled"}, {"weight", 2}}, {{"part", "scores"}}});
  const auto entries = ready.task->module().entries();
  CHECK(entries[0].name == "adaptation.features.weight");
  CHECK(entries[0].tensor->sizes() == at::IntArrayRef({64, 32}));
  CHECK(entries[4].name == "backbone.conv1.conv.weight");
  const Losses losses = ready.task->losses(frames());
  CHECK(part(losses, "loss_kd") ==
        doctest::Approx(part(losses, "loss_features") + part(losses, "loss_pooled") + part(losses, "loss_scores")));
  // Of one width there is none.
  Ready equal(images(4), images(4), Json::array({{{"part", "features"}}}));
  CHECK(equal.task->module().entries()[0].name == "backbone.conv1.conv.weight");
}

TEST_CASE("a student with its teacher's weights and frames has nothing to learn from it in evaluation") {
  Ready ready(images(4), images(4), kScores);
  nn::load_weights(ready.task->module(), ready.folder / "teacher.safetensors");
  ready.task->module().train(false);
  CHECK(part(ready.task->losses(frames()), "loss_kd") < 1e-9);
  Ready shrunk(images(4), images(4), kScores, {{"student_size", {32, 32}}});
  nn::load_weights(shrunk.task->module(), shrunk.folder / "teacher.safetensors");
  shrunk.task->module().train(false);
  CHECK(part(shrunk.task->losses(frames()), "loss_kd") > 1e-7);
}

TEST_CASE("kinds may differ: frames become clips, clips frames") {
  const Json all = {{{"part", "features"}}, {{"part", "pooled"}}, {{"part", "score_maps"}}, {{"part", "scores"}}};
  Ready by_clips(images(4), clips(), all);
  CHECK(part(by_clips.task->losses(frames()), "loss_kd") > 0);
  CHECK(by_clips.taught().teach(frames().imgs)[3].sizes() == at::IntArrayRef({2, 1, 4}));
  Ready by_images(clips(), images(4), all);
  CHECK(part(by_images.task->losses(videos()), "loss_kd") > 0);
  // A clip is a video of images: a row of scores each.
  CHECK(by_images.taught().teach(videos().imgs)[3].sizes() == at::IntArrayRef({2, 2, 4}));
  CHECK(at::equal(frames_for(frames_for(videos().imgs.slice(1, 0, 1), false), true), videos().imgs.slice(1, 0, 1)));
  CHECK(is_refused([] { frames_for(at::ones({2, 3}), true); }, "is neither"));
}

TEST_CASE("outputs in the place of the teacher give the same loss; the view follows the epoch") {
  Ready ready(images(4), images(8), kScores);
  const Batch batch = frames();
  const double with_teacher = part(ready.task->losses(batch), "loss_kd");
  Kept kept;
  kept.outputs = ready.taught().teach(batch.imgs);
  ready.taught().use_outputs(kept);
  ready.task->prepare_training();
  ready.task->begin_step(7, 12, 2);  // the fourth epoch
  CHECK(part(ready.task->losses(batch), "loss_kd") == doctest::Approx(with_teacher));
  CHECK(kept.asked == std::vector<int64_t>{5, 7});
  CHECK(kept.of_view == 1);
  CHECK_THROWS_AS(ready.taught().teach(batch.imgs), std::logic_error);
}

TEST_CASE("what does not fit is refused") {
  const auto build = [](const Json& student, const Json& train) { return [=] { build_taught_task(student, train); }; };
  CHECK(is_refused(build(images(4), train_with(images(4, 5), "", kScores)), "has 5 classes, the student 4"));
  CHECK(is_refused(build(images(4), train_with(images(4), "", Json())), "train.distillation.terms"));
  Json mixed = train_with(images(4), "", kScores);
  mixed["mixup"] = {{"alpha", 0.2}};
  CHECK(is_refused(build(images(4), mixed), "train.mixup"));
  auto nobody = build_taught_task(images(4), train_with(images(4), "", kScores));
  nn::testing::randomise(nobody->module(), 1);
  CHECK(is_refused([&] { nobody->prepare_training(); }, "--teacher"));
  Ready other(images(4), images(4), kScores);
  auto wrong = build_taught_task(images(4), train_with(images(8), other.folder / "teacher.safetensors", kScores));
  CHECK(is_refused([&] { wrong->prepare_training(); }, "teacher.safetensors"));
}

}  // namespace vs::train
