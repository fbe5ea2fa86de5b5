// Motion of one video by the chosen method.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/jobs/motion/motion_options.h"
#include "lib/jobs/motion/open_item.h"
#include "lib/motion/device_motion.h"
#include "lib/motion/feature_difference.h"
#include "lib/store/folder_writer.h"
#include "lib/store/item_run.h"
#include "lib/store/motion_file.h"

namespace vs::jobs {

/// What was measured.
struct MeasuredVideo {
  store::VideoMotion motion;                       ///< raw values
  std::vector<std::string> warnings;               ///< "a.mp4: packet 120 damaged"
  std::optional<store::FolderWriter> flow_images;  ///< pictures of the flow, written but not yet published
};

/// What some methods measure by.
struct MeasureTools {
  std::shared_ptr<const motion::FeatureDifference> difference;  ///< set for MotionMethod::kPa
  int threads = 1;                                              ///< for each video, of MotionMethod::kPa
  const motion::DeviceMotionMaker* on_device = nullptr;         ///< for frames that lie on a GPU; null: none do
};

/// Measures one item; flow images are written on the way where they are asked for.
/// Throws RunError where a GPU fails, and DataError for what cannot be opened or holds no frame, and for a damaged
/// video that holds fewer frames than it promises unless options.allow_short is set.
MeasuredVideo measure_video(const store::Item& item, const MotionOptions& options, const ItemOpener& opener,
                            const MeasureTools& tools = {});

}  // namespace vs::jobs
