#include "lib/evaluate/run_options.h"

#include <fmt/format.h>

#include "lib/cli/lists.h"
#include "lib/core/error.h"
#include "lib/core/parallel.h"
#include "lib/core/text.h"
#include "lib/nn/device_option.h"

namespace vs::evaluate {

MetricOptions read_metric_options(const cli::ParsedOptions& parsed) {
  MetricOptions options;
  options.names = cli::listed_words(parsed, "metrics");
  check_metric_names(options.names);
  options.topk.clear();
  for (const auto& word : cli::listed_words(parsed, "topk")) {
    const auto k = parse_integer(word);
    if (!k || *k < 1) throw UsageError("--topk", fmt::format("\"{}\" is no number above 0", printable(word)));
    options.topk.push_back(*k);
  }
  options.renumber_classes = parsed.flag("renumber-classes");
  options.num_resamples = parsed.integer("bootstrap");
  options.confidence = parsed.real("confidence");
  options.seed = static_cast<uint64_t>(parsed.integer_or("seed", 0));
  options.threads = available_cores();
  return options;
}

RecipeChanges read_recipe_changes(const cli::ParsedOptions& parsed) {
  return {parsed.texts("set"), parsed.text("pipeline"), parsed.text_or("protocol", ""),
          parsed.text_or("average-clips", "")};
}

RunOptions read_run_options(const cli::ParsedOptions& parsed) {
  if (!parsed.has("recipe")) throw UsageError("--recipe", "is missing", "--list-recipes shows the published ones");
  RunOptions options;
  static_cast<jobs::RunOptions&>(options) = jobs::read_run_options(parsed);
  options.recipe = parsed.text("recipe");
  options.changes = read_recipe_changes(parsed);
  static_cast<DataOptions&>(options) = read_data_options(parsed);
  open_hwaccel(options, parsed, parsed.text("device"));
  options.compute.dtype = nn::dtype_named(parsed.text("dtype"));
  options.compute.threads = static_cast<int>(parsed.integer_or("threads", 0));
  options.compute.batch = parsed.integer("batch");
  options.compute.deterministic = parsed.flag("deterministic");
  options.untrained = parsed.flag("untrained");
  options.seed = static_cast<uint64_t>(parsed.integer_or("seed", 0));
  options.metrics = read_metric_options(parsed);
  options.output = parsed.text_or("output", "");
  options.plan_output = parsed.text_or("save-picks", "");
  options.metrics_output = parsed.text_or("save-metrics", "");
  options.sheet = parsed.text_or("sheet", "");
  options.sheet_video = parsed.text_or("video", "");
  if (options.annotations.empty()) throw UsageError("--annotations", "is missing", "a list of the videos to score");
  if (options.output.empty()) throw UsageError("--output", "is missing", "the score file to write");
  if (options.untrained == parsed.has("weights"))
    throw UsageError("--weights", options.untrained ? "stands beside --untrained" : "is missing",
                     options.untrained ? "leave one of them out" : "a checkpoint, or --untrained for random weights");
  return options;
}

}  // namespace vs::evaluate
