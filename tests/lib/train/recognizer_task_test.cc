#include "lib/train/tasks/recognizer_task.h"

#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/nn/recognizers/recognizer.h"
#include "lib/train/losses/classification.h"
#include "lib/train/tasks/mixup.h"
#include "tests/lib/nn/random_weights.h"
#include "tests/lib/nn/refusal.h"

namespace vs::train {
namespace {

using Json = nlohmann::ordered_json;
using nn::testing::random_tensor;
using nn::testing::randomise;
using nn::testing::refusal_of;
using nn::testing::relative_error;

/// A TSN of few channels without drop-out.
Json model_of(const Json& backbone_keys = Json::object(), const Json& head_keys = Json::object()) {
  Json model{{"type", "Recognizer2D"},
             {"backbone", {{"type", "ResNet"}, {"depth", 18}, {"base_channels", 4}}},
             {"cls_head", {{"type", "TSNHead"}, {"num_classes", 5}, {"in_channels", 32}, {"dropout_ratio", 0}}}};
  model["backbone"].update(backbone_keys);
  model["cls_head"].update(head_keys);
  return model;
}

std::unique_ptr<Task> task_of(const Json& model, const Json& train = Json::object()) {
  auto task = build_task(model, train);
  randomise(task->module(), 1);
  task->prepare_training();
  return task;
}

Batch small_batch() { return {random_tensor({3, 2, 3, 32, 32}, 2), at::tensor(std::vector<int64_t>{4, 0, 2})}; }

std::map<std::string, at::Tensor> copies(Task& task) {
  std::map<std::string, at::Tensor> values;
  for (const nn::Entry& entry : task.module().entries()) values[entry.name] = entry.tensor->detach().clone();
  return values;
}

/// Entries that a step of plain gradient descent changed.
std::set<std::string> changed_by_a_step(Task& task, const Batch& batch) {
  const auto before = copies(task);
  task.losses(batch).total.backward();
  const at::NoGradGuard no_gradients;
  std::set<std::string> changed;
  for (const nn::Entry& entry : task.module().entries()) {
    if (entry.tensor->grad().defined()) entry.tensor->sub_(entry.tensor->grad(), 0.1);
    if (!entry.tensor->equal(before.at(entry.name))) changed.insert(entry.name);
  }
  return changed;
}

bool is_statistic(const std::string& name) {
  return name.find("running_") != std::string::npos || name.find("num_batches") != std::string::npos;
}

nn::PlainRecognizer& network_of(Task& task) { return dynamic_cast<nn::PlainRecognizer&>(task.module()); }

double part(const Losses& losses, const std::string& name) {
  for (const auto& [key, value] : losses.parts) {
    if (key == name) return value.item<double>();
  }
  return -1;
}

TEST_CASE("without frozen parts a step changes every entry") {
  const auto task = task_of(model_of());
  CHECK(changed_by_a_step(*task, small_batch()).size() == task->module().entries().size());
}

TEST_CASE("norm_eval: the statistics stay, everything else is trained") {
  const auto task = task_of(model_of({{"norm_eval", true}}));
  const auto changed = changed_by_a_step(*task, small_batch());
  for (const nn::Entry& entry : task->module().entries()) {
    INFO(entry.name);
    CHECK(changed.contains(entry.name) == !is_statistic(entry.name));
  }
}

TEST_CASE("partial_bn: only the first normalisation is trained") {
  const auto task = task_of(model_of({{"partial_bn", true}}));
  const auto changed = changed_by_a_step(*task, small_batch());
  for (const nn::Entry& entry : task->module().entries()) {
    INFO(entry.name);
    const bool fixed = entry.name.find(".bn.") != std::string::npos && !entry.name.starts_with("backbone.conv1.");
    CHECK(changed.contains(entry.name) == !fixed);
  }
}

TEST_CASE("frozen stages stay as they are, also after a validation") {
  const auto task = task_of(model_of({{"frozen_stages", 2}}));
  task->module().train(false);
  task->prepare_training();
  const auto changed = changed_by_a_step(*task, small_batch());
  for (const nn::Entry& entry : task->module().entries()) {
    INFO(entry.name);
    bool frozen = false;
    for (const char* stage : {"backbone.conv1.", "backbone.layer1.", "backbone.layer2."})
      frozen = frozen || entry.name.starts_with(stage);
    CHECK(changed.contains(entry.name) == !frozen);
  }
}

/// Names of the parameters without gradients.
std::set<std::string> without_gradients(const Json& model) {
  const auto task = build_task(model, Json::object());
  task->prepare_training();
  std::set<std::string> names;
  for (const nn::Entry& entry : task->module().entries()) {
    if (entry.kind == nn::EntryKind::kParameter && !entry.tensor->requires_grad()) names.insert(entry.name);
  }
  return names;
}

/// Whether the parameters without gradients are those under these prefixes.
bool frozen_are(const Json& model, const std::vector<std::string>& prefixes) {
  const auto frozen = without_gradients(model);
  const auto task = build_task(model, Json::object());
  for (const nn::Entry& entry : task->module().entries()) {
    if (entry.kind != nn::EntryKind::kParameter) continue;
    bool expected = false;
    for (const std::string& prefix : prefixes) expected = expected || entry.name.starts_with("backbone." + prefix);
    if (frozen.contains(entry.name) != expected) return false;
  }
  return !frozen.empty() || prefixes.empty();
}

TEST_CASE("the stages of each backbone") {
  const auto swin = [](int64_t stages) {
    return Json{{"type", "Recognizer3D"},
                {"backbone",
                 {{"type", "SwinTransformer3D"},
                  {"embed_dim", 8},
                  {"depths", {1, 1}},
                  {"num_heads", {1, 2}},
                  {"frozen_stages", stages}}},
                {"cls_head", {{"type", "I3DHead"}, {"num_classes", 5}, {"in_channels", 16}}}};
  };
  CHECK(frozen_are(swin(-1), {}));
  CHECK(frozen_are(swin(0), {"patch_embed."}));
  CHECK(frozen_are(swin(1), {"patch_embed.", "layers.0."}));
  CHECK(frozen_are(swin(2), {"patch_embed.", "layers."}));
  const auto mobile = [](int64_t stages) {
    return Json{{"type", "Recognizer2D"},
                {"backbone", {{"type", "MobileNetV2"}, {"frozen_stages", stages}}},
                {"cls_head", {{"type", "TSNHead"}, {"num_classes", 5}, {"in_channels", 1280}}}};
  };
  CHECK(frozen_are(mobile(0), {"conv1."}));
  CHECK(frozen_are(mobile(2), {"conv1.", "layer1.", "layer2."}));
  CHECK(frozen_are(mobile(8), {""}));
  const auto sequence = [](const Json& keys) {
    Json model{{"type", "Recognizer2D"},
               {"backbone", {{"type", "ResNet50"}, {"base_channels", 4}}},
               {"cls_head", {{"type", "TSNHead"}, {"num_classes", 5}, {"in_channels", 128}}}};
    model["backbone"].update(keys);
    return model;
  };
  CHECK(frozen_are(sequence({{"frozen_stages", 0}}), {"model.0.", "model.1."}));
  CHECK(frozen_are(sequence({{"frozen_stages", 1}}), {"model.0.", "model.1.", "model.4."}));
  CHECK(frozen_are(sequence({{"freeze_all", true}}), {""}));
  CHECK(refusal_of([&] { build_task(mobile(9), Json::object()); }).find("model.backbone.frozen_stages: 9") !=
        std::string::npos);
  CHECK(refusal_of([&] {
          build_task(model_of({{"frozen_stages", 5}}), Json::object());
        }).find("has 4 stages") != std::string::npos);
  CHECK(refusal_of([&] {
          build_task(model_of({{"norm_eval", 1}}), Json::object());
        }).find("norm_eval") != std::string::npos);
}

TEST_CASE("the loss is the head's, of the network in training mode") {
  const Json head{{"loss_cls", {{"type", "CrossEntropyLoss"}, {"loss_weight", 0.5}, {"class_weight", {1, 2, 3, 4, 5}}}},
                  {"topk", {1, 2}}};
  const auto task = task_of(model_of({{"norm_eval", true}}, head));
  const Batch batch = small_batch();
  const Losses losses = task->losses(batch);
  const at::Tensor logits = network_of(*task).logits(batch.imgs);
  const at::Tensor expected =
      classification_loss(logits, batch.labels, {.weight = 0.5, .class_weights = at::tensor({1., 2., 3., 4., 5.})});
  CHECK(relative_error(losses.total.detach(), expected.detach()) < 1e-6);
  CHECK(part(losses, "loss_cls") == losses.total.item<double>());
  CHECK(part(losses, "top1_acc") == top_k_share(logits, batch.labels, 1).item<double>());
  CHECK(part(losses, "top2_acc") == top_k_share(logits, batch.labels, 2).item<double>());
  CHECK(part(losses, "top5_acc") == -1);
  CHECK(task->label_use() == LabelUse::kDrawn);
}

TEST_CASE("several labels a video: rows, smoothed, without an accuracy") {
  const auto task = task_of(model_of({{"norm_eval", true}}, {{"multi_class", true}, {"label_smooth_eps", 0.1}}));
  CHECK(task->label_use() == LabelUse::kAll);
  Batch batch = small_batch();
  CHECK_THROWS_AS(task->losses(batch), DataError);
  batch.labels = (random_tensor({3, 5}, 5) > 0).to(at::kFloat);
  const Losses losses = task->losses(batch);
  CHECK(losses.parts.size() == 1);
  const at::Tensor logits = network_of(*task).logits(batch.imgs);
  const at::Tensor expected = -((batch.labels * 0.9 + 0.02) * at::log_softmax(logits, 1)).sum() / 3;
  CHECK(relative_error(losses.total.detach(), expected.detach()) < 1e-6);
}

TEST_CASE("every clip of a video is compared with its label") {
  const Json model{
      {"type", "Recognizer3D"},
      {"backbone", {{"type", "ResNet3dSlowOnly"}, {"depth", 18}, {"base_channels", 4}, {"norm_eval", true}}},
      {"cls_head", {{"type", "I3DHead"}, {"num_classes", 5}, {"in_channels", 32}, {"dropout_ratio", 0}}}};
  const auto task = task_of(model);
  const Batch batch{random_tensor({2, 3, 3, 2, 32, 32}, 2), at::tensor(std::vector<int64_t>{1, 3})};
  const at::Tensor expected =
      classification_loss(network_of(*task).logits(batch.imgs), at::tensor(std::vector<int64_t>{1, 1, 1, 3, 3, 3}));
  CHECK(relative_error(task->losses(batch).total.detach(), expected.detach()) < 1e-6);
}

TEST_CASE("label smoothing and mixup, as the training asks") {
  const Batch batch = small_batch();
  const at::Tensor rows = rows_of_labels(batch.labels, 5, at::kFloat);
  const auto smoothed = task_of(model_of({{"norm_eval", true}}), {{"label_smoothing", 0.1}});
  const at::Tensor logs = at::log_softmax(network_of(*smoothed).logits(batch.imgs), 1).detach();
  CHECK(relative_error(smoothed->losses(batch).total.detach(), -((rows * 0.9 + 0.02) * logs).sum() / 3) < 1e-6);

  const auto blended = task_of(model_of({{"norm_eval", true}}), {{"mixup", {{"alpha", 0.4}}}});
  nn::SeededNoise noise(9), again(9);
  blended->set_noise(&noise);
  const Batch shown = mixed_up({batch.imgs, rows}, 0.4, again);
  const at::Tensor expected = classification_loss(network_of(*blended).logits(shown.imgs), shown.labels);
  CHECK(relative_error(blended->losses(batch).total.detach(), expected.detach()) < 1e-6);
}

TEST_CASE("dropped features follow the task's noise") {
  const auto task = task_of(model_of({{"norm_eval", true}}, {{"dropout_ratio", 0.5}}));
  const auto loss = [&](uint64_t seed) {
    nn::SeededNoise noise(seed);
    task->set_noise(&noise);
    return task->losses(small_batch()).total.item<double>();
  };
  CHECK(loss(1) == loss(1));
  CHECK(loss(1) != loss(2));
}

TEST_CASE("a recognizer behind MGSampler is trained under its own names") {
  const Json guided{{"type", "MGSampler"}, {"num_frames", 8}, {"recognizer", model_of()}};
  const auto inner = build_task(model_of(), Json::object()), outer = build_task(guided, Json::object());
  const auto names = inner->module().entries();
  const auto same = outer->module().entries();
  REQUIRE(names.size() == same.size());
  for (size_t i = 0; i < names.size(); ++i) CHECK(names[i].name == same[i].name);
  Json bad = guided;
  bad["recognizer"]["cls_head"]["num_classes"] = 0;
  CHECK(refusal_of([&] { build_task(bad, Json::object()); }).find("model.recognizer.cls_head.num_classes") !=
        std::string::npos);
  CHECK(refusal_of([&] {
          build_task({{"type", "MGSampler"}}, Json::object());
        }).find("model.recognizer") != std::string::npos);
}

TEST_CASE("what cannot be trained is refused with its place") {
  const auto refusal = [](const Json& model, const Json& train = Json::object()) {
    return refusal_of([&] { build_task(model, train); });
  };
  CHECK(refusal({{"type", "Recognizer4D"}}).find("model.type: no training is known") != std::string::npos);
  CHECK(refusal({{"backbone", Json::object()}}).find("model.type: is missing") != std::string::npos);
  const auto head = [](const Json& keys) { return model_of(Json::object(), keys); };
  CHECK(refusal(head({{"loss_cls", {{"type", "BCELossWithLogits"}}}})).find("model.cls_head.loss_cls.type") !=
        std::string::npos);
  CHECK(refusal(head({{"loss_cls", {{"class_weight", {1, 2}}}}})).find("class_weight: has 2") != std::string::npos);
  CHECK(refusal(head({{"loss_cls", {{"class_weight", {1, 2, 3, 4, -1}}}}})).find("class_weight") != std::string::npos);
  CHECK(refusal(head({{"loss_cls", {{"loss_wieght", 1}}}})).find("loss_weight") != std::string::npos);
  CHECK(refusal(head({{"topk", {0}}})).find("model.cls_head.topk") != std::string::npos);
  CHECK(refusal(model_of(), {{"mixup", {{"alpha", 0}}}}).find("train.mixup.alpha") != std::string::npos);
  CHECK(refusal(model_of(), {{"mixup", {{"beta", 1}}}}).find("train.mixup.beta") != std::string::npos);
  CHECK(refusal(model_of(), {{"label_smoothing", 2}}).find("train.label_smoothing") != std::string::npos);
  Json frozen = model_of();
  frozen["cls_head"] = {{"type", "R50Head"}, {"num_classes", 5}, {"in_channels", 32}, {"frozen", true}};
  CHECK(refusal(frozen).find("model.cls_head.frozen") != std::string::npos);
}

TEST_CASE("a batch of another layout, or with bad labels, is refused") {
  const auto task = task_of(model_of());
  Batch batch = small_batch();
  batch.labels[1] = 5;
  CHECK(refusal_of([&] { task->losses(batch); }).find("video 1 of the batch: class 5") != std::string::npos);
  CHECK_THROWS_AS(task->losses({batch.imgs, at::tensor(std::vector<int64_t>{1, 2})}), DataError);
  CHECK_THROWS_AS(task->losses({batch.imgs[0], at::tensor(std::vector<int64_t>{1, 2})}), DataError);
  CHECK_THROWS_AS(task->losses({batch.imgs.slice(0, 0, 0), batch.labels.slice(0, 0, 0)}), DataError);
}

}  // namespace
}  // namespace vs::train
