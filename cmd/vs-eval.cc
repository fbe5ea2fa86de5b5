// vs-eval: networks and samplers on annotated videos, scores and metrics.
#include "lib/cli/program.h"
#include "lib/evaluate/evaluate.h"
#include "lib/evaluate/option_table.h"

int main(int argc, char** argv) {
  return vs::cli::run_program(vs::evaluate::eval_option_table(), argc, argv, vs::evaluate::evaluate);
}
