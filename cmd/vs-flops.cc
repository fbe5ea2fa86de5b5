// vs-flops: parameters, multiply-accumulates and time of video networks.
#include "lib/cli/program.h"
#include "lib/flops/option_table.h"
#include "lib/flops/run_flops.h"

int main(int argc, char** argv) {
  return vs::cli::run_program(vs::flops::flops_option_table(), argc, argv, vs::flops::run_flops);
}
