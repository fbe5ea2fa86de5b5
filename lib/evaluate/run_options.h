// What a run of vs-eval was asked to do.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "lib/cli/parsed_options.h"
#include "lib/evaluate/data_options.h"
#include "lib/evaluate/experiment.h"
#include "lib/evaluate/metric_list.h"
#include "lib/jobs/inputs/run_options.h"
#include "lib/nn/torch.h"

namespace vs::evaluate {

/// How networks run.
struct ComputeOptions {
  at::ScalarType dtype = at::kFloat;
  int threads = 0;  ///< of one forward, 0: all cores
  int64_t batch = 1;
  bool deterministic = false;  ///< the same bytes for any number of threads
};

struct RunOptions : jobs::RunOptions, DataOptions {
  std::string recipe;
  RecipeChanges changes;
  ComputeOptions compute;
  bool untrained = false;
  uint64_t seed = 0;
  MetricOptions metrics;
  std::string output, plan_output, metrics_output;  ///< the last two may be empty
  std::string sheet, sheet_video;                   ///< empty: none; the first video
};

/// What --set, --pipeline, --protocol and --average-clips say.
RecipeChanges read_recipe_changes(const cli::ParsedOptions& parsed);
/// Reads and checks them. Throws UsageError.
RunOptions read_run_options(const cli::ParsedOptions& parsed);
/// --metrics, --topk, --bootstrap, --confidence, --renumber-classes and --seed: what run and score share.
MetricOptions read_metric_options(const cli::ParsedOptions& parsed);

}  // namespace vs::evaluate
