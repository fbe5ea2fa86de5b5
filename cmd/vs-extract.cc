// vs-extract: frames of videos as pictures, packs or a stream; features of networks.
#include "lib/cli/program.h"
#include "lib/jobs/extract/extract.h"
#include "lib/jobs/extract/option_table.h"

int main(int argc, char** argv) {
  return vs::cli::run_program(vs::jobs::extract_option_table(), argc, argv, vs::jobs::run_extract);
}
