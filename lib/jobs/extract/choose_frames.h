// Which frames of one video are wanted.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "lib/jobs/extract/extract_options.h"
#include "lib/media/video_decoder.h"

namespace vs::jobs {

/// The frames a sampling plan names, per video id: each once, in display order.
using PlannedFrames = std::map<std::string, std::vector<int64_t>>;

/// Reads the plan that --at names; clips of a video are thrown together. Throws UsageError if it cannot be read.
PlannedFrames read_planned_frames(const std::string& path);

/// The answer for one video.
struct ChosenFrames {
  enum class Kind { kAll, kKeyFrames, kListed };
  Kind kind = Kind::kAll;
  std::vector<int64_t> frames;  ///< kListed: indices, not decreasing; a frame named twice is written twice
};

/// Asks the decoder for its index only where the choice needs it (not for all frames and key frames of a whole video).
/// `planned`: for ChoiceRule::kPlan. `id`: the video in it.
/// Throws DataError where the video cannot be read, the plan does not name it, no frame is chosen of it, or its times
/// are beyond reason.
ChosenFrames choose_frames(const FrameChoice& choice, media::VideoDecoder& decoder, const std::string& id,
                           const PlannedFrames& planned);

/// The same from times alone: indices of `index.frames`, not decreasing.
std::vector<int64_t> choose_by_times(const FrameChoice& choice, const media::VideoInfo& info,
                                     const media::VideoIndex& index);

}  // namespace vs::jobs
