#include "lib/jobs/inputs/run_options.h"

#include "lib/media/image_jpeg.h"
#include "lib/media/image_png.h"
#include "lib/store/h5.h"

namespace vs::jobs {

void add_allow_short(cli::OptionTable& table) {
  table.flag("allow-short", "accept videos that hold fewer frames than they promise")
      .details("A damaged video is a failed item otherwise.");
}

void add_run_options(cli::OptionTable& table, const std::string& output_help,
                     std::initializer_list<std::string_view> without) {
  cli::add_item_options(table, without);
  table.option("output").help(output_help).dash();
  cli::add_common_options(table);
  table.library("HDF5", store::hdf5_version);
  table.library("JPEG", media::jpeg_version);
  table.library("PNG", media::png_version);
}

RunOptions read_run_options(const cli::ParsedOptions& parsed) {
  RunOptions options;
  options.jobs = static_cast<int>(parsed.integer("jobs"));
  options.dry_run = parsed.flag("dry-run");
  options.force = parsed.flag("force");
  options.strict = parsed.flag("strict");
  options.failed = parsed.text_or("failed", "");
  options.depfile = parsed.text_or("depfile", "");
  options.shard = parsed.shard("shard");
  options.command = parsed.command();
  return options;
}

}  // namespace vs::jobs
