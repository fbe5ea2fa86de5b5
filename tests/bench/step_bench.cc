// vs-step-bench [--device NAME] RECIPE SHAPE DTYPE THREADS WARM_UP STEPS [KEY=VALUE]...
//
// Takes training steps as vs-train does (losses, gradients, clipping, optimiser) on one batch of random videos of SHAPE
// ("1,8,3,112,112"), from random weights, in DTYPE (float32; bfloat16 or float16: mixed precision) with THREADS threads
// on the device NAME (cpu). The recipe is changed as --set does. After WARM_UP steps that do not count, prints one JSON
// object: the median and all times of STEPS steps, the memory (bench_words.h), and the last loss.
#include <ATen/Parallel.h>

#include <iostream>
#include <string>
#include <vector>

#include "lib/core/log.h"
#include "lib/nn/memory.h"
#include "lib/nn/patient_threads.h"
#include "lib/train/distributed/ranks.h"
#include "lib/train/initialization/initialize.h"
#include "lib/train/loop/settings.h"
#include "lib/train/loop/trainer.h"
#include "tests/bench/bench_words.h"

namespace {

using Json = nlohmann::ordered_json;
namespace bench = vs::bench;

void run(const std::string& device, const std::vector<std::string>& words) {
  const Json document = vs::train::read_training_recipe(words[0], {words.begin() + 6, words.end()});
  const auto settings = vs::train::read_settings(document.at("train"));
  const std::vector<int64_t> shape = bench::shape(words[1]);
  vs::train::TrainerOptions how;
  how.dtype = vs::nn::dtype_named(words[2]);
  vs::Log log("vs-step-bench", vs::Verbosity::kQuiet, false);
  how.device = vs::nn::open_device(device, "--device " + device, log);
  vs::nn::check_dtype(how.dtype, how.device);
  how.clip_norm = settings.clip_norm;
  how.clip_norm_type = settings.clip_norm_type;
  at::set_num_threads(static_cast<int>(bench::number(words[3])));
  const vs::nn::PatientThreads patient;
  vs::nn::pool_tensor_memory();

  const int64_t before_kib = bench::memory_kib("VmRSS:");
  const auto task = vs::train::build_task(document.at("model"), document.at("train"));
  vs::train::initialize(task->module(), document.at("model"), 0);
  task->module().move(how.device);
  task->prepare_training();
  const auto optimizer = vs::train::build_optimizer(task->module(), document.at("train").at("optimizer"));
  const vs::train::LearningRateSchedule schedule({{"policy", "fixed"}}, 1, 1);
  vs::train::SingleRank alone;
  vs::train::Trainer trainer(*task, *optimizer, schedule, alone, how);
  const vs::train::Batch batch{at::randn(shape).to(how.device), at::arange(shape.front(), at::kLong)};

  const int64_t warm_up = bench::number(words[4]), steps = bench::number(words[5]);
  std::vector<double> times;
  double loss = 0;
  for (int64_t i = 0; i < warm_up + steps; ++i) {
    if (i == warm_up) bench::reset_peak_memory(how.device);
    const double time = bench::timed(how.device, [&] {
      const auto parts = trainer.step(batch, i).parts;
      if (!parts.empty()) loss = parts.front().second;  // in float16 there may be none
    });
    if (i >= warm_up) times.push_back(time);
  }
  Json result = bench::measured(times, before_kib, how.device);
  result["loss"] = loss;
  std::cout << result.dump() << "\n";
}

}  // namespace

int main(int argc, char** argv) {
  return bench::program(argc, argv, 6,
                        "vs-step-bench [--device NAME] RECIPE SHAPE DTYPE THREADS WARM_UP STEPS [KEY=VALUE]...", run);
}
