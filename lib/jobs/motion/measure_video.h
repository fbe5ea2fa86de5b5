// Motion of one video by the chosen method.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/jobs/motion/motion_options.h"
#include "lib/store/item_run.h"
#include "lib/store/motion_file.h"

namespace vs::jobs {

/// What was measured.
struct MeasuredVideo {
  store::VideoMotion motion;          ///< raw values
  std::vector<std::string> warnings;  ///< "a.mp4: packet 120 damaged"
};

/// Measures one item; flow images are written on the way where they are asked for (DIR/ID appears when whole).
/// Throws DataError for what cannot be opened or holds no frame.
MeasuredVideo measure_video(const store::Item& item, const MotionOptions& options);

}  // namespace vs::jobs
