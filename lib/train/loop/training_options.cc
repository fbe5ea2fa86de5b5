#include "lib/train/loop/training_options.h"

#include "lib/core/error.h"
#include "lib/nn/device_option.h"

namespace vs::train {

TrainingOptions read_training_options(const cli::ParsedOptions& parsed) {
  if (!parsed.has("recipe")) throw UsageError("--recipe", "is missing", "--list-recipes shows the published ones");
  TrainingOptions options;
  static_cast<evaluate::DataOptions&>(options) = evaluate::read_data_options(parsed);
  options.recipe = parsed.text("recipe");
  options.assignments = parsed.texts("set");
  options.scale_learning_rate = parsed.flag("auto-scale-lr");
  options.validation = parsed.text_or("val", "");
  options.validation_root = parsed.text_or("val-data", options.dataset.root);
  options.validation_motion = parsed.text_or("val-motion", options.motion);
  options.folder = parsed.text_or("output", "");
  options.depfile = parsed.text_or("depfile", "");
  options.force = parsed.flag("force");
  options.dry_run = parsed.flag("dry-run");
  options.strict = parsed.flag("strict");
  options.jobs = static_cast<int>(parsed.integer("jobs"));
  options.command = parsed.command();
  options.resume = parsed.flag("resume");
  options.device = parsed.text("device");
  options.dtype = nn::dtype_named(parsed.text("dtype"));
  options.graphs = !parsed.flag("no-graphs");
  options.threads = static_cast<int>(parsed.integer_or("threads", 0));
  options.log_every = parsed.integer("log-every");
  options.save_every = parsed.integer("save-every");
  options.validation_batch = parsed.integer("val-batch");
  options.event_file = parsed.flag("tensorboard");
  if (parsed.flag("test-last")) options.tested.emplace_back("last");
  if (parsed.flag("test-best")) options.tested.emplace_back("best");
  options.processes = static_cast<int>(parsed.integer_or("nproc", 0));
  options.timeout_s = parsed.integer("timeout");
  options.seed = static_cast<uint64_t>(parsed.integer_or("seed", 0));
  if (options.annotations.empty())
    throw UsageError("--annotations", "is missing", "a list of the videos to train with");
  if (options.folder.empty()) throw UsageError("--output", "is missing", "the folder for checkpoints and logs");
  return options;
}

}  // namespace vs::train
