#include "lib/train/loop/training_loop.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "lib/core/cancel.h"
#include "lib/core/error.h"
#include "tests/lib/data/made_videos.h"
#include "tests/support/scratch.h"
// After LibTorch's headers, whose CHECK it replaces.
#include <doctest/doctest.h>

namespace vs::train {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kItems = 6, kBatch = 2, kEpochs = 3;

/// Inputs of [1,3,1,2] with numbers drawn from the item's stream.
class DrawingMaker final : public data::SampleMaker {
 public:
  data::FramePlan choose(const data::VideoFacts& /*facts*/, RandomSource& /*random*/) const override {
    data::FramePlan plan;
    plan.frames = {0};
    return plan;
  }
  data::Array apply(std::vector<media::Image> /*frames*/, const data::FramePlan& /*plan*/,
                    RandomSource& random) const override {
    std::vector<float> values;
    for (int i = 0; i < 6; ++i) values.push_back(static_cast<float>(random.uniform()));
    return {{1, 3, 1, 2}, values};
  }
};

class Factors final : public nn::Module {
 public:
  Factors() : factors(parameter("factors", {3, 1, 2})) {
    materialize();
    factors.copy_(at::linspace(0.5, 1.5, 6).view({3, 1, 2}));
  }
  at::Tensor& factors;
};

/// Products with factors, squared; one step is spoilt, before another a signal comes.
class ProductTask final : public Task {
 public:
  ProductTask() : Task(std::make_unique<Factors>()) { prepare_training(); }
  void begin_step(int64_t iteration, int64_t /*iterations*/, int64_t /*iterations_per_epoch*/) override {
    factor_ = iteration == spoilt ? std::numeric_limits<double>::infinity() : 1;
    if (iteration == stopped) set_cancel_signal(15);
  }
  Losses forward(const Batch& batch) override {
    return {.total = (batch.imgs * dynamic_cast<Factors&>(module()).factors).square().mean() * factor_, .parts = {}};
  }
  int64_t spoilt = -1, stopped = -1;

 private:
  double factor_ = 1;
};

struct Fixture {
  Fixture() {
    data::write_folder(scratch / "videos", {media::Image(4, 4, 3)}, 1);
    data.num_classes = 1;
    for (int64_t i = 0; i < kItems; ++i) {
      data::DataItem item;
      item.id = item.name = "item" + std::to_string(i);
      item.place = data::place_at(scratch / "videos", 1);
      item.labels = {0};
      data.items.push_back(item);
    }
  }
  /// Trains in float16, where such a step is left out, into a folder; goes on there if there is something. Returns the
  /// factors.
  at::Tensor train(const std::string& folder, int64_t stopped) {
    ProductTask task;
    task.spoilt = 1;
    task.stopped = stopped;
    const auto optimizer = build_optimizer(task.module(), Json::parse(R"({"type": "AdamW", "lr": 0.1})"));
    const EpochShape shape{kItems, kBatch, 0, 1};
    const LearningRateSchedule schedule(Json::parse(R"({"policy": "fixed"})"), kEpochs, shape.iterations());
    SingleRank alone;
    Trainer trainer(
        task, *optimizer, schedule, alone,
        {.iterations_per_epoch = shape.iterations(), .epochs = kEpochs, .update_interval = 2, .dtype = at::kHalf});
    data::LoaderOptions loading;
    BatchSource source(data, maker, loading, systems::InputLayout::kFrames, LabelUse::kDrawn, 1, kBatch, log);
    TrainingSettings settings;
    settings.epochs = kEpochs;
    settings.update_interval = 2;
    TrainingLoop loop({.task = task,
                       .optimizer = *optimizer,
                       .trainer = trainer,
                       .source = source,
                       .ranks = alone,
                       .validator = nullptr,
                       .log = log},
                      settings, shape,
                      {.folder = scratch / folder, .recipe = "test", .log_every = 1, .fingerprint = {}});
    if (const auto found = find_checkpoint(scratch / folder); found.checkpoint) loop.resume(*found.checkpoint);
    loop.run();
    return dynamic_cast<Factors&>(task.module()).factors.detach().clone();
  }
  std::vector<LogRecord> records(const std::string& folder) const {
    return read_metrics_log(scratch / folder + "/metrics.jsonl");
  }
  test::Scratch scratch{"vs-loop-test"};
  data::Dataset data;
  DrawingMaker maker;
  Log log{"vs-train", Verbosity::kQuiet, false};
};

}  // namespace

TEST_CASE("a run in float16 that is stopped goes on with its scale, its gradients and its log") {
  Fixture with;
  std::filesystem::create_directories(with.scratch / "whole");
  std::filesystem::create_directories(with.scratch / "stopped");
  const at::Tensor whole = with.train("whole", -1);
  // After the update that is left out, in the midst of the next one.
  CHECK_THROWS_AS(with.train("stopped", 2), Interrupted);
  set_cancel_signal(0);
  const TrainingState between = open_checkpoint(with.scratch / "stopped", kLastCheckpoint).state;
  CHECK(between.iteration == 3);
  const auto scale = std::find_if(between.task.begin(), between.task.end(),
                                  [](const auto& entry) { return entry.first == "loss_scaler.scale"; });
  REQUIRE(scale != between.task.end());
  CHECK(scale->second.item<double>() == 32768);
  const at::Tensor resumed = with.train("stopped", -1);
  CHECK(at::equal(resumed, whole));
  CHECK_FALSE(at::equal(whole, Factors().factors.detach()));

  const auto one = with.records("whole"), two = with.records("stopped");
  REQUIRE(one.size() == static_cast<size_t>(kEpochs * kItems / kBatch));
  REQUIRE(two.size() == one.size());
  for (size_t i = 0; i < one.size(); ++i) {
    CAPTURE(i);
    CHECK(two[i].losses == one[i].losses);
    REQUIRE_FALSE(one[i].losses.empty());
    // Only the step whose loss is no number has none.
    CHECK((one[i].losses.front().first == "loss") == (i != 1));
    CHECK(one[i].losses.back() == std::pair<std::string, double>(kLossScale, i < 2 ? 65536 : 32768));
  }
}

}  // namespace vs::train
