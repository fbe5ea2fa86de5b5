#include "lib/flops/latency.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "lib/core/cancel.h"
#include "lib/core/text.h"
#include "lib/nn/device.h"
#include "lib/nn/device_option.h"
#include "lib/nn/memory.h"
#include "lib/nn/noise.h"

namespace vs::flops {
namespace {

constexpr int kWarmUps = 3;

/// Gives what has no values weights under which values neither vanish nor overflow on their way through a deep network.
void fill_randomly(nn::Module& module, nn::NoiseSource& noise) {
  std::vector<nn::Entry> without;
  for (const nn::Entry& entry : module.entries()) {
    if (entry.tensor->is_meta()) without.push_back(entry);
  }
  module.materialize();
  for (const nn::Entry& entry : without) {
    at::Tensor& tensor = *entry.tensor;
    if (!tensor.is_floating_point()) continue;
    if (tensor.dim() >= 2) {
      const double fan_in = static_cast<double>(tensor.numel()) / static_cast<double>(tensor.size(0));
      tensor.copy_(noise.normal(tensor.sizes(), tensor.options()) * std::sqrt(1.0 / fan_in));
    } else {
      tensor.fill_(entry.name.ends_with("weight") || entry.name.ends_with("running_var") ? 1.0 : 0.0);
    }
  }
}

double elapsed_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

uint64_t peak_memory(const at::Device& device) {
  if (const nn::DeviceBackend* const backend = nn::backend_of(device))
    return static_cast<uint64_t>(backend->memory(device.index()).peak);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace

Latency measure_latency(System& system, const LatencyOptions& options) {
  nn::pool_tensor_memory();
  const c10::InferenceMode inference;
  if (options.threads > 0) at::set_num_threads(options.threads);
  nn::SeededNoise noise(options.seed);
  std::vector<const Part*> parts;
  for (Part& part : system.parts) {
    if (!part.run) continue;
    fill_randomly(*part.module, noise);
    part.module->move(options.device);
    part.module->prepare({options.dtype});
    parts.push_back(&part);
  }
  // Input is made once: its making is no part of the forward.
  std::vector<at::Tensor> inputs;
  size_t next = 0;
  const InputMaker make = [&](const std::vector<int64_t>& shape) {
    if (next == inputs.size()) inputs.push_back(noise.normal(shape, at::device(options.device).dtype(at::kFloat)));
    return inputs[next++];
  };
  const auto forward = [&] {
    next = 0;
    for (const Part* part : parts) part->run(options.batch, make);
  };
  const std::unique_ptr<nn::DeviceGraph> graph = nn::try_to_record(options.device, forward);
  std::vector<double> times;
  for (int64_t run = -kWarmUps; run < options.runs; ++run) {
    throw_if_cancelled();
    nn::synchronize(options.device);
    const auto start = std::chrono::steady_clock::now();
    if (graph) {
      graph->replay();
    } else {
      forward();
    }
    nn::synchronize(options.device);
    if (run >= 0) times.push_back(elapsed_since(start));
  }
  std::sort(times.begin(), times.end());
  const auto rank = [&](double share) {
    return times[static_cast<size_t>(std::ceil(share * static_cast<double>(times.size()))) - 1];
  };
  Latency latency;
  latency.median_s = times.size() % 2 ? rank(0.5) : (times[times.size() / 2 - 1] + times[times.size() / 2]) / 2;
  latency.min_s = times.front();
  latency.p95_s = rank(0.95);
  latency.clips_per_s = static_cast<double>(options.batch) / latency.median_s;
  latency.batch = options.batch;
  latency.runs = options.runs;
  latency.threads = at::get_num_threads();
  latency.device = options.device.str();
  latency.dtype = nn::name_of_dtype(options.dtype);
  latency.peak_memory_bytes = peak_memory(options.device);
  return latency;
}

std::string latency_text(const Latency& l) {
  return fmt::format(
      "forward of {} video{} in {} on {}, {} thread{}, {} runs: median {:.2f} ms, min {:.2f} ms, p95 {:.2f} ms\n"
      "  {:.2f} clips a second; peak memory {}\n",
      l.batch, l.batch == 1 ? "" : "s", l.dtype, l.device, l.threads, l.threads == 1 ? "" : "s", l.runs,
      1e3 * l.median_s, 1e3 * l.min_s, 1e3 * l.p95_s, l.clips_per_s, human_bytes(l.peak_memory_bytes));
}

nlohmann::ordered_json latency_json(const Latency& l) {
  return {{"device", l.device},
          {"dtype", l.dtype},
          {"threads", l.threads},
          {"batch", l.batch},
          {"runs", l.runs},
          {"median_s", l.median_s},
          {"min_s", l.min_s},
          {"p95_s", l.p95_s},
          {"clips_per_s", l.clips_per_s},
          {"peak_memory_bytes", l.peak_memory_bytes}};
}

}  // namespace vs::flops
