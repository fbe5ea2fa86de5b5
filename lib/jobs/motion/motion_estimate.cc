#include "lib/jobs/motion/motion_estimate.h"

#include <algorithm>
#include <optional>

#include "lib/core/cancel.h"
#include "lib/core/error.h"
#include "lib/core/parallel.h"
#include "lib/jobs/inputs/short_video.h"
#include "lib/media/video_decoder.h"

namespace vs::jobs {
namespace {

struct Count {
  int64_t frames = 0;
  bool exact = true;
};

Count count_frames(const MotionSource& source, const store::Item& item) {
  if (!source.opens_videos) return {source.read(item).motion.num_frames, true};
  const auto frames = source.opener.open(item);
  auto* decoder = dynamic_cast<media::VideoDecoder*>(frames.get());
  if (!decoder) return {frames->promised_frames(), true};
  const media::VideoIndex& index = decoder->packet_index();
  if (index.knowledge != media::FrameKnowledge::kNone) return {static_cast<int64_t>(index.frames.size()), true};
  return {std::max<int64_t>(0, promised_frames(decoder->info(), 0)), false};
}

}  // namespace

Estimate estimate_motion(const MotionOptions& options, const MotionSource& source,
                         const std::vector<store::Item>& items, Log& log) {
  Estimate total;
  total.exact = options.flow_images.empty();
  ordered_parallel(
      items.size(), thread_count(options.jobs, items.size()),
      [&](uint64_t i) -> std::optional<Count> {
        throw_if_cancelled();
        try {
          store::throw_if_faulty(items[i]);
          return count_frames(source, items[i]);
        } catch (const DataError& error) {
          log.error(error.what());
          return std::nullopt;
        }
      },
      [&](uint64_t, const std::optional<Count>& count) {
        if (!count) {
          ++total.failed;
          return;
        }
        ++total.videos;
        total.frames += count->frames;
        total.bytes += static_cast<uint64_t>(std::max<int64_t>(count->frames - 1, 0)) * sizeof(double);
        total.exact = total.exact && count->exact;
      });
  return total;
}

}  // namespace vs::jobs
