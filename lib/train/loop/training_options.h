// What a run of vs-train was asked to do.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/cli/parsed_options.h"
#include "lib/evaluate/data_options.h"
#include "lib/nn/torch.h"

namespace vs::train {

struct TrainingOptions : evaluate::DataOptions {
  std::string recipe;
  std::vector<std::string> assignments;
  bool scale_learning_rate = false;
  std::string validation, validation_root, validation_motion;  ///< empty: none; as for training
  std::string folder;                                          ///< the run's output
  std::string depfile;                                         ///< empty: not asked for
  bool resume = false, force = false, dry_run = false, strict = false;
  int jobs = 0;                       ///< threads that read videos, 0: all cores
  std::vector<std::string> command;   ///< the command line, program first
  std::string device = "cpu";         ///< as nn::open_device() takes it
  at::ScalarType dtype = at::kFloat;  ///< of large operations
  bool graphs = true;                 ///< steps may be recorded and replayed
  int threads = 0;                    ///< of a step, 0: all cores
  int64_t log_every = 20;             ///< iterations
  int64_t save_every = 0;             ///< iterations between saves of `last` beside those at the end of epochs, 0: none
  int64_t validation_batch = 1;
  bool event_file = false;
  std::vector<std::string> tested;  ///< checkpoints to be scored at the end with the test pipeline
  int processes = 0;                ///< to start here, 0: this one alone, or as a launcher says
  int64_t timeout_s = 600;          ///< for which ranks wait for each other
  uint64_t seed = 0;
};

/// Reads and checks them. Throws UsageError.
TrainingOptions read_training_options(const cli::ParsedOptions& parsed);

}  // namespace vs::train
