// Scores of a dataset in memory: what a training run validates with, equal to what vs-eval would write.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/data/dataset.h"
#include "lib/data/loader.h"
#include "lib/evaluate/experiment.h"
#include "lib/evaluate/score_set.h"
#include "lib/store/manifest.h"

namespace vs::evaluate {

/// What came of a dataset's videos.
struct ScoredDataset {
  ScoreSet scores;  ///< of those that could be scored, in the order of the dataset
  std::vector<store::Failure> failures;
};

/// Runs the experiment's system, whose weights are in place, on every video: `batch` of one shape at a time. For
/// systems that give class scores. GFLOPs are left unknown. Throws Interrupted, and DataError naming a video whose
/// scores are not finite.
ScoredDataset score_dataset(Experiment& experiment, const data::Dataset& data, const data::LoaderOptions& loading,
                            int64_t batch);

}  // namespace vs::evaluate
