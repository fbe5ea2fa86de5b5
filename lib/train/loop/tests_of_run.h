// --test-last and --test-best: checkpoints of a run, scored with the recipe's test pipeline.
#pragma once

#include <string>
#include <vector>

#include "lib/cli/parsed_options.h"
#include "lib/train/distributed/ranks.h"
#include "lib/train/loop/companion.h"
#include "lib/train/loop/validator.h"

namespace vs::train {

/// Scores a checkpoint of the folder on all ranks, which must have the same folder. The first one writes
/// test_NAME.h5 (`vs.scores/1`, with its manifest) and test_NAME.json (`vs.metrics/1`) beside the checkpoint; what lies
/// there is replaced. The task's weights are those of the checkpoint afterwards.
///
/// name: kLastCheckpoint or kBestCheckpoint. tester: of data.test, on the task's module. Throws as open_checkpoint(),
/// Validator::validate() and RunError for a full disk.
TestedCheckpoint test_checkpoint(const std::string& folder, const std::string& name, Task& task, Validator& tester,
                                 Ranks& ranks, const cli::ParsedOptions& parsed);

}  // namespace vs::train
