// vs-motion: motion of every frame of videos, and frames chosen by it.
#include "lib/cli/program.h"
#include "lib/jobs/motion/option_table.h"
#include "lib/jobs/motion/run_motion.h"

int main(int argc, char** argv) {
  return vs::cli::run_program(vs::jobs::motion_option_table(), argc, argv, vs::jobs::run_motion);
}
