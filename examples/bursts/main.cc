// vs-bursts: videos whose answer hides in a short burst of their frames.
#include "examples/bursts/data_set.h"
#include "examples/bursts/options.h"
#include "lib/cli/program.h"

int main(int argc, char** argv) {
  return vs::cli::run_program(vs::bursts::bursts_option_table(), argc, argv, vs::bursts::run_bursts);
}
