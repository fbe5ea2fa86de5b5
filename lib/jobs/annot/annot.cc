#include "lib/jobs/annot/annot.h"

#include <stdexcept>
#include <string>

namespace vs::jobs {

int run_annot(const cli::ParsedOptions& parsed, cli::ProgramContext& context) {
  const std::string& name = parsed.subcommand();
  if (name == "convert") return run_annot_convert(parsed, context);
  if (name == "check") return run_annot_check(parsed, context);
  if (name == "filter") return run_annot_filter(parsed, context);
  if (name == "split") return run_annot_split(parsed, context);
  if (name == "merge") return run_annot_merge(parsed, context);
  if (name == "stats") return run_annot_stats(parsed, context);
  if (name == "trace") return run_annot_trace(parsed, context);
  throw std::logic_error("subcommand without a function: " + name);
}

}  // namespace vs::jobs
