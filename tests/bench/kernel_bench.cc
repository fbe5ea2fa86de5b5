// vs-kernel-bench [--device NAME] ROUNDS
//
// Times own kernels of the device NAME, such as cuda, against LibTorch's operations for the same, at the sizes of
// published recipes, in turns. Prints one JSON object: a row an operation with the median seconds of each and their
// ratio.
#include <functional>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "lib/core/log.h"
#include "lib/nn/adafocus/patch_crop.h"
#include "lib/nn/drca/perturbed_rank.h"
#include "lib/nn/layers/temporal_shift.h"
#include "tests/bench/bench_words.h"
#include "tests/bench/kernel_job.h"

namespace {

namespace bench = vs::bench;
namespace nn = vs::nn;
using Json = nlohmann::ordered_json;

/// Work of some hundred microseconds a time: one launch would measure the launch.
constexpr int kCalls = 50;

at::Tensor leaf(at::Tensor tensor) { return tensor.set_requires_grad(true); }

/// Work of networks, whose functions take own kernels where there are any.
std::vector<bench::KernelJob> network_jobs(const at::Device& device) {
  std::vector<bench::KernelJob> all;
  const auto add = [&](const std::string& name, const std::function<void()>& work) {
    all.push_back({name, work, [work] {
                     const nn::WithoutDeviceOperations without;
                     work();
                   }});
  };
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    const auto options = at::device(device).dtype(type);
    const std::string of_type = nn::name_of_dtype(type);
    // TSM-R50, 8 segments, 16 videos: the first stage's maps.
    const at::Tensor maps = at::randn({128, 256, 56, 56}, options).contiguous(at::MemoryFormat::ChannelsLast);
    add("temporal shift [128, 256, 56, 56] " + of_type, [=] { (void)nn::temporal_shift(maps, 8, 8); });
    const at::Tensor trained = leaf(maps.clone());
    const at::Tensor gradient = at::randn_like(maps);
    add("temporal shift with gradient " + of_type, [=] {
      trained.mutable_grad() = at::Tensor();
      nn::temporal_shift(trained, 8, 8).backward(gradient);
    });
    // AdaFocusV2: 16 frames of 16 videos, patches of 128 pixels.
    const at::Tensor frames = at::randn({256, 3, 224, 224}, options);
    const at::Tensor places = at::rand({256, 2}, at::device(device));
    add("patch crop 224 to 128 " + of_type, [=] { (void)nn::crop_patches(frames, places, 128); });
    const at::Tensor learned = leaf(places.clone());
    const at::Tensor of_patches = at::randn({256, 3, 128, 128}, options);
    add("patch crop with gradient " + of_type, [=] {
      learned.mutable_grad() = at::Tensor();
      nn::crop_patches(frames, learned, 128).backward(of_patches);
    });
  }
  // DRCA-S-K4: 8 frames of 14 x 14 places of 384 channels, 64 clips, 500 samples.
  const at::Tensor scores = at::rand({64, 8}, at::device(device)), noise = at::randn({64, 500, 8}, at::device(device));
  const at::Tensor clips = at::randn({64, 8, 14 * 14 * 384}, at::device(device));
  add("DRCA: rank and gather", [=] {
    const nn::drca::Split split = nn::drca::split_by_score(scores, 4);
    if (const auto* const own = nn::operations_of(clips.device())) {
      (void)own->gather_frames(clips, split);
    } else {
      for (const at::Tensor& part : {split.kept, split.dropped})
        (void)clips.gather(1, part.unsqueeze(-1).expand({-1, -1, clips.size(2)}));
    }
  });
  add("DRCA: perturbed mixture", [=] { (void)nn::drca::perturbed_mixture(scores, noise, 4, 0.05); });
  return all;
}

void run(const std::string& name, const std::vector<std::string>& words) {
  const int64_t rounds = bench::number(words[0]);
  vs::Log log("vs-kernel-bench", vs::Verbosity::kQuiet, false);
  const at::Device device = nn::open_device(name, "--device " + name, log);
  if (!nn::operations_of(device)) throw vs::UsageError("--device " + name, "has no kernels of its own");
  Json rows = Json::array();
  std::vector<bench::KernelJob> jobs = network_jobs(device);
  for (bench::KernelJob& job : bench::picture_jobs(device)) jobs.push_back(std::move(job));
  for (const bench::KernelJob& job : jobs) {
    const auto calls = [](const std::function<void()>& work) {
      return [&work] {
        for (int i = 0; i < kCalls; ++i) work();
      };
    };
    std::vector<double> own, composed;
    for (int64_t round = -1; round < rounds; ++round) {
      const double own_s = bench::timed(device, calls(job.own)) / kCalls;
      const double composed_s = bench::timed(device, calls(job.composed)) / kCalls;
      if (round < 0) continue;  // a warm-up
      own.push_back(own_s);
      composed.push_back(composed_s);
    }
    const double own_s = bench::median(own), composed_s = bench::median(composed);
    rows.push_back(
        {{"operation", job.name}, {"own_s", own_s}, {"composed_s", composed_s}, {"ratio", composed_s / own_s}});
  }
  std::cout << Json{{"rows", rows}}.dump() << "\n";
}

}  // namespace

int main(int argc, char** argv) { return bench::program(argc, argv, 1, "vs-kernel-bench [--device NAME] ROUNDS", run); }
