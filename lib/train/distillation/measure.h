// What a network costs, measured in a process of its own.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "lib/cli/parsed_options.h"
#include "lib/cli/program.h"

namespace vs::train {

/// Starts this program with `--measure` for a recipe of which model and input.shape count, and reads what it prints:
/// {input, parameters, gflops, latency_s, memory_bytes, threads}, of one video. Memory is the most that the whole
/// process held. Throws RunError if it cannot be started or fails.
nlohmann::ordered_json measure_apart(const nlohmann::ordered_json& recipe, int threads, const std::string& folder);

/// What --measure does in that process. Throws as flops::build_system() and flops::measure_latency().
int print_measure(const std::string& path, const cli::ParsedOptions& parsed, const cli::ProgramContext& context);

}  // namespace vs::train
