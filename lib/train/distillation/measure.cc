#include "lib/train/distillation/measure.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "lib/core/descriptor.h"
#include "lib/core/error.h"
#include "lib/flops/latency.h"
#include "lib/flops/system.h"
#include "lib/store/json.h"
#include "lib/store/recipe.h"

namespace vs::train {
namespace {

using store::Json;

constexpr double kGiga = 1e9;
constexpr int64_t kRuns = 10;

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

[[noreturn]] void fail(const std::string& why) { throw RunError("--report", "the cost cannot be measured: " + why); }

/// Standard output of this program with these arguments.
std::string output_of(std::vector<std::string> command) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) fail(std::strerror(errno));
  const Descriptor reading(ends[0]);
  pid_t child = 0;
  int failed = 0;
  {
    const Descriptor writing(ends[1]);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    failed = posix_spawn(&child, "/proc/self/exe", &actions, nullptr, pointers_to(command).data(), environ);
    posix_spawn_file_actions_destroy(&actions);
  }
  if (failed != 0) fail(std::strerror(failed));
  std::string text;
  std::array<char, 4096> part{};
  for (;;) {
    const ssize_t count = read(reading.get(), part.data(), part.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    text.append(part.data(), static_cast<size_t>(count));
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) fail("the process for it failed");
  return text;
}

}  // namespace

Json measure_apart(const Json& recipe, int threads, const std::string& folder) {
  const std::string path = folder + "/.measured.json";
  store::write_json(path, recipe);
  struct Removed {
    const std::string& path;
    ~Removed() { std::filesystem::remove(path); }
  } const removed{path};
  const std::string text =
      output_of({"vs-distill", "--measure", path, "--threads", std::to_string(threads), "--quiet"});
  return store::parse_json(store::JsonText("the measured cost", text));
}

int print_measure(const std::string& path, const cli::ParsedOptions& parsed, const cli::ProgramContext& context) {
  const auto recipe = store::Recipe::load(path, {}, "--measure");
  flops::System system = flops::build_system(recipe.model(), recipe.shape(), recipe.name());
  const flops::CostNode cost = flops::cost_of_system(system);
  flops::LatencyOptions options;
  options.threads = static_cast<int>(parsed.integer_or("threads", 0));
  options.runs = kRuns;
  const flops::Latency latency = flops::measure_latency(system, options);
  context.print(store::json_document({{"input", recipe.shape()},
                                      {"parameters", cost.parameters},
                                      {"gflops", static_cast<double>(cost.cost.counts.macs) / kGiga},
                                      {"latency_s", latency.median_s},
                                      {"memory_bytes", latency.peak_memory_bytes},
                                      {"threads", latency.threads}}));
  return kExitDone;
}

}  // namespace vs::train
