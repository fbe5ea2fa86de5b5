// The ready-made groups of options.
#include <algorithm>

#include "lib/cli/option_table.h"

namespace vs::cli {

void add_common_options(OptionTable& table) {
  table.group("Common options");
  table.flag("quiet", "errors only").letter('q').conflicts("verbose").environment().run();
  table.flag("verbose", "tell more about what is done").letter('v').environment().run();
  table.flag("json", "JSON on standard output instead of tables for people")
      .details("One document, or one object a line where results come one by one.")
      .run();
  table
      .choice("color", "WHEN",
              {{"auto", "on a terminal, if NO_COLOR is unset or empty"},
               {"always", "also into files and pipes"},
               {"never", "no colors"}},
              "when to use colors")
      .default_value("auto")
      .implied("always")
      .environment()
      .run();
  table.flag("usage", "short help").letter('h').run();
  table.flag("help", "long help").run();
  table.flag("version", "version, build and libraries").letter('V').run();
  table.choice("generate", "WHAT", {"man", "bash", "zsh", "fish", "json"}, "page or completion made from the options")
      .hidden()
      .run();
}

void add_item_options(OptionTable& table, std::initializer_list<std::string_view> without) {
  const auto wanted = [&](std::string_view name) {
    return std::find(without.begin(), without.end(), name) == without.end();
  };
  table.group("The run");
  if (wanted("output")) table.output_path("output", "PATH", "what to write").letter('o');
  if (wanted("jobs")) {
    table.integer("jobs", "N", "work on N items at once, 0 for all cores")
        .letter('j')
        .default_value("0")
        .min(0)
        .max(4096)
        .environment()
        .run()
        .details("The result does not depend on it.");
  }
  if (wanted("dry-run")) table.flag("dry-run", "tell what would be written, and its size").letter('n').run();
  if (wanted("force")) {
    table.flag("force", "replace existing outputs")
        .letter('f')
        .run()
        .details(
            "Without it a complete output is an error, and a partial one is continued if the options are the same.");
  }
  if (wanted("failed")) {
    table.output_path("failed", "FILE", "write the failed items as a list that can be read as input");
  }
  if (wanted("strict")) {
    table.flag("strict", "stop at the first failed item")
        .environment()
        .run()
        .details("Otherwise a failed item is reported and counted, the run goes on, and the exit status is 1.");
  }
  if (wanted("shard")) {
    table.shard("shard", "I/N", "only part I (from 0) of N equal parts of the items")
        .details(
            "With \"auto\" both numbers come from the job system: a SLURM, SGE or PBS array (for PBS, count from 0 and "
            "set VS_SHARD_COUNT), or the rank under Open MPI, PMI, srun or torchrun.");
  }
  if (wanted("depfile")) {
    table.output_path("depfile", "FILE", "write make rules that name the inputs of each output");
  }
  if (wanted("seed")) {
    table.integer("seed", "N", "seed of all random choices").default_value("0").min(0).environment();
  }
}

}  // namespace vs::cli
