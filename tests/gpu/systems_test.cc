// Whole systems on a device with own kernels against the CPU: the same scores, choices, losses and weights after a
// step.
#include "lib/systems/system.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "lib/nn/device.h"
#include "lib/nn/loading.h"
#include "lib/nn/noise.h"
#include "lib/store/recipe.h"
#include "lib/train/distributed/ranks.h"
#include "lib/train/initialization/initialize.h"
#include "lib/train/loop/settings.h"
#include "lib/train/loop/trainer.h"
#include "tests/gpu/example_systems.h"
#include "tests/lib/cuda/device.h"

namespace vs::cuda {
namespace {

using testing::built;
using testing::distance;
using testing::Example;
using testing::examples;
using testing::OwnKernels;
using testing::values_of;
using testing::video_batch;

struct Step {
  std::vector<double> losses;
  at::Tensor change;  ///< of all weights, by the first one
};

/// All weights in a row, on the CPU.
at::Tensor weights_of(nn::Module& module) {
  std::vector<at::Tensor> rows;
  for (const auto& entry : module.entries()) {
    if (entry.tensor->is_floating_point()) rows.push_back(entry.tensor->detach().to(at::kCPU, at::kDouble).flatten());
  }
  return at::cat(rows);
}

/// Two steps of training.
Step trained(const Example& example, const at::Device& device, at::ScalarType dtype) {
  auto document = train::read_training_recipe(example.recipe, example.assignments);
  // At the recipes' rates, for large batches, what was rounded otherwise in the first step is far away in the second.
  constexpr double kSlower = 0.1;
  auto& rate = document.at("train").at("optimizer").at("lr");
  rate = rate.get<double>() * kSlower;
  const auto settings = train::read_settings(document.at("train"));
  const auto task = train::build_task(document.at("model"), document.at("train"));
  train::initialize(task->module(), document.at("model"), 3);
  const at::Tensor before = weights_of(task->module());
  task->module().move(device);
  task->prepare_training();
  const auto optimizer = train::build_optimizer(task->module(), document.at("train").at("optimizer"));
  const train::LearningRateSchedule schedule({{"policy", "fixed"}}, 1, 1);
  train::SingleRank alone;
  train::TrainerOptions how;
  how.device = device;
  how.dtype = dtype;
  how.clip_norm = settings.clip_norm > 0 ? settings.clip_norm : 40;
  how.clip_norm_type = settings.clip_norm > 0 ? settings.clip_norm_type : 2;
  train::Trainer trainer(*task, *optimizer, schedule, alone, how);
  const train::Batch batch{video_batch(example).to(device), at::arange(example.shape.front(), at::kLong)};
  Step step;
  for (int64_t i = 0; i < 2; ++i) {
    const auto report = trainer.step(batch, i);
    step.losses.push_back(report.parts.empty() ? 0 : report.parts.front().second);
    if (i == 0) step.change = weights_of(task->module()) - before;
  }
  return step;
}

}  // namespace

TEST_CASE("systems give the same scores and choices as on the CPU") {
  for (const Example& example : examples()) {
    CAPTURE(example.recipe);
    const at::Tensor imgs = video_batch(example);
    const auto system = built(example);
    const systems::Result want = system->run(imgs);
    const OwnKernels kernels;
    system->move(kernels.device());
    // Part by part, then with folded weights: called, recorded and replayed.
    for (const bool prepared : {false, true}) {
      CAPTURE(prepared);
      if (prepared) system->prepare({});
      for (int run = 0; run < (prepared ? 3 : 1); ++run) {
        CAPTURE(run);
        const systems::Result found = system->run(imgs);
        CHECK(values_of(found).is_cpu());
        CHECK(distance(values_of(found), values_of(want)) < 1e-4);
        CHECK(found.picks == want.picks);
      }
    }
  }
}

TEST_CASE("another input of a recorded shape gives its own scores") {
  const Example example = examples().front();
  const auto system = built(example);
  const OwnKernels kernels;
  system->move(kernels.device());
  system->prepare({});
  const at::Tensor imgs = video_batch(example), others = imgs.flip(-1) * 0.5;
  for (int run = 0; run < 2; ++run) (void)system->run(imgs);
  const at::Tensor replayed = values_of(system->run(others)).clone();
  const at::Tensor kept = values_of(system->run(imgs));
  system->unprepare();
  CHECK(distance(replayed, values_of(system->run(others))) < 1e-4);
  CHECK(distance(kept, values_of(system->run(imgs))) < 1e-4);
}

TEST_CASE("half precision stays near") {
  const OwnKernels kernels;
  for (const Example& example : examples()) {
    CAPTURE(example.recipe);
    const at::Tensor imgs = video_batch(example);
    const auto system = built(example);
    system->move(kernels.device());
    const at::Tensor want = values_of(system->run(imgs)).clone();
    for (const at::ScalarType dtype : {at::kBFloat16, at::kHalf}) {
      if (dtype == at::kHalf && kernels.device().is_cpu()) continue;
      system->prepare({dtype});
      CHECK(distance(values_of(system->run(imgs)).to(at::kFloat), want) < 0.1);
      system->unprepare();
    }
  }
}

TEST_CASE("a training step gives the losses and weights that it gives on the CPU") {
  for (const Example& example : examples()) {
    const auto document = store::Recipe::load(example.recipe, example.assignments).document();
    if (!document.contains("train")) continue;
    CAPTURE(example.recipe);
    const Step want = trained(example, at::kCPU, at::kFloat);
    const OwnKernels kernels;
    const Step found = trained(example, kernels.device(), at::kFloat);
    CHECK(found.losses[0] == doctest::Approx(want.losses[0]).epsilon(1e-4));
    CHECK(found.losses[1] == doctest::Approx(want.losses[1]).epsilon(1e-2));
    CHECK((found.change - want.change).norm().item<double>() < 2e-2 * want.change.norm().item<double>());
  }
}

TEST_CASE("mixed precision trains") {
  const OwnKernels kernels;
  const Example example = examples().front();
  const Step want = trained(example, kernels.device(), at::kFloat);
  for (const at::ScalarType dtype : {at::kBFloat16, at::kHalf}) {
    if (dtype == at::kHalf && kernels.device().is_cpu()) continue;
    const Step found = trained(example, kernels.device(), dtype);
    CHECK(found.losses[0] == doctest::Approx(want.losses[0]).epsilon(0.05));
  }
}

}  // namespace vs::cuda
