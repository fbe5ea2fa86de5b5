// Training steps that a device repeats by itself, and recordings that fail.
#include "lib/train/loop/recorded_steps.h"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "lib/nn/device.h"
#include "lib/store/recipe.h"
#include "lib/train/distributed/ranks.h"
#include "lib/train/initialization/initialize.h"
#include "lib/train/loop/settings.h"
#include "lib/train/loop/trainer.h"
#include "tests/gpu/example_systems.h"
#include "tests/lib/cuda/device.h"

namespace vs::cuda {
namespace {

using testing::Example;
using testing::examples;
using testing::OwnKernels;
using testing::video_batch;

constexpr int64_t kSteps = 4;

/// Losses of the first steps; another batch each.
std::vector<double> losses_of(const Example& example, const at::Device& device, at::ScalarType dtype, bool records) {
  const auto document = train::read_training_recipe(example.recipe, example.assignments);
  const auto task = train::build_task(document.at("model"), document.at("train"));
  train::initialize(task->module(), document.at("model"), 3);
  task->module().move(device);
  task->prepare_training();
  const auto optimizer =
      train::build_optimizer(task->module(), nlohmann::ordered_json{{"type", "SGD"}, {"lr", 1e-4}, {"momentum", 0.9}});
  const train::LearningRateSchedule schedule({{"policy", "fixed"}}, 1, 1);
  train::SingleRank alone;
  train::Trainer trainer(
      *task, *optimizer, schedule, alone,
      {.update_interval = 2, .clip_norm = 40, .device = device, .dtype = dtype, .seed = 5, .records_steps = records});
  std::vector<double> losses;
  for (int64_t i = 0; i < kSteps; ++i) {
    const at::Tensor imgs = (video_batch(example) * std::pow(0.9, static_cast<double>(i))).to(device);
    const auto report = trainer.step({imgs, at::arange(i, i + example.shape.front(), at::kLong)}, i);
    losses.push_back(report.parts.empty() ? 0 : report.parts.front().second);
  }
  return losses;
}

}  // namespace

TEST_CASE("recorded training steps give the losses of steps that are launched") {
  const OwnKernels kernels;
  for (const Example& example : examples()) {
    if (!store::Recipe::load(example.recipe, example.assignments).document().contains("train")) continue;
    CAPTURE(example.recipe);
    for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
      CAPTURE(dtype);
      const auto found = losses_of(example, kernels.device(), dtype, true);
      const auto want = losses_of(example, kernels.device(), dtype, false);
      const double within = dtype == at::kFloat ? 1e-3 : 5e-2;
      for (size_t i = 0; i < want.size(); ++i) CHECK(found[i] == doctest::Approx(want[i]).epsilon(within));
    }
  }
}

TEST_CASE("a recording that fails leaves a device that computes, allocates and records") {
  const OwnKernels kernels;
  const nn::DeviceBackend& backend = *nn::backend_of(kernels.device());
  at::Tensor x = at::ones({1 << 20}, at::device(kernels.device()).dtype(at::kFloat)), y;
  const auto in_use = [&] { return backend.memory(kernels.device().index()).in_use; };
  const int64_t before = in_use();
  for (int i = 0; i < 3; ++i) {
    std::string why;
    CHECK(nn::try_to_record(
              kernels.device(), [&] { y = x * (x + 1).sum().item<float>(); }, &why) == nullptr);
    CHECK_FALSE(why.empty());
    y.reset();
  }
  CHECK(in_use() == before);
  const auto graph = nn::try_to_record(kernels.device(), [&] { y = x + 1; });
  REQUIRE(graph != nullptr);
  x.fill_(41);
  graph->replay();
  CHECK(y.mean().to(at::kCPU).item<float>() == 42);
}

}  // namespace vs::cuda
