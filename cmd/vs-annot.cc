// vs-annot: annotations of video datasets, read, checked, changed and written.
#include "lib/cli/program.h"
#include "lib/jobs/annot/annot.h"
#include "lib/jobs/annot/option_table.h"

int main(int argc, char** argv) {
  return vs::cli::run_program(vs::jobs::annot_option_table(), argc, argv, vs::jobs::run_annot);
}
