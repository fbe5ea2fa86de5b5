// What the programs of this folder take on their command lines and tell.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/nn/device.h"
#include "lib/nn/device_option.h"

namespace vs::bench {

/// A line of /proc/self/status in KiB, -1 where the system does not tell.
inline int64_t memory_kib(const std::string& line_name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(line_name)) return std::stoll(line.substr(line_name.size()));
  }
  return -1;
}

inline int64_t number(std::string_view text) {
  const auto value = parse_integer(text);
  if (!value || *value < 0) throw UsageError(std::string(text), "a number was expected");
  return *value;
}

/// "1,8,3,112,112".
inline std::vector<int64_t> shape(std::string_view text) {
  std::vector<int64_t> sizes;
  for (const std::string_view part : split(text, ',')) sizes.push_back(number(part));
  return sizes;
}

/// main() of a program that takes [--device NAME] and at least `least` words more: run(device, words), where no device
/// given is "cpu". usage: what it is told with too few words, the program's name first.
template <class Run>
int program(int argc, char** argv, size_t least, const std::string& usage, const Run& run) {
  std::vector<std::string> words(argv + 1, argv + argc);
  std::string device = "cpu";
  if (words.size() >= 2 && words[0] == "--device") {
    device = words[1];
    words.erase(words.begin(), words.begin() + 2);
  }
  if (words.size() < least) {
    std::cerr << "usage: " << usage << "\n";
    return kExitUsage;
  }
  try {
    run(device, words);
  } catch (const Error& error) {
    std::cerr << usage.substr(0, usage.find(' ')) << ": error: " << error.what() << "\n";
    return error.exit_code();
  }
  return kExitDone;
}

/// Seconds of one call of work(), to the end of what the device does for it.
template <class Work>
double timed(const at::Device& device, const Work& work) {
  nn::synchronize(device);
  const auto start = std::chrono::steady_clock::now();
  work();
  nn::synchronize(device);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0.0 : values[values.size() / 2];
}

/// Times, their median, and memory: resident memory's peak and what it was before the network; on a GPU the most that
/// tensors had since reset_peak_memory().
inline nlohmann::ordered_json measured(const std::vector<double>& times, int64_t before_kib, const at::Device& device) {
  constexpr int64_t kKibi = 1024;
  nlohmann::ordered_json result = {
      {"median_s", median(times)}, {"times_s", times}, {"before_kib", before_kib}, {"peak_kib", memory_kib("VmHWM:")}};
  if (const auto* const backend = nn::backend_of(device))
    result["device_peak_kib"] = backend->memory(device.index()).peak / kKibi;
  return result;
}

inline void reset_peak_memory(const at::Device& device) {
  if (const auto* const backend = nn::backend_of(device)) backend->reset_peak_memory(device.index());
}

}  // namespace vs::bench
