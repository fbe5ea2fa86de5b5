// When steps are recorded, what is left alone then, and what goes on without.
#include "lib/train/loop/recorded_steps.h"

#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/nn/layers/drop.h"
#include "lib/nn/layers/linear.h"
#include "lib/nn/layers/norm.h"
#include "lib/train/distributed/ranks.h"
#include "lib/train/loop/trainer.h"
#include "lib/train/losses/classification.h"
#include "tests/lib/nn/random_weights.h"
#include "tests/lib/train/recording_device.h"
// After LibTorch's headers, whose CHECK it replaces.
#include <doctest/doctest.h>

namespace vs::train {
namespace {

using Json = nlohmann::ordered_json;
using testing::RecordingDevice;

constexpr int64_t kFeatures = 3, kClasses = 4;

/// Normalised features through a classifier; another one is not used.
class Network final : public nn::Module {
 public:
  Network()
      : norm(child<nn::BatchNorm>("norm", kFeatures)),
        drop(child<nn::Dropout>("drop", 0.25)),
        used(child<nn::Linear>("used", kFeatures, kClasses)),
        unused(child<nn::Linear>("unused", kFeatures, kClasses)) {
    nn::testing::randomise(*this, 1);
  }
  nn::BatchNorm& norm;
  nn::Dropout& drop;
  nn::Linear &used, &unused;
};

class ClassTask final : public Task {
 public:
  explicit ClassTask(at::Device device) : Task(std::make_unique<Network>()) {
    module().move(device);
    prepare_training();
  }
  Network& network() { return dynamic_cast<Network&>(module()); }
  Batch ready(const Batch& batch) override { return {batch.imgs, labels_beside(batch.imgs, batch.labels, kClasses)}; }
  Losses forward(const Batch& batch) override {
    ++forwards;
    const at::Tensor loss =
        classification_loss(network().used(network().drop(network().norm(batch.imgs))), batch.labels);
    if (asks) (void)loss.item<float>();
    if (fails_at == forwards) throw DataError("forward", "fails");
    return {.total = loss, .parts = {{"loss_cls", loss.detach()}}};
  }
  bool repeatable() const override { return repeats; }
  bool repeats = true, asks = false;
  int64_t forwards = 0, fails_at = -1;
};

struct Run {
  explicit Run(at::Device device, TrainerOptions options = {})
      : task(device),
        optimizer(build_optimizer(task.module(),
                                  Json::parse(R"({"type": "SGD", "lr": 0.1, "momentum": 0.9, "weight_decay": 0.1})"))),
        schedule(Json::parse(R"({"policy": "fixed"})"), 10, 10),
        trainer(task, *optimizer, schedule, alone, with_device(options, device)) {}
  static TrainerOptions with_device(TrainerOptions options, at::Device device) {
    options.device = device;
    return options;
  }
  StepReport step(int64_t iteration, int64_t videos = 4) {
    const at::Tensor imgs = nn::testing::random_tensor({videos, kFeatures}, static_cast<uint64_t>(iteration));
    const at::Tensor labels = at::arange(iteration, iteration + videos, at::kLong).remainder(kClasses);
    return trainer.step({.imgs = imgs.to(network().used.weight().device()), .labels = labels}, iteration);
  }
  Network& network() { return task.network(); }
  SingleRank alone;
  ClassTask task;
  std::unique_ptr<Optimizer> optimizer;
  LearningRateSchedule schedule;
  Trainer trainer;
};

void check_same(Run& found, Run& want) {
  const auto a = found.task.module().entries(), b = want.task.module().entries();
  for (size_t i = 0; i < a.size(); ++i) {
    CAPTURE(a[i].name);
    CHECK(at::equal(a[i].tensor->to(at::kCPU), b[i].tensor->to(at::kCPU)));
  }
}

at::Tensor on_cpu(const at::Tensor& tensor) {
  return tensor.detach().to(at::kCPU, tensor.scalar_type(), /*non_blocking=*/false, /*copy=*/true);
}

}  // namespace

TEST_CASE("the second batch of a shape is recorded, of two shapes at most") {
  const RecordingDevice device;
  Run recorded(device.device()), plain(device.device(), {.records_steps = false});
  const std::vector<int64_t> videos{4, 5, 4, 6, 5, 6, 6, 4, 5, 7}, recordings{0, 0, 1, 1, 2, 2, 2, 2, 2, 2},
      replays{0, 0, 1, 1, 2, 2, 2, 3, 4, 4};
  for (size_t i = 0; i < videos.size(); ++i) {
    const auto iteration = static_cast<int64_t>(i);
    CAPTURE(i);
    const StepReport found = recorded.step(iteration, videos[i]);
    CHECK(device.recordings == recordings[i]);
    CHECK(device.replays == replays[i]);
    const StepReport want = plain.step(iteration, videos[i]);
    CHECK((found.parts == want.parts));
  }
  check_same(recorded, plain);
}

TEST_CASE("many shapes are not remembered for ever") {
  const RecordingDevice device;
  Run run(device.device());
  int64_t iteration = 0;
  for (const int64_t videos : {20, 20}) run.step(iteration++, videos);
  for (int64_t videos = 2; videos < 12; ++videos) run.step(iteration++, videos);
  CHECK(device.recordings == 1);
  // The first of them has been forgotten, the last one has not, nor what was recorded.
  run.step(iteration++, 2);
  CHECK(device.recordings == 1);
  run.step(iteration++, 11);
  CHECK(device.recordings == 2);
  run.step(iteration++, 20);
  CHECK(device.replays == 3);
}

TEST_CASE("a parameter without gradient has none when recorded, and is left alone") {
  const RecordingDevice device;
  Run run(device.device());
  const at::Tensor before = on_cpu(run.network().unused.weight()), used = on_cpu(run.network().used.weight());
  for (int64_t i = 0; i < 4; ++i) run.step(i);
  CHECK(device.replays == 3);
  CHECK_FALSE(run.network().unused.weight().grad().defined());
  CHECK(run.network().used.weight().grad().defined());
  CHECK(at::equal(on_cpu(run.network().unused.weight()), before));
  CHECK_FALSE(at::equal(on_cpu(run.network().used.weight()), used));
}

TEST_CASE("a label out of range is refused before a recorded step moves anything") {
  const RecordingDevice device;
  Run run(device.device());
  for (int64_t i = 0; i < 3; ++i) run.step(i);
  const at::Tensor mean = on_cpu(run.network().norm.running_mean());
  const at::Tensor imgs = nn::testing::random_tensor({4, kFeatures}, 3).to(device.device());
  const Batch wrong{imgs, at::tensor(std::vector<int64_t>{0, 1, kClasses, 2})};
  CHECK_THROWS_WITH_AS(run.trainer.step(wrong, 3), doctest::Contains("video 2"), DataError);
  CHECK(at::equal(on_cpu(run.network().norm.running_mean()), mean));
  CHECK(device.replays == 2);
}

TEST_CASE("what cannot be recorded goes on as if nobody had tried") {
  for (const bool refused : {true, false}) {
    RecordingDevice device;
    Run run(device.device(), {.update_interval = 2}), plain(device.device(), {.update_interval = 2});
    plain.task.repeats = false;
    for (int64_t i = 0; i < 2; ++i) plain.step(i);
    CHECK(device.recordings == 0);
    device.refuses = refused;
    run.task.asks = !refused;
    // The second one is in the midst of an update: gradients wait.
    run.step(0);
    run.step(1);
    CHECK(device.recordings == 1);
    check_same(run, plain);
    for (int64_t i = 2; i < 5; ++i) {
      run.step(i);
      plain.step(i);
    }
    CHECK(device.recordings == 1);
    CHECK(device.replays == 0);
    check_same(run, plain);
    CHECK(run.trainer.waiting_gradients(5).size() == plain.trainer.waiting_gradients(5).size());
  }
}

TEST_CASE("an error while it is recorded leaves the network as it was") {
  const RecordingDevice device;
  Run run(device.device());
  run.step(0);
  const at::Tensor mean = on_cpu(run.network().norm.running_mean());
  run.task.fails_at = 3;  // the second run of the work
  CHECK_THROWS_AS(run.step(1), DataError);
  CHECK(at::equal(on_cpu(run.network().norm.running_mean()), mean));
  CHECK(on_cpu(run.network().norm.running_mean()).isfinite().all().item<bool>());
}

TEST_CASE("a network that lies elsewhere is recorded anew") {
  const RecordingDevice device;
  Run run(device.device()), plain(device.device(), {.records_steps = false});
  for (Run* one : {&run, &plain}) {
    for (int64_t i = 0; i < 3; ++i) one->step(i);
    for (const nn::Entry& entry : one->task.module().entries()) entry.tensor->set_data(entry.tensor->detach().clone());
    for (int64_t i = 3; i < 6; ++i) one->step(i);
  }
  CHECK(device.recordings == 2);
  CHECK(device.replays == 4);
  check_same(run, plain);
}

TEST_CASE("gradients of a recorded step can be kept while others are recorded over them") {
  const RecordingDevice device;
  Run run(device.device(), {.update_interval = 3});
  for (int64_t i = 0; i < 4; ++i) run.step(i);
  const auto waiting = run.trainer.waiting_gradients(4);
  const at::Tensor first = on_cpu(waiting.front().second);
  run.step(4);
  // They go on where they are.
  CHECK_FALSE(at::equal(on_cpu(waiting.front().second), first));
  CHECK(run.trainer.waiting_gradients(5).front().second.is_same(waiting.front().second));
}

}  // namespace vs::train
