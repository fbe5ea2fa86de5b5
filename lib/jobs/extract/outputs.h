// The ways out: folders of pictures, a frames pack, a stream of pixels, a file of features.
#pragma once

#include <vector>

#include "lib/cli/program.h"
#include "lib/jobs/extract/extract_options.h"
#include "lib/store/item_run.h"

namespace vs::jobs {

/// What a run did.
struct ExtractResult {
  store::ItemRunResult run;
  int64_t frames = 0;    ///< rows of features
  std::string manifest;  ///< path of the manifest; empty for a stream
};

/// A folder a video below options.output, and the manifest when all are done. Goes on with a killed run of the same
/// options and items. Videos are added to a finished output of the same options: the manifest then names all, counts
/// those that were there as skipped, and keeps failed ones that are not among `items`. Throws UsageError if all items
/// are finished already or a foreign folder is in the way (without --force), RunError on a full disk.
ExtractResult write_folders(const ExtractOptions& options, const std::vector<store::Item>& items, Log& log);
/// The items that write_folders() would write; for other outputs all.
std::vector<store::Item> items_to_write(const ExtractOptions& options, const std::vector<store::Item>& items);

/// One frames pack.
ExtractResult write_pack(const ExtractOptions& options, const std::vector<store::Item>& items, Log& log);

/// Raw pixels on standard output, one frame after the other, videos in order, one at a time.
/// Throws UsageError if standard output is a terminal.
ExtractResult write_stream(const ExtractOptions& options, const std::vector<store::Item>& items, Log& log);

/// One file of features. Needs libvsnn.so: RunError without. Throws UsageError for a network or weights that do not
/// fit.
ExtractResult write_features(const ExtractOptions& options, const std::vector<store::Item>& items, Log& log);

}  // namespace vs::jobs
