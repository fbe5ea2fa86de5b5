// Where motion values come from: measured, or read from a motion file.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lib/core/log.h"
#include "lib/jobs/motion/measure_video.h"
#include "lib/jobs/motion/motion_options.h"
#include "lib/jobs/motion/open_item.h"
#include "lib/store/item_run.h"
#include "lib/store/manifest.h"
#include "lib/store/motion_file.h"

namespace vs::jobs {

struct MotionSource {
  std::vector<store::Item> items;                        ///< all of them, shards not yet cut
  store::MotionInfo info;                                ///< of the values that `read` gives
  std::vector<std::string> side_inputs;                  ///< files that were read and are no item of their own
  std::optional<store::FileRecord> weights;              ///< of --weights, as they were when read; in side_inputs too
  ItemOpener opener;                                     ///< of videos, folders and packs
  bool opens_videos = true;                              ///< items' paths are such; else values come from a motion file
  const motion::DeviceMotionMaker* on_device = nullptr;  ///< measures on the GPU that decodes; null: the CPU does
  /// The values of one item; several threads may call it. Throws DataError.
  std::function<MeasuredVideo(const store::Item&)> read;
};

/// True if the item's path is a file or folder that no other item shares.
bool is_own_file(const MotionSource& source, const store::Item& item);

/// Throws as collect_item_list, UsageError for a window rule on curves and for weights that are missing or do not fit,
/// and DataError for a bad motion file.
MotionSource open_motion_source(const MotionOptions& options, Log& log);

}  // namespace vs::jobs
