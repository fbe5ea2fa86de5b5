// What vs-motion goes over: videos, frame folders, videos of packs; or one motion file that is there already.
#pragma once

#include <string>
#include <vector>

#include "lib/core/log.h"
#include "lib/jobs/motion/motion_options.h"
#include "lib/media/open_source.h"
#include "lib/store/item_run.h"

namespace vs::jobs {

struct MotionInputs {
  std::vector<store::Item> items;  ///< a video of a pack has the pack's path and its id in the pack
  std::vector<std::string> packs;  ///< frames packs among the inputs
  std::string motion_file;         ///< set: the one motion file given instead of videos; then items is empty
};

/// All items that the options name, in the order named; folders sorted by path.
///
/// A folder is searched for files with a video's suffix and for folders that hold pictures (.jpg, .jpeg, .png); each
/// of the latter is one video. Hidden files are left out. A file or a line of a list may be any file, also one that
/// does not exist: that is the item's failure. The same path twice counts once. An id is the path without its last
/// suffix (of a folder: with it) below the folder that was searched, or the last component alone.
/// Throws UsageError if two items have one id, nothing is found, or a motion file stands beside other inputs; DataError
/// for a bad list, pack or annotation file.
MotionInputs collect_motion_inputs(const MotionOptions& options, Log& log);

/// How to open an item. Throws as media::source_kind.
struct OpenedItem {
  media::SourceKind kind;
  media::SourceOptions options;
};
OpenedItem how_to_open(const store::Item& item, const MotionOptions& options);

}  // namespace vs::jobs
