// vs-step-bench RECIPE SHAPE DTYPE THREADS WARM_UP STEPS [KEY=VALUE]...
//
// Takes training steps as vs-train does (losses, gradients, clipping, optimiser) on one batch of random videos of SHAPE
// ("1,8,3,112,112"), from random weights, in DTYPE (float32 or bfloat16: mixed precision) with THREADS threads. The
// recipe is changed as --set does. After WARM_UP steps that do not count, prints one JSON object: the median and all
// times of STEPS steps, the last loss, and the resident memory: its peak, and what it was before the network.
#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/nn/memory.h"
#include "lib/nn/patient_threads.h"
#include "lib/train/distributed/ranks.h"
#include "lib/train/initialization/initialize.h"
#include "lib/train/loop/settings.h"
#include "lib/train/loop/trainer.h"

namespace {

using Json = nlohmann::ordered_json;

/// A line of /proc/self/status in KiB, -1 where the system does not tell.
int64_t memory_kib(const std::string& line_name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(line_name)) return std::stoll(line.substr(line_name.size()));
  }
  return -1;
}

int64_t number(std::string_view text) {
  const auto value = vs::parse_integer(text);
  if (!value || *value < 0) throw vs::UsageError(std::string(text), "a number was expected");
  return *value;
}

void run(const std::vector<std::string>& words) {
  const Json document = vs::train::read_training_recipe(words[0], {words.begin() + 6, words.end()});
  const auto settings = vs::train::read_settings(document.at("train"));
  std::vector<int64_t> shape;
  for (const std::string_view part : vs::split(words[1], ',')) shape.push_back(number(part));
  vs::train::TrainerOptions how;
  how.bfloat16 = words[2] == "bfloat16";
  if (!how.bfloat16 && words[2] != "float32") throw vs::UsageError(words[2], "is neither float32 nor bfloat16");
  how.clip_norm = settings.clip_norm;
  how.clip_norm_type = settings.clip_norm_type;
  at::set_num_threads(static_cast<int>(number(words[3])));
  const vs::nn::PatientThreads patient;
  vs::nn::pool_tensor_memory();

  const int64_t before_kib = memory_kib("VmRSS:");
  const auto task = vs::train::build_task(document.at("model"), document.at("train"));
  vs::train::initialize(task->module(), document.at("model"), 0);
  task->prepare_training();
  const auto optimizer = vs::train::build_optimizer(task->module(), document.at("train").at("optimizer"));
  const vs::train::LearningRateSchedule schedule({{"policy", "fixed"}}, 1, 1);
  vs::train::SingleRank alone;
  vs::train::Trainer trainer(*task, *optimizer, schedule, alone, how);
  const vs::train::Batch batch{at::randn(shape), at::arange(shape.front(), at::kLong)};

  const int64_t warm_up = number(words[4]), steps = number(words[5]);
  std::vector<double> times;
  double loss = 0;
  for (int64_t i = 0; i < warm_up + steps; ++i) {
    const auto start = std::chrono::steady_clock::now();
    loss = trainer.step(batch, i).parts.front().second;
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    if (i >= warm_up) times.push_back(time.count());
  }
  std::vector<double> sorted = times;
  std::sort(sorted.begin(), sorted.end());
  const Json result = {{"median_s", sorted.empty() ? 0.0 : sorted[sorted.size() / 2]},
                       {"times_s", times},
                       {"loss", loss},
                       {"before_kib", before_kib},
                       {"peak_kib", memory_kib("VmHWM:")}};
  std::cout << result.dump() << "\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 7) {
    std::cerr << "usage: vs-step-bench RECIPE SHAPE DTYPE THREADS WARM_UP STEPS [KEY=VALUE]...\n";
    return vs::kExitUsage;
  }
  try {
    run({argv + 1, argv + argc});
  } catch (const vs::Error& error) {
    std::cerr << "vs-step-bench: error: " << error.what() << "\n";
    return error.exit_code();
  }
  return vs::kExitDone;
}
