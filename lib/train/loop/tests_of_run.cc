#include "lib/train/loop/tests_of_run.h"

#include <nlohmann/json.hpp>

#include "lib/evaluate/score_output.h"
#include "lib/store/json.h"
#include "lib/train/checkpoints/checkpoint.h"

namespace vs::train {

TestedCheckpoint test_checkpoint(const std::string& folder, const std::string& name, Task& task, Validator& tester,
                                 Ranks& ranks, const cli::ParsedOptions& parsed) {
  ranks.wait();  // the first one may have saved it just now
  load_checkpoint_weights(task.module(), open_checkpoint(folder, name));
  evaluate::ScoreSet scores;
  TestedCheckpoint tested{name, folder + "/test_" + name + ".h5", tester.validate(ranks, &scores)};
  if (ranks.rank() > 0) return tested;
  scores.path = tested.scores;
  evaluate::write_score_set(tested.scores, scores, parsed, {checkpoint_files(folder, name).weights}, true);
  tested.report.scores = tested.scores;
  store::write_document(folder + "/test_" + name + ".json", "metrics", tested.report.document());
  return tested;
}

}  // namespace vs::train
