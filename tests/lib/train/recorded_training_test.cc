// Tasks whose steps a device repeats by itself against the same tasks whose steps are launched anew: the same numbers.
#include <map>
#include <nlohmann/json.hpp>

#include "lib/nn/loading.h"
#include "lib/nn/recognizers/recognizer.h"
#include "lib/train/distributed/ranks.h"
#include "lib/train/loop/trainer.h"
#include "lib/train/tasks/taught_task.h"
#include "tests/lib/nn/random_weights.h"
#include "tests/lib/train/recording_device.h"
#include "tests/support/scratch.h"
// After LibTorch's headers, whose CHECK it replaces.
#include <doctest/doctest.h>

namespace vs::train {
namespace {

using Json = nlohmann::ordered_json;
using nn::testing::random_tensor;
using testing::RecordingDevice;

constexpr int64_t kSteps = 6, kClasses = 5;

struct Example {
  std::string name;
  Json model;
  std::vector<int64_t> shape;  ///< of a batch
  Json train = Json::object();
  int64_t steps = kSteps;
};

Json head(const char* type, int64_t channels, const Json& keys = Json::object()) {
  Json head{{"type", type}, {"in_channels", channels}, {"num_classes", kClasses}, {"dropout_ratio", 0.5}};
  head.update(keys);
  return head;
}

Json images(const Json& backbone, const Json& head) {
  return {{"type", "Recognizer2D"}, {"backbone", backbone}, {"cls_head", head}};
}

Json clips(const Json& backbone, const Json& head) {
  return {{"type", "Recognizer3D"}, {"backbone", backbone}, {"cls_head", head}};
}

Json resnet(const char* type, const Json& keys = Json::object()) {
  Json backbone{{"type", type}, {"depth", 18}, {"base_channels", 4}};
  backbone.update(keys);
  return backbone;
}

Json swin(int64_t width, double drop_path) {
  return {{"type", "SwinTransformer3D"}, {"patch_size", {2, 4, 4}},  {"embed_dim", width},         {"depths", {2, 2}},
          {"num_heads", {1, 2}},         {"window_size", {2, 4, 4}}, {"drop_path_rate", drop_path}};
}

Json transformer(const char* type, const Json& keys = Json::object()) {
  Json backbone{{"type", type},     {"num_frames", 4}, {"img_size", 32},
                {"patch_size", 8},  {"num_heads", 4},  {"num_transformer_layers", 2},
                {"embed_dims", 16}, {"in_channels", 3}};
  backbone.update(keys);
  return backbone;
}

Json taught_by(const Json& student, const Json& teacher, int64_t input, int64_t maps) {
  return {{"type", "RKD"},
          {"low_res_cfg", student},
          {"high_res_cfg", teacher},
          {"low_img_res", {input, input}},
          {"high_feat_size", {maps, maps}}};
}

Json tsn() { return images(resnet("ResNet"), head("TSNHead", 32)); }

std::vector<Example> recognizers() {
  Json weighted = tsn();
  weighted["cls_head"]["loss_cls"] = {{"type", "CrossEntropyLoss"}, {"class_weight", {1, 2, 3, 4, 5}}};
  const Json frames{{"num_segments", 2}};
  const Json ranking{{"comp_strategy", "diff_rank"}, {"comp_k", 2}, {"comp_insert_layer", 1}, {"num_samples", 10}};
  const std::vector<int64_t> pictures{3, 2, 3, 32, 32}, videos{2, 1, 3, 4, 32, 32};
  return {{"TSN", tsn(), pictures},
          {"class weights", weighted, pictures},
          {"mixup", tsn(), pictures, {{"mixup", {{"alpha", 0.2}}}, {"label_smoothing", 0.1}}},
          {"partial normalisation", images(resnet("ResNet", {{"partial_bn", true}}), head("TSNHead", 32)), pictures},
          {"TSM", images(resnet("ResNetTSM", frames), head("TSMHead", 32, frames)), pictures},
          {"SlowOnly", clips(resnet("ResNet3dSlowOnly"), head("I3DHead", 32)), videos},
          {"Video Swin", clips(swin(8, 0.5), head("I3DHead", 16)), {2, 2, 3, 4, 32, 32}},
          {"TimeSformer", clips(transformer("TimeSformer"), head("ClsHead", 16)), videos},
          {"DRCA", clips(transformer("DRCA", ranking), head("ClsHead", 16)), videos}};
}

std::vector<Example> others() {
  const Json adafocus{{"type", "AdaFocusV2"},      {"glance_arch", "res50"}, {"glance_depth", 18},
                      {"glance_base_channels", 4}, {"glance_size", 32},      {"local_depth", 18},
                      {"local_base_channels", 4},  {"num_segments", 3},      {"num_classes", kClasses},
                      {"patch_size", 32},          {"stn_hidden_dim", 8},    {"classifier_hidden_dim", 8}};
  const Json residual = resnet("ResNet");
  return {{"AdaFocusV2", adafocus, {2, 3, 3, 48, 48}},
          {"ResKD of images", images(taught_by(residual, residual, 32, 2), head("RKD2DHead", 32)), {2, 2, 3, 64, 64}},
          {"ResKD of clips",
           clips(taught_by(swin(8, 0.3), swin(16, 0.5), 16, 4), head("GeneralRKD3DHead", 16)),
           {2, 1, 3, 4, 32, 32}}};
}

std::unique_ptr<Task> task_of(const Example& example, at::Device device) {
  auto task = build_task(example.model, example.train);
  nn::testing::randomise(task->module(), 1);
  task->module().move(device);
  task->prepare_training();
  return task;
}

Batch batch_of(const Example& example, int64_t number, at::Device device) {
  const int64_t videos = example.shape.front();
  return {.imgs = random_tensor(example.shape, static_cast<uint64_t>(number)).to(device),
          .labels = at::arange(number, number + videos, at::kLong).remainder(kClasses),
          .items = {number, number + 1}};
}

/// A task with all that takes its steps.
struct Run {
  explicit Run(std::unique_ptr<Task> made, const TrainerOptions& options = {})
      : task(std::move(made)),
        optimizer(build_optimizer(
            task->module(), Json::parse(R"({"type": "SGD", "lr": 0.05, "momentum": 0.9, "weight_decay": 0.01})"))),
        schedule(Json::parse(R"({"policy": "fixed"})"), 10, 10),
        trainer(*task, *optimizer, schedule, alone, options) {}

  std::vector<StepReport> steps(const Example& example, at::Device device, int64_t first = 0, int64_t end = -1) {
    std::vector<StepReport> reports;
    for (int64_t i = first; i < (end < 0 ? example.steps : end); ++i)
      reports.push_back(trainer.step(batch_of(example, i, device), i));
    return reports;
  }

  SingleRank alone;
  std::unique_ptr<Task> task;
  std::unique_ptr<Optimizer> optimizer;
  LearningRateSchedule schedule;
  Trainer trainer;
};

std::map<std::string, at::Tensor> values_of(Task& task) {
  std::map<std::string, at::Tensor> values;
  for (const nn::Entry& entry : task.module().entries())
    values[entry.name] = entry.tensor->detach().to(at::kCPU, entry.tensor->scalar_type(), false, /*copy=*/true);
  return values;
}

void check_same_values(Task& found, Task& want) {
  const auto other = values_of(want);
  for (const auto& entry : values_of(found)) {
    CAPTURE(entry.first);
    CHECK(at::equal(entry.second, other.at(entry.first)));
  }
}

void check_same_reports(const std::vector<StepReport>& found, const std::vector<StepReport>& want) {
  REQUIRE(found.size() == want.size());
  for (size_t i = 0; i < want.size(); ++i) {
    CAPTURE(want[i].iteration);
    CHECK(found[i].iteration == want[i].iteration);
    CHECK((found[i].parts == want[i].parts));
    CHECK(found[i].gradient_norm == want[i].gradient_norm);
    CHECK(found[i].loss_scale == want[i].loss_scale);
  }
}

using Maker = std::function<std::unique_ptr<Task>(at::Device)>;

/// Steps that are recorded and steps that are not. Returns what the latter reported.
std::vector<StepReport> check_example(const Example& example, const Maker& make, TrainerOptions options) {
  CAPTURE(example.name);
  CAPTURE(options.update_interval);
  const RecordingDevice device;
  options.device = device.device();
  Run recorded(make(options.device), options);
  options.records_steps = false;
  Run plain(make(options.device), options);
  auto want = plain.steps(example, options.device);
  CHECK(device.recordings == 0);
  check_same_reports(recorded.steps(example, options.device), want);
  CHECK(device.recordings == 1);
  CHECK(device.replays == example.steps - 1);
  check_same_values(*recorded.task, *plain.task);
  return want;
}

void check_example(const Example& example, const TrainerOptions& options) {
  check_example(
      example, [&](at::Device device) { return task_of(example, device); }, options);
}

}  // namespace

TEST_CASE("recorded steps of recognizers give the numbers of steps that are not") {
  for (const Example& example : recognizers()) {
    check_example(example, {.clip_norm = 1, .seed = 3});
    check_example(example, {.update_interval = 2, .clip_norm = 0.1});
  }
}

TEST_CASE("recorded steps of other systems give the numbers of steps that are not") {
  for (const Example& example : others()) {
    check_example(example, {.clip_norm = 1, .seed = 3});
    check_example(example, {.update_interval = 2, .clip_norm = 0.1});
  }
}

TEST_CASE("recorded steps of AdaFocusV2 for clips give the numbers of steps that are not") {
  const Json model{{"type", "AdaFocusV2Clip"}, {"num_segments", 2}, {"num_classes", kClasses}, {"patch_size", 32}};
  check_example({"AdaFocusV2Clip", model, {2, 5, 3, 193, 193}, {{"partial_bn", true}}, 3}, {.clip_norm = 1, .seed = 3});
}

TEST_CASE("tasks that ask the device for values, or remember batches, are not recorded") {
  const Json embeddings{
      {"type", "SimilarityRecognizer3D"},
      {"backbone", transformer("DRCA")},
      {"sim_head", {{"type", "SimilarityHead"}, {"encoder", {{"type", "None"}, {"input_channels", 16}}}}}};
  CHECK_FALSE(build_task(embeddings, Json::object())->repeatable());
}

TEST_CASE("recorded steps in half precision give the numbers of steps that are not") {
  for (const at::ScalarType dtype : {at::kBFloat16, at::kHalf}) {
    CAPTURE(dtype);
    for (const size_t i : {0, 6})
      check_example(recognizers()[i], {.update_interval = 2, .clip_norm = 1, .dtype = dtype});
  }
}

TEST_CASE("recorded steps give what the CPU gives") {
  for (const size_t i : {0, 4, 6}) {
    const Example example = recognizers()[i];
    CAPTURE(example.name);
    const RecordingDevice device;
    Run recorded(task_of(example, device.device()), {.clip_norm = 1, .device = device.device(), .seed = 3});
    Run there(task_of(example, at::kCPU), {.clip_norm = 1, .seed = 3});
    const auto found = recorded.steps(example, device.device()), want = there.steps(example, at::kCPU);
    CHECK(device.replays == kSteps - 1);
    for (size_t step = 0; step < want.size(); ++step)
      CHECK(found[step].parts.front().second == doctest::Approx(want[step].parts.front().second).epsilon(1e-3));
  }
}

TEST_CASE("a run that is stopped and goes on gives the weights of one that was not, recorded or not") {
  const Example example = recognizers()[6];
  // Between two halves of an update.
  constexpr int64_t kStop = 3;
  for (const bool records : {true, false}) {
    const RecordingDevice device;
    TrainerOptions options{.update_interval = 2, .clip_norm = 0.1, .device = device.device(), .dtype = at::kHalf};
    options.records_steps = records;
    Run stayed(task_of(example, device.device()), options), left(task_of(example, device.device()), options);
    const auto want = stayed.steps(example, device.device());
    left.steps(example, device.device(), 0, kStop);

    const auto values = values_of(*left.task);
    std::vector<std::pair<std::string, at::Tensor>> states, gradients;
    for (const auto& state : left.optimizer->state()) states.emplace_back(state.name, state.tensor->to(at::kCPU));
    for (const auto& [name, gradient] : left.trainer.waiting_gradients(kStop))
      gradients.emplace_back(name, gradient.to(at::kCPU));
    CHECK_FALSE(gradients.empty());
    // What is left of the run that stopped must not matter.
    left.steps(example, device.device(), kStop);
    check_same_values(*left.task, *stayed.task);

    options.records_steps = true;
    Run resumed(task_of(example, device.device()), options);
    {
      const at::NoGradGuard without;
      for (const nn::Entry& entry : resumed.task->module().entries()) entry.tensor->copy_(values.at(entry.name));
    }
    resumed.optimizer->restore(states);
    resumed.trainer.restore_gradients(gradients);
    resumed.trainer.scaler()->restore(left.trainer.scaler()->state());
    check_same_reports(resumed.steps(example, device.device(), kStop), {want.begin() + kStop, want.end()});
    check_same_values(*resumed.task, *stayed.task);
  }
}

TEST_CASE("a recorded step goes on after a validation of other sizes") {
  const Example example = recognizers()[6];
  const RecordingDevice device;
  Run recorded(task_of(example, device.device()), {.device = device.device()});
  Run plain(task_of(example, device.device()), {.device = device.device(), .records_steps = false});
  for (Run* run : {&recorded, &plain}) {
    run->steps(example, device.device(), 0, 3);
    auto& network = dynamic_cast<nn::PlainRecognizer&>(run->task->module());
    network.train(false);
    {
      const at::NoGradGuard no_gradients;
      for (int64_t videos = 5; videos < 14; ++videos)
        (void)network.logits(random_tensor({videos, 1, 3, 4, 32, 32}, 2).to(device.device()));
    }
    run->task->prepare_training();
    run->steps(example, device.device(), 3);
  }
  CHECK(device.replays == kSteps - 1);
  check_same_values(*recorded.task, *plain.task);
}

TEST_CASE("steps of a student are recorded with its teacher, and with what one said") {
  /// Another target for each video.
  class Said final : public TeacherOutputs {
   public:
    std::vector<at::Tensor> of(const std::vector<int64_t>& items, int64_t view) override {
      return {random_tensor({2, 1, kClasses}, static_cast<uint64_t>(items.front() * 7 + view))};
    }
  };
  const test::Scratch folder("vs-recorded");
  const Json teacher = clips(swin(16, 0.5), head("I3DHead", 32));
  const auto network = nn::build_recognizer(teacher);
  nn::testing::randomise(*network, 9);
  nn::save_weights(*network, folder / "teacher.safetensors");
  Example example{"student", clips(swin(8, 0.3), head("I3DHead", 16)), {2, 1, 3, 4, 32, 32}};
  example.train["distillation"] = {{"teacher", {{"model", teacher}, {"weights", folder / "teacher.safetensors"}}},
                                   {"terms", Json::array({{{"part", "scores"}, {"temperature", 2}}})},
                                   {"views", 3}};
  check_example(example, {.clip_norm = 1, .seed = 3});
  check_example(example, {.clip_norm = 1, .dtype = at::kBFloat16});
  Said said;
  const auto reports = check_example(example,
                                     [&](at::Device device) {
                                       auto task = task_of(example, device);
                                       dynamic_cast<TaughtTask&>(*task).use_outputs(said);
                                       return task;
                                     },
                                     {.clip_norm = 1, .seed = 3});
  CHECK(reports.front().parts.size() == 5);
}

}  // namespace vs::train
