#include "lib/evaluate/evaluate.h"

#include "lib/evaluate/exit_curves.h"
#include "lib/evaluate/report/report_files.h"
#include "lib/evaluate/rescoring.h"
#include "lib/evaluate/retrieval.h"
#include "lib/evaluate/run_evaluation.h"

namespace vs::evaluate {

int evaluate(const cli::ParsedOptions& parsed, cli::ProgramContext& context) {
  const std::string& what = parsed.subcommand();
  if (what == "score") return score_files(parsed, context);
  if (what == "fuse") return fuse_files(parsed, context);
  if (what == "again") return average_again(parsed, context);
  if (what == "compare") return compare_files(parsed, context);
  if (what == "report") return report_files(parsed, context);
  if (what == "exit") return exit_curves(parsed, context);
  if (what == "retrieve") return retrieve(parsed, context);
  return run_evaluation(parsed, context);
}

}  // namespace vs::evaluate
