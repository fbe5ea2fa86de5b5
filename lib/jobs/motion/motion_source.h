// Where motion values come from: measured, or read from a motion file.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lib/core/log.h"
#include "lib/jobs/motion/measure_video.h"
#include "lib/jobs/motion/motion_inputs.h"
#include "lib/jobs/motion/motion_options.h"
#include "lib/store/item_run.h"
#include "lib/store/motion_file.h"

namespace vs::jobs {

struct MotionSource {
  std::vector<store::Item> items;          ///< all of them, shards not yet cut
  store::MotionInfo info;                  ///< of the values that `read` gives
  bool hash_items = true;                  ///< each item's path is a file of its own
  std::vector<std::string> shared_inputs;  ///< files that hold several items
  bool opens_videos = true;                ///< items' paths are videos, folders or packs
  /// The values of one item; several threads may call it. Throws DataError.
  std::function<MeasuredVideo(const store::Item&)> read;
};

/// Throws as collect_motion_inputs, and DataError for a bad motion file.
MotionSource open_motion_source(const MotionOptions& options, Log& log);

}  // namespace vs::jobs
