// How long a network takes on this machine.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "lib/flops/system.h"

namespace vs::flops {

struct LatencyOptions {
  at::Device device = at::kCPU;
  at::ScalarType dtype = at::kFloat;
  int threads = 0;    ///< 0: as many as LibTorch takes by itself
  int64_t batch = 1;  ///< videos at once
  int64_t runs = 20;  ///< timed ones, after the warm-up
  uint64_t seed = 0;  ///< of weights that are not loaded, and input
};

struct Latency {
  double median_s = 0, min_s = 0, p95_s = 0;  ///< of one forward of `batch` videos
  double clips_per_s = 0;                     ///< videos a second at the median
  int64_t batch = 0, runs = 0;
  int threads = 0;
  std::string device, dtype;
  uint64_t peak_memory_bytes = 0;  ///< of the whole process; on a GPU of its tensors
};

/// Gives every network of the system that has none random weights, prepares it for inference and times whole forwards
/// of all its parts, one after the other; on a GPU recorded once and replayed, as in evaluation. The system keeps its
/// weights, on the device, and stays prepared. Throws Interrupted on a
/// signal.
Latency measure_latency(System& system, const LatencyOptions& options);

/// One line for people, and an object.
std::string latency_text(const Latency& latency);
nlohmann::ordered_json latency_json(const Latency& latency);

}  // namespace vs::flops
