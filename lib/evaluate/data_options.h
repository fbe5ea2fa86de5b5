// Options that say which recipe and videos a run takes and how they are read: what vs-eval and vs-train share.
#pragma once

#include <string>

#include "lib/cli/option_table.h"
#include "lib/cli/parsed_options.h"
#include "lib/data/clip_reader.h"
#include "lib/data/dataset.h"
#include "lib/jobs/annot/reading.h"
#include "lib/jobs/inputs/hwaccel.h"
#include "lib/motion/mgsampler_json.h"

namespace vs::evaluate {

/// Which videos, where they lie, how their frames are read.
struct DataOptions {
  std::string annotations, motion, motion_method;  ///< the last two may be empty
  jobs::AnnotReading reading;
  data::DatasetOptions dataset;
  data::ClipReaderOptions clips;
  jobs::Hwaccel hwaccel;  ///< what decodes, once open_hwaccel() has been called; clips know it
  motion::Values motion_values = motion::Values::kRaw;
};

/// Adds --recipe and --set, with an example of such a change.
void add_recipe_options(cli::OptionTable& table, const std::string& change);
/// Adds --annotations and what goes with it, under the heading "Data".
void add_data_options(cli::OptionTable& table, const std::string& annotations_help);
/// Adds the libraries behind them and LibTorch to what --version names.
void add_library_versions(cli::OptionTable& table);
/// Reads and checks them. Throws UsageError.
DataOptions read_data_options(const cli::ParsedOptions& parsed);
/// Opens the device of --hwaccel, before that of the network: else it has a memory of its own. device: the network's
/// name as in --device, whose GPU is meant where --hwaccel names none. Throws as jobs::open_hwaccel().
void open_hwaccel(DataOptions& options, const cli::ParsedOptions& parsed, const std::string& device);

}  // namespace vs::evaluate
