// vs-distill: students on small frames, taught by networks on large ones.
#include "lib/cli/program.h"
#include "lib/train/distillation/option_table.h"
#include "lib/train/distillation/run_distillation.h"

int main(int argc, char** argv) {
  return vs::cli::run_program(vs::train::distill_option_table(), argc, argv, vs::train::run_distillation);
}
