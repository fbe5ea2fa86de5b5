// vs-train: recognizers and samplers, trained as published.
#include "lib/cli/program.h"
#include "lib/train/loop/option_table.h"
#include "lib/train/loop/run_training.h"

int main(int argc, char** argv) {
  return vs::cli::run_program(vs::train::train_option_table(), argc, argv, vs::train::run_training);
}
