// Training of both AdaFocusV2 networks: what the golden cases do not cover.
#include "lib/train/tasks/adafocus_task.h"

#include "lib/nn/torch.h"

// After LibTorch, whose CHECK it replaces.
#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "lib/core/error.h"
#include "lib/nn/adafocus/clip_network.h"
#include "lib/nn/adafocus/network.h"
#include "lib/train/tasks/adafocus_clip_task.h"
#include "tests/lib/nn/random_weights.h"
#include "tests/lib/nn/refusal.h"

using namespace vs;
using namespace vs::train;
using nn::testing::is_refused;
using nn::testing::random_tensor;
using Json = nlohmann::ordered_json;

namespace {

constexpr int64_t kFrames = 3, kClasses = 4, kSide = 48;
constexpr int64_t kClipSide = 193, kClipGlance = 2, kClipFrames = 5;

Json frames_model() {
  return {{"type", "AdaFocusV2"},
          {"glance_arch", "res50"},
          {"num_segments", kFrames},
          {"num_classes", kClasses},
          {"patch_size", 32},
          {"stn_hidden_dim", 8},
          {"dropout", 0},
          {"fc_dropout", 0}};
}

Json clip_model() {
  return {{"type", "AdaFocusV2Clip"},
          {"num_segments", kClipGlance},
          {"num_classes", kClasses},
          {"patch_size", 32},
          {"dropout", 0}};
}

/// Uniform draws that are all the same, and how many there were.
class SameNoise : public nn::NoiseSource {
 public:
  explicit SameNoise(double value) : value_(value) {}
  at::Tensor uniform(at::IntArrayRef shape, const at::TensorOptions& options) override {
    ++draws;
    drawn = shape.vec();
    return at::full(shape, value_, options);
  }
  at::Tensor normal(at::IntArrayRef shape, const at::TensorOptions& options) override {
    return at::zeros(shape, options);
  }

  int draws = 0;
  std::vector<int64_t> drawn;

 private:
  double value_;
};

struct Ready {
  std::unique_ptr<Task> task;
  SameNoise noise{0.25};
};

std::unique_ptr<Ready> ready(std::unique_ptr<Task> task) {
  auto result = std::make_unique<Ready>();
  result->task = std::move(task);
  nn::testing::randomise(result->task->module(), 1);
  result->task->set_noise(&result->noise);
  result->task->prepare_training();
  return result;
}

std::unique_ptr<Ready> ready_frames() { return ready(build_adafocus_task(frames_model(), Json::object())); }
std::unique_ptr<Ready> ready_clips(bool partial_norm) {
  return ready(build_adafocus_clip_task(clip_model(), {{"partial_bn", partial_norm}}));
}

Batch frames_batch(int64_t videos = 2) {
  return {random_tensor({videos, kFrames, 3, kSide, kSide}, 2), at::arange(videos, at::kLong)};
}

Batch clip_batch(int64_t clips = 2) {
  return {random_tensor({clips, kClipFrames, 3, kClipSide, kClipSide}, 2), at::arange(clips, at::kLong)};
}

double part(const Losses& losses, const std::string& name) {
  for (const auto& [part, value] : losses.parts)
    if (part == name) return value.item<double>();
  return NAN;
}

/// Of the parameters whose name begins like this: how many have a gradient that is not zero everywhere.
int moved(Task& task, const std::string& prefix) {
  int count = 0;
  for (const nn::Entry& entry : task.module().entries())
    if (entry.name.starts_with(prefix) && entry.tensor->grad().defined() && entry.tensor->grad().any().item<bool>())
      ++count;
  return count;
}

std::map<std::string, at::Tensor> values_of(Task& task) {
  std::map<std::string, at::Tensor> values;
  for (const nn::Entry& entry : task.module().entries()) values[entry.name] = entry.tensor->detach().clone();
  return values;
}

}  // namespace

TEST_CASE("AdaFocusV2's loss is that of the glance and the mean of both branches") {
  const auto r = ready_frames();
  const Losses losses = r->task->losses(frames_batch());
  const double branches = part(losses, "loss_cat") + part(losses, "loss_local") + part(losses, "loss_cat_random") +
                          part(losses, "loss_local_random");
  CHECK(losses.total.item<double>() == doctest::Approx(part(losses, "loss_global") + branches / 2).epsilon(1e-5));
  CHECK(part(losses, "loss_cat") != part(losses, "loss_cat_random"));
  CHECK(r->noise.draws == 1);
  CHECK(r->noise.drawn == std::vector<int64_t>{2 * kFrames, 2});
  for (const auto& [name, value] : losses.parts) CHECK_FALSE(value.requires_grad());
  CHECK(part(losses, "top5_acc") == 1);  // of 4 classes
}

TEST_CASE("AdaFocusV2's policy learns through its own patches only, and its maps are detached") {
  const auto r = ready_frames();
  auto& network = dynamic_cast<nn::AdaFocus&>(r->task->module());
  const Batch batch = frames_batch();
  const at::Tensor frames = network.frames_of(batch.imgs);
  const nn::GlanceResult seen = network.glance(frames);
  // The places alone: what reaches the policy stops at the glance's maps.
  network.actions(seen.maps).sum().backward();
  CHECK(moved(*r->task, "policy_stn.") > 0);
  CHECK(moved(*r->task, "global_CNN.") == 0);

  const auto fresh = ready_frames();
  fresh->task->losses(batch).total.backward();
  CHECK(moved(*fresh->task, "policy_stn.fc.0.weight") == 1);
  CHECK(moved(*fresh->task, "global_CNN.conv1.") == 1);
  CHECK(moved(*fresh->task, "local_CNN.conv1.") == 1);
  // Classifiers of ImageNet that checkpoints hold and nothing uses.
  CHECK(moved(*fresh->task, "global_CNN.fc.") == 0);
  CHECK(moved(*fresh->task, "local_CNN.fc.") == 0);

  // The policy's gradient is half that of its branch's losses, whatever the random branch sees.
  const auto other = ready_frames();
  SameNoise elsewhere(0.75);
  other->task->set_noise(&elsewhere);
  other->task->losses(batch).total.backward();
  at::Tensor found[2];
  for (int i = 0; i < 2; ++i) {
    for (const nn::Entry& entry : (i ? other : fresh)->task->module().entries())
      if (entry.name == "policy_stn.fc.0.weight") found[i] = entry.tensor->grad();
  }
  CHECK(at::allclose(found[0], found[1], 1e-5, 1e-8));
}

TEST_CASE("AdaFocusV2's local network normalises twice a step, the glance once") {
  const auto r = ready_frames();
  r->task->losses(frames_batch());
  for (const nn::Entry& entry : r->task->module().entries()) {
    if (!entry.name.ends_with("num_batches_tracked")) continue;
    const bool twice = entry.name.starts_with("local_CNN.") || entry.name.starts_with("classifier.");
    CHECK_MESSAGE(entry.tensor->item<int64_t>() == (twice ? 2 : 1), entry.name);
  }
}

TEST_CASE("AdaFocusV2's training refuses what it cannot learn from") {
  const auto r = ready_frames();
  Batch batch = frames_batch();
  const auto refused = [&](const std::string& words) { return is_refused([&] { r->task->losses(batch); }, words); };
  batch.labels = at::tensor({0, int(kClasses)}, at::kLong);
  CHECK(refused(std::to_string(kClasses)));
  batch.labels = at::tensor({-1, 0}, at::kLong);
  CHECK(refused("-1"));
  batch.labels = at::zeros({3}, at::kLong);
  CHECK(refused("for 2 videos and 4 classes"));
  batch = frames_batch();
  batch.imgs = batch.imgs.slice(1, 0, 2);
  CHECK(refused("takes [videos, 3, 3, H, W]"));
  batch.imgs = at::zeros({0, kFrames, 3, kSide, kSide});
  CHECK(refused("a batch of 0 frames"));
  CHECK(is_refused([] { build_adafocus_task(frames_model(), {{"partial_bn", true}}); }, "train.partial_bn"));
  CHECK(is_refused([] { build_adafocus_task(clip_model(), Json::object()); }, "model.type"));
  CHECK(is_refused([] { build_adafocus_clip_task(frames_model(), Json::object()); }, "model.type"));
}

TEST_CASE("soft labels of AdaFocusV2 are those of every frame") {
  const Batch hard = frames_batch();
  Batch soft = hard;
  soft.labels = at::one_hot(hard.labels, kClasses).to(at::kFloat);
  const double expected = ready_frames()->task->losses(hard).total.item<double>();
  CHECK(ready_frames()->task->losses(soft).total.item<double>() == doctest::Approx(expected).epsilon(1e-5));
}

TEST_CASE("frozen batch normalisation of AdaFocusV2Clip stays as it was") {
  const auto r = ready_clips(true);
  const auto before = values_of(*r->task);
  const Losses losses = r->task->losses(clip_batch());
  losses.total.backward();
  const double branches = part(losses, "loss_cls") + part(losses, "loss_local_reg") + part(losses, "loss_cls_random") +
                          part(losses, "loss_local_reg_random");
  CHECK(losses.total.item<double>() == doctest::Approx(part(losses, "loss_global_reg") + branches / 2).epsilon(1e-5));
  CHECK(r->noise.drawn == std::vector<int64_t>{2, 2});

  int frozen = 0;
  for (const nn::Entry& entry : r->task->module().entries()) {
    if (!entry.name.ends_with("running_var")) continue;
    const std::string norm = entry.name.substr(0, entry.name.rfind('.'));
    const bool first = norm.ends_with("base_model.bn1") || norm.ends_with("base_model.features.0.1");
    const bool trained = first || norm.starts_with("policy_stn.");
    frozen += !trained;
    CHECK_MESSAGE(at::equal(*entry.tensor, before.at(entry.name)) == !trained, entry.name);
    for (const nn::Entry& other : r->task->module().entries()) {
      if (other.name == norm + ".weight" || other.name == norm + ".bias")
        CHECK_MESSAGE(other.tensor->grad().defined() == trained, other.name);
      if (other.name == norm + ".num_batches_tracked")
        CHECK_MESSAGE((other.tensor->item<int64_t>() == 0) == !trained, other.name);
    }
  }
  CHECK(frozen == 51 + 52);  // of MobileNetV2's 52 and ResNet-50's 53
  // The backbones learn from their own scores, the probes from theirs, the policy from its patches.
  for (const char* name : {"global_CNN.base_model.features.0.0.", "local_CNN.base_model.conv1.",
                           "global_CNN.new_fc.weight", "local_CNN.new_fc.weight", "policy_stn.10.weight"})
    CHECK_MESSAGE(moved(*r->task, name) == 1, name);
}

TEST_CASE("without partial_bn all normalisation of AdaFocusV2Clip is trained, and one clip is no batch") {
  const auto r = ready_clips(false);
  for (const nn::Entry& entry : r->task->module().entries())
    if (entry.kind == nn::EntryKind::kParameter) CHECK_MESSAGE(entry.tensor->requires_grad(), entry.name);
  CHECK(is_refused([&] { r->task->losses(clip_batch(1)); }, "a batch of 1 clips"));
  Batch batch = clip_batch();
  batch.imgs = batch.imgs.slice(1, 0, 4);
  CHECK(is_refused([&] { r->task->losses(batch); }, "takes [clips, 2 + 3, 3, H, W]"));
  batch = clip_batch();
  batch.labels = at::tensor({0, int(kClasses)}, at::kLong);
  CHECK(is_refused([&] { r->task->losses(batch); }, std::to_string(kClasses)));
}
