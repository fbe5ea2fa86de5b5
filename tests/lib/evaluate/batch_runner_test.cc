#include "lib/evaluate/batch_runner.h"

#include <memory>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "lib/nn/device.h"
#include "lib/nn/loading.h"
#include "tests/support/fake_device/fake_device.h"
// After LibTorch's headers, whose CHECK it replaces.
#include <doctest/doctest.h>

namespace vs::evaluate {
namespace {

constexpr int64_t kVideos = 5;

/// A network of images with random weights.
Experiment experiment(const at::Device& device) {
  RecipeChanges changes;
  changes.assignments = {"model.backbone.depth=18", "model.cls_head.in_channels=512", "model.cls_head.num_classes=3"};
  const auto document = read_experiment("tsn_r50_72p_1x1x16_50e_actnet_rgb", changes);
  Experiment made(document, "test", 1);
  nn::initialise(made.system().module(), 3);
  made.system().move(device);
  made.system().prepare({});
  return made;
}

WaitingVideo video(const store::Item& item, int64_t number, const at::Device& device) {
  WaitingVideo video;
  video.outcome = {.item = &item, .index = static_cast<uint64_t>(number)};
  const at::Tensor values = at::sin(at::arange(3 * 3 * 32 * 32).add(number).to(at::kFloat));
  video.sample.item = number;
  video.sample.input.shape = {3, 3, 32, 32};
  if (device.is_cpu()) {
    video.sample.input.values.assign(values.const_data_ptr<float>(), values.const_data_ptr<float>() + values.numel());
  } else {
    const auto there = std::make_shared<at::Tensor>(values.to(device));
    video.sample.input.on_device = {there, there->mutable_data_ptr<float>()};
  }
  return video;
}

std::vector<at::Tensor> scores(Experiment& experiment, const std::vector<at::Device>& places) {
  const store::Item item{.id = "video", .path = "video"};
  std::vector<at::Tensor> all;
  BatchRunner runner(experiment, 2, [&](const FinishedVideo& finished) {
    CHECK(finished.failure.empty());
    REQUIRE(finished.result);
    all.push_back(finished.result->clip_scores[finished.row].clone());
  });
  for (int64_t i = 0; i < kVideos; ++i) runner.add(video(item, i, places[static_cast<size_t>(i)]));
  runner.flush();
  return all;
}

TEST_CASE("scores are the same wherever the inputs were made") {
  const test::FakeDevice fake;
  const at::Device cpu(at::kCPU), there = fake.device();
  Experiment on_device = experiment(there);
  const nn::OwnStream own(there);
  const auto want = scores(on_device, std::vector<at::Device>(kVideos, cpu));
  REQUIRE(want.size() == kVideos);
  for (const auto& places :
       {std::vector<at::Device>(kVideos, there), std::vector<at::Device>{cpu, there, there, cpu, there}}) {
    const auto got = scores(on_device, places);
    REQUIRE(got.size() == want.size());
    for (size_t i = 0; i < got.size(); ++i) CHECK(at::equal(got[i], want[i]));
  }
  Experiment on_cpu = experiment(cpu);
  const auto plain = scores(on_cpu, std::vector<at::Device>(kVideos, cpu));
  for (size_t i = 0; i < plain.size(); ++i) CHECK(at::allclose(want[i], plain[i], 1e-4, 1e-5));
}

}  // namespace
}  // namespace vs::evaluate
