// Small models of every kind with every way of testing and training them, on a device against the CPU.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "lib/nn/device.h"
//
#include <doctest/doctest.h>

#include "lib/nn/loading.h"
#include "lib/nn/recognizers/recognizer.h"
#include "lib/train/task.h"
#include "tests/gpu/example_systems.h"
#include "tests/gpu/watched_backend.h"
#include "tests/lib/cuda/device.h"
#include "tests/lib/systems/small_models.h"
#include "tests/support/scratch.h"

namespace vs::cuda {
namespace {

using namespace systems::testing;
using systems::InputLayout;
using systems::Result;
using testing::distance;
using testing::OwnKernels;
using testing::Watched;

void check_same(const Result& found, const Result& want) {
  for (const auto& [a, b] : {std::pair{found.scores, want.scores},
                             {found.clip_scores, want.clip_scores},
                             {found.stage_logits, want.stage_logits},
                             {found.embeddings, want.embeddings}}) {
    REQUIRE(a.defined() == b.defined());
    if (!a.defined()) continue;
    CHECK(a.is_cpu());
    CHECK(distance(a.nan_to_num(0), b.nan_to_num(0)) < 1e-4);
  }
  CHECK(found.picks == want.picks);
  CHECK(found.stages == want.stages);
}

at::Tensor videos_for(const systems::System& system, int64_t frames) {
  if (system.layout() == InputLayout::kFrames) return random_tensor({2, frames, 3, kSide, kSide}, 5);
  return random_tensor({2, 2, 3, frames, kSide, kSide}, 5);
}

/// Scores on the device are those on the CPU; then with fixed weights, called, recorded and replayed.
void check_system(const std::string& name, const Json& model, int64_t frames, const Json& options = Json::object()) {
  CAPTURE(name);
  const auto system = ready(model, systems::read_test_options(options));
  const at::Tensor imgs = videos_for(*system, frames);
  const std::vector<uint64_t> keys = {3, 8};
  const at::Tensor others = imgs.flip(-1) * 0.5;
  const Result want = system->run(imgs, keys), want_of_others = system->run(others, keys);
  const OwnKernels kernels;
  system->move(kernels.device());
  check_same(system->run(imgs, keys), want);
  system->prepare({});
  const Watched watched(kernels.device());
  for (int run = 0; run < 2; ++run) check_same(system->run(imgs, keys), want);
  check_same(system->run(others, keys), want_of_others);
  CHECK(watched.refusals == std::vector<std::string>());
}

/// Losses and gradients of one step, on the CPU.
std::map<std::string, at::Tensor> stepped(const Json& model, const Json& train, const train::Batch& batch,
                                          const at::Device& device) {
  const auto task = train::build_task(model, train);
  randomise(task->module(), 4);
  task->module().move(device);
  task->prepare_training();
  nn::SeededNoise noise(1);
  task->set_noise(&noise);
  std::map<std::string, at::Tensor> found;
  // Twice, with what is kept from step to step taken to another process between them.
  for (int i = 0; i < 2; ++i) {
    const train::Losses losses = task->losses({batch.imgs.to(device), batch.labels, batch.items});
    losses.total.backward();
    found["total" + std::to_string(i)] = losses.total.detach().to(at::kCPU).view({1});
    for (const auto& [name, value] : losses.parts)
      found[name + std::to_string(i)] = value.detach().to(at::kCPU, at::kFloat).view({1});
    auto state = task->state();
    for (auto& [name, value] : state) value = value.to(at::kCPU);
    task->restore(state);
  }
  for (const nn::Entry& entry : task->module().entries()) {
    if (entry.tensor->grad().defined()) found["gradient of " + entry.name] = entry.tensor->grad().to(at::kCPU);
  }
  return found;
}

void check_step(const std::string& name, const Json& model, const train::Batch& batch,
                const Json& train = Json::object()) {
  CAPTURE(name);
  const auto want = stepped(model, train, batch, at::kCPU);
  const OwnKernels kernels;
  const auto found = stepped(model, train, batch, kernels.device());
  REQUIRE(found.size() == want.size());
  double largest = 0;
  for (const auto& [key, value] : want) largest = std::max(largest, value.abs().max().item<double>());
  for (const auto& [key, value] : want) {
    CAPTURE(key);
    CHECK((found.at(key) - value).abs().max().item<double>() <
          1e-4 * value.abs().max().item<double>() + 1e-6 * largest);
  }
}

train::Batch frames_of_two() { return {random_tensor({2, kFrames, 3, kSide, kSide}, 3), at::tensor({1, 4}), {0, 1}}; }
train::Batch clips_of_two(int64_t frames = kChosen) {
  return {random_tensor({2, 2, 3, frames, kSide, kSide}, 3), at::tensor({1, 4}), {0, 1}};
}

}  // namespace

TEST_CASE("every small system on the device") {
  check_system("TSN", tsn(), kChosen);
  check_system("TSM", tsm(), kChosen);
  check_system("SlowOnly", slow_only(), kChosen);
  check_system("Swin", swin(), kChosen);
  check_system("TimeSformer", drca(-1), kChosen);
  check_system("DRCA", drca(1), kChosen);
  check_system("DRCA, other k", drca(1), kChosen, {{"kept_frames", 1}});
  check_system("DRCA in chunks", drca(1), kChosen, {{"max_testing_views", 1}});
  check_system("retrieval", retrieval(), kChosen);
  check_system("ResKD", distilled(), kChosen);
  check_system("ResKD with its teacher", distilled(), kChosen, {{"with_teacher", true}});
}

TEST_CASE("AdaFocusV2's patches and exits on the device") {
  check_system("learned", adafocus(), kChosen);
  check_system("random", adafocus(), kChosen, {{"patch_choice", "random"}});
  check_system("at a place", adafocus(), kChosen, {{"patch_choice", "fixed"}, {"patch_place", {0.1, 0.7}}});
  for (const double threshold : {-1e9, 0.7, 1e9})
    check_system("exits", adafocus(), kChosen, {{"exit_thresholds", std::vector<double>(kChosen, threshold)}});
}

TEST_CASE("choices of frames on the device") {
  for (const bool clips : {false, true}) {
    CAPTURE(clips);
    check_system("most probable", ocsampler(clips), kFrames);
    check_system("uniform", ocsampler(clips), kFrames, {{"frame_choice", "uniform"}});
    check_system("random", ocsampler(clips), kFrames, {{"frame_choice", "random"}});
  }
  const Json uniform{{"type", "UniformSampler"}, {"num_segments", kChosen}};
  const Json learned{
      {"type", "OCSampler"}, {"num_segments", kChosen}, {"resize_px", kSide / 2}, {"network", skim_network()}};
  for (const Json& sampler : {uniform, learned}) {
    for (const Json& recognizer : {tsm(), slow_only(), drca(1), retrieval(), adafocus()})
      check_system(sampler.dump() + recognizer.dump(),
                   {{"type", "SampledRecognizer"}, {"sampler", sampler}, {"recognizer", recognizer}}, kFrames);
  }
}

TEST_CASE("steps of plain recognizers on the device") {
  check_step("TSN", tsn(), frames_of_two());
  check_step("TSM", tsm(kFrames), frames_of_two());
  check_step("mixed up", tsn(), frames_of_two(), {{"label_smoothing", 0.1}, {"mixup", {{"alpha", 0.2}}}});
  check_step("Swin", swin(), clips_of_two());
  for (const char* strategy : {"diff_rank", "uniform"}) {
    Json model = drca(1);
    model["backbone"]["comp_strategy"] = strategy;
    check_step(strategy, model, clips_of_two());
  }
}

TEST_CASE("steps of retrieval on the device") {
  check_step("with a memory", retrieval(), clips_of_two());
  for (const bool memory : {false, true}) {
    CAPTURE(memory);
    Json model = retrieval();
    model["sim_head"]["loss_sim"] = {
        {"type", "TripletMarginLoss"}, {"distance", "L2"}, {"cross_batch_memory", memory}, {"memory_size", 6}};
    check_step("triplets", model, clips_of_two());
  }
}

TEST_CASE("steps of distillation on the device") {
  Json model = distilled();
  model["backbone"]["high_feat_size"] = {2, 2};
  check_step("ResKD", model, frames_of_two());
  for (const char* part : {"scores", "score_maps"}) {
    for (const int64_t temperature : {1, 4})
      check_step(part, model, frames_of_two(),
                 {{"distillation", {{"part", part}, {"temperature", temperature}, {"weight", 2}}}});
  }
  // A student beside a teacher of another kind and width, with a layer between their features.
  const test::Scratch folder("vs-gpu-taught");
  Json teacher = tsn();
  teacher["backbone"]["base_channels"] = 16;
  teacher["cls_head"]["in_channels"] = 128;
  const auto network = nn::build_recognizer(teacher);
  randomise(*network, 9);
  nn::save_weights(*network, folder / "teacher.safetensors");
  const Json terms = {{{"part", "features"}}, {{"part", "pooled"}, {"weight", 2}}, {{"part", "scores"}}};
  check_step("taught", tsn(), frames_of_two(),
             {{"distillation",
               {{"teacher", {{"model", teacher}, {"weights", folder / "teacher.safetensors"}}},
                {"terms", terms},
                {"views", 2}}}});
}

TEST_CASE("steps of OCSampler on the device") {
  for (const bool clips : {false, true}) {
    for (const char* mode : {"gradient_policy", "tsn", "max", "random"}) {
      for (const int reward : {1, 2, 3, 4}) {
        Json model = ocsampler(clips);
        model["cls_head"]["final_loss"] = reward == 1;
        model["bp_mode"] = mode;
        model["reward_kind"] = reward;
        model["calc_mode"] = reward % 2 == 0 ? "all" : "approximate";
        check_step(std::string(mode) + std::to_string(reward), model, frames_of_two());
      }
    }
  }
}

}  // namespace vs::cuda
