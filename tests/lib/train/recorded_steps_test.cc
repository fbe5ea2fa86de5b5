// Steps that a device repeats by itself against steps that are launched anew: the same numbers.
#include "lib/train/loop/recorded_steps.h"

#include <map>
#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/nn/device.h"
#include "lib/nn/layers/linear.h"
#include "lib/train/distributed/ranks.h"
#include "lib/train/loop/trainer.h"
#include "tests/lib/nn/random_weights.h"
// After LibTorch's headers, whose CHECK it replaces.
#include <doctest/doctest.h>

namespace vs::train {
namespace {

using Json = nlohmann::ordered_json;
using nn::testing::random_tensor;

/// Replays by doing the work again.
class AgainGraph final : public nn::DeviceGraph {
 public:
  AgainGraph(std::function<void()> work, int64_t& replays) : work_(std::move(work)), replays_(replays) {}
  void replay() override {
    ++replays_;
    work_();
  }

 private:
  std::function<void()> work_;
  int64_t& replays_;
};

/// The CPU as a device with a backend.
class CpuBackend final : public nn::DeviceBackend {
 public:
  CpuBackend() { nn::set_backend(at::kCPU, this); }
  CpuBackend(const CpuBackend&) = delete;
  CpuBackend& operator=(const CpuBackend&) = delete;
  ~CpuBackend() override { nn::set_backend(at::kCPU, nullptr); }
  int count(const std::string&) const override { return 1; }
  std::string open(int, const std::string&) const override { return "the CPU"; }
  const nn::DeviceOperations& operations() const override { throw std::logic_error("there are none"); }
  void synchronize(int) const override {}
  nn::DeviceMemory memory(int) const override { return {}; }
  void reset_peak_memory(int) const override {}
  std::unique_ptr<nn::DeviceGraph> record(int, const std::function<void()>& work) const override {
    ++recordings;
    for (int i = 0; i < 2; ++i) work();
    TORCH_CHECK(!refuses, "nothing can be recorded\nhere");
    return std::make_unique<AgainGraph>(work, replays);
  }
  std::unique_ptr<nn::DeviceCollectives> connect(c10d::Store&, int, int, int,
                                                 std::chrono::milliseconds) const override {
    return nullptr;
  }
  bool refuses = false;
  mutable int64_t recordings = 0, replays = 0;
};

struct Example {
  std::string name;
  Json model, train;
  std::vector<int64_t> shape;  ///< of a batch
};

Json recognizer(const char* type, const Json& backbone, const Json& head) {
  return {{"type", type}, {"backbone", backbone}, {"cls_head", head}};
}

Json resnet(const char* type) { return {{"type", type}, {"depth", 18}, {"base_channels", 4}, {"num_segments", 2}}; }

std::vector<Example> examples() {
  const Json tsn = recognizer("Recognizer2D", {{"type", "ResNet"}, {"depth", 18}, {"base_channels", 4}},
                              {{"type", "TSNHead"}, {"in_channels", 32}, {"num_classes", 5}, {"dropout_ratio", 0.5}});
  Json weighted = tsn;
  weighted["cls_head"]["loss_cls"] = {{"type", "CrossEntropyLoss"}, {"class_weight", {1, 2, 3, 4, 5}}};
  return {
      {"tsn", tsn, Json::object(), {3, 2, 3, 32, 32}},
      {"class weights", weighted, Json::object(), {3, 2, 3, 32, 32}},
      {"mixup", tsn, {{"mixup", {{"alpha", 0.2}}}, {"label_smoothing", 0.1}}, {3, 2, 3, 32, 32}},
      {"tsm",
       recognizer("Recognizer2D", resnet("ResNetTSM"),
                  {{"type", "TSMHead"}, {"in_channels", 32}, {"num_classes", 5}, {"num_segments", 2}}),
       Json::object(),
       {2, 2, 3, 32, 32}},
      {"slowonly",
       recognizer("Recognizer3D", {{"type", "ResNet3dSlowOnly"}, {"depth", 18}, {"base_channels", 4}},
                  {{"type", "I3DHead"}, {"in_channels", 32}, {"num_classes", 5}}),
       Json::object(),
       {2, 1, 3, 2, 32, 32}},
      {"swin",
       recognizer("Recognizer3D",
                  {{"type", "SwinTransformer3D"},
                   {"patch_size", {2, 4, 4}},
                   {"embed_dim", 8},
                   {"depths", {2, 2}},
                   {"num_heads", {1, 2}},
                   {"window_size", {2, 4, 4}},
                   {"drop_path_rate", 0.5}},
                  {{"type", "I3DHead"}, {"in_channels", 16}, {"num_classes", 5}, {"dropout_ratio", 0.5}}),
       Json::object(),
       {2, 2, 3, 4, 32, 32}},
  };
}

std::unique_ptr<Task> task_of(const Example& example) {
  auto task = build_task(example.model, example.train);
  nn::testing::randomise(task->module(), 1);
  task->prepare_training();
  return task;
}

Batch batch_of(const Example& example, int64_t number) {
  const int64_t videos = example.shape.front();
  return {random_tensor(example.shape, static_cast<uint64_t>(number)),
          at::arange(number, number + videos, at::kLong).remainder(5)};
}

/// A task with all that takes its steps.
struct Run {
  explicit Run(std::unique_ptr<Task> made, const TrainerOptions& options = {})
      : task(std::move(made)),
        optimizer(build_optimizer(
            task->module(), Json::parse(R"({"type": "SGD", "lr": 0.05, "momentum": 0.9, "weight_decay": 0.01})"))),
        schedule(Json::parse(R"({"policy": "fixed"})"), 10, 10),
        trainer(*task, *optimizer, schedule, alone, options) {}
  SingleRank alone;
  std::unique_ptr<Task> task;
  std::unique_ptr<Optimizer> optimizer;
  LearningRateSchedule schedule;
  Trainer trainer;
};

std::map<std::string, at::Tensor> values_of(Task& task) {
  std::map<std::string, at::Tensor> values;
  for (const nn::Entry& entry : task.module().entries()) values[entry.name] = entry.tensor->detach().clone();
  return values;
}

void check_same_values(Task& found, Task& want) {
  const auto other = values_of(want);
  for (const auto& [name, value] : values_of(found)) {
    CAPTURE(name);
    CHECK(at::equal(value, other.at(name)));
  }
}

void check_same_report(const StepReport& found, const StepReport& want) {
  CAPTURE(want.iteration);
  CHECK((found.parts == want.parts));
  CHECK(found.gradient_norm == want.gradient_norm);
  CHECK(found.loss_scale == want.loss_scale);
}

constexpr int64_t kSteps = 6;

/// Steps that are not recorded.
std::vector<StepReport> plain_steps(Run& run, const Example& example) {
  std::vector<StepReport> reports;
  for (int64_t i = 0; i < kSteps; ++i) reports.push_back(run.trainer.step(batch_of(example, i), i));
  return reports;
}

TrainerOptions not_recorded(TrainerOptions options) {
  options.records_steps = false;
  return options;
}

}  // namespace

TEST_CASE("recorded steps give the numbers of steps that are not") {
  for (const Example& example : examples()) {
    CAPTURE(example.name);
    for (const TrainerOptions& options :
         {TrainerOptions{.clip_norm = 1, .seed = 3}, TrainerOptions{.update_interval = 2, .clip_norm = 0.1}}) {
      CAPTURE(options.update_interval);
      const CpuBackend device;
      Run plain(task_of(example), not_recorded(options)), recorded(task_of(example), options);
      const auto want = plain_steps(plain, example);
      CHECK(device.recordings == 0);
      for (int64_t i = 0; i < kSteps; ++i)
        check_same_report(recorded.trainer.step(batch_of(example, i), i), want[static_cast<size_t>(i)]);
      CHECK(device.recordings == 1);
      CHECK(device.replays == kSteps - 1);
      check_same_values(*recorded.task, *plain.task);
    }
  }
}

}  // namespace vs::train
