// vs-forward-bench [--device NAME] RECIPE SHAPE DTYPE THREADS WARM_UP RUNS [KEY=VALUE]...
//
// Scores one batch of random videos of SHAPE ("16,8,3,224,224") as vs-eval does, with random weights, in DTYPE with
// THREADS threads on the device NAME (cpu). The recipe is changed as --set does. After WARM_UP runs that do not count,
// prints one JSON object: the median and all times of RUNS runs, and the memory (bench_words.h). The batch lies on the
// device before a run; the scores are on the CPU after it.
#include <ATen/Parallel.h>

#include <iostream>
#include <string>
#include <vector>

#include "lib/core/log.h"
#include "lib/nn/loading.h"
#include "lib/nn/memory.h"
#include "lib/store/recipe.h"
#include "lib/systems/system.h"
#include "tests/bench/bench_words.h"

namespace {

namespace bench = vs::bench;

void run(const std::string& device_name, const std::vector<std::string>& words) {
  const auto recipe = vs::store::Recipe::load(words[0], {words.begin() + 6, words.end()});
  const at::ScalarType dtype = vs::nn::dtype_named(words[2]);
  vs::Log log("vs-forward-bench", vs::Verbosity::kQuiet, false);
  const at::Device device = vs::nn::open_device(device_name, "--device " + device_name, log);
  vs::nn::check_dtype(dtype, device);
  at::set_num_threads(static_cast<int>(bench::number(words[3])));
  vs::nn::pool_tensor_memory();

  const int64_t before_kib = bench::memory_kib("VmRSS:");
  const auto system = vs::systems::build_system(recipe.model());
  vs::nn::initialise(system->module(), 0);
  system->move(device);
  system->prepare({dtype});
  const at::Tensor batch = at::randn(bench::shape(words[1])).to(device);

  const int64_t warm_up = bench::number(words[4]), runs = bench::number(words[5]);
  std::vector<double> times;
  for (int64_t i = 0; i < warm_up + runs; ++i) {
    if (i == warm_up) bench::reset_peak_memory(device);
    const double time = bench::timed(device, [&] { (void)system->run(batch); });
    if (i >= warm_up) times.push_back(time);
  }
  std::cout << bench::measured(times, before_kib, device).dump() << "\n";
}

}  // namespace

int main(int argc, char** argv) {
  return bench::program(argc, argv, 6,
                        "vs-forward-bench [--device NAME] RECIPE SHAPE DTYPE THREADS WARM_UP RUNS [KEY=VALUE]...", run);
}
