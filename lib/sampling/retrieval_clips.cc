#include "lib/sampling/retrieval_clips.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "lib/core/error.h"
#include "lib/sampling/checks.h"
#include "lib/sampling/segment.h"

namespace vs::sampling {

std::vector<int64_t> one_frame_a_second(int64_t num_frames, double frame_rate) {
  constexpr double kHighest = 144, kInstead = 25;
  if (!(frame_rate > 0) || !std::isfinite(frame_rate))
    throw DataError("video", fmt::format("frame rate {} is not a positive number", frame_rate),
                    "one frame a second needs to know it");
  const double rate = frame_rate > kHighest ? kInstead : frame_rate;
  return every_nth(num_frames, std::max<int64_t>(1, std::llrint(rate)));
}

ClipPartition partition_into_clips(int64_t num_frames, int64_t clip_len) {
  check_num_frames(num_frames);
  check_argument("clip_len", clip_len);
  const int64_t whole = num_frames / clip_len, rest = num_frames % clip_len;
  ClipPartition partition;
  partition.num_clips = std::max<int64_t>(1, whole + (rest >= clip_len - rest ? 1 : 0));
  const int64_t places = partition.num_clips * clip_len;
  partition.used_frames = std::min(num_frames, places);
  partition.zero_frames = places - partition.used_frames;
  partition.dropped_frames = num_frames - partition.used_frames;
  return partition;
}

RetrievalView retrieval_view(Size picture, int64_t side) {
  RetrievalView view;
  view.resized = resize_short_side(picture, side, FollowingSide::kFloor);
  view.crop = center_crop(view.resized, {side, side});
  return view;
}

}  // namespace vs::sampling
