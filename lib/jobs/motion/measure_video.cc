#include "lib/jobs/motion/measure_video.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "lib/core/cancel.h"
#include "lib/core/error.h"
#include "lib/jobs/inputs/short_video.h"
#include "lib/jobs/motion/flow_images.h"
#include "lib/jobs/motion/motion_places.h"
#include "lib/media/frame_source.h"
#include "lib/media/video_decoder.h"
#include "lib/motion/codec.h"
#include "lib/motion/pixel_motion.h"

namespace vs::jobs {
namespace {

constexpr std::size_t kWarningsShown = 3;

motion::PixelMeasure measure_of(MotionMethod method) {
  switch (method) {
    case MotionMethod::kMad:
      return motion::PixelMeasure::kMad;
    case MotionMethod::kLuma:
      return motion::PixelMeasure::kLuma;
    case MotionMethod::kFlow:
      return motion::PixelMeasure::kFlow;
    default:
      return motion::PixelMeasure::kSsim;
  }
}

void take_warnings(const std::string& path, const std::vector<std::string>& from, std::vector<std::string>& out) {
  for (std::size_t i = 0; i < from.size() && i < kWarningsShown; ++i) out.push_back(path + ": " + from[i]);
  if (from.size() > kWarningsShown) out.push_back(fmt::format("{}: and {} more", path, from.size() - kWarningsShown));
}

// The warnings of a video that was read to its end, and whether it gave what it promises.
void end_video(const store::Item& item, const MotionOptions& options, media::VideoDecoder& decoder,
               MeasuredVideo& result) {
  take_warnings(item.path, decoder.warnings(), result.warnings);
  const auto finding = shortage(decoder, result.motion.num_frames);
  if (!finding) return;
  if (!options.allow_short) throw DataError(item.path, *finding, "use --allow-short");
  result.warnings.push_back(item.path + ": " + *finding);
}

// A measure knows its pictures, not where they are from.
void add_frame(const store::Item& item, media::Frame& frame, motion::PixelMotion& motion) {
  const int64_t index = motion.num_frames();
  try {
    motion.add(frame);
  } catch (const DataError& failure) {
    if (failure.place().starts_with(item.path)) throw;
    throw DataError(fmt::format("{}, frame {}", item.path, index), failure.finding(), failure.hint());
  }
}

motion::PixelMotion begin_motion(const MotionOptions& options, const MeasureTools& tools) {
  if (options.method == MotionMethod::kPa) return motion::PixelMotion(tools.difference, tools.threads);
  const motion::PixelMeasure measure = measure_of(options.method);
  if (tools.on_device) return motion::PixelMotion(measure, *tools.on_device);
  return motion::PixelMotion(measure, options.flow_algorithm);
}

void measure_pixels(const store::Item& item, const MotionOptions& options, const ItemOpener& opener,
                    const MeasureTools& tools, MeasuredVideo& result) {
  const std::unique_ptr<media::FrameSource> source = opener.open(item);
  motion::PixelMotion motion = begin_motion(options, tools);
  std::optional<FlowImageWriter> images;
  if (!options.flow_images.empty()) {
    images.emplace(flow_folder(options, item), options.flow_bound, options.quality);
  }
  while (media::Frame* frame = source->next()) {
    throw_if_cancelled();
    add_frame(item, *frame, motion);
    if (images && motion.num_frames() > 1) images->add(motion.flow());
  }
  if (motion.num_frames() == 0) throw DataError(item.path, "no frame in it");
  result.motion.num_frames = motion.num_frames();
  result.motion.motion = motion.values();
  if (auto* decoder = dynamic_cast<media::VideoDecoder*>(source.get())) {
    end_video(item, options, *decoder, result);
  } else {
    take_warnings(item.path, source->warnings(), result.warnings);
  }
  if (images) result.flow_images = images->finish();
}

void require_video(const store::Item& item, const ItemOpener& opener) {
  if (opener.kind(item) != media::SourceKind::kVideo) {
    throw DataError(item.path, "is no video file, so it has no compressed stream",
                    "use --method ssim, mad, luma, flow or pa for pictures");
  }
}

void measure_packets(const store::Item& item, const MotionOptions& options, MeasuredVideo& result) {
  media::VideoDecoder decoder(item.path);
  const motion::CompressedFrames frames = motion::compressed_frames(decoder.packet_index());
  if (frames.frames.empty()) throw DataError(item.path, "no packet of a frame in it");
  result.motion.num_frames = static_cast<int64_t>(frames.frames.size());
  result.motion.motion = motion::packet_motion(frames.frames);
  end_video(item, options, decoder, result);
  if (!frames.exact) {
    result.warnings.push_back(fmt::format("{}: the number of frames ({}) is that of packets, decoding may give another",
                                          item.path, frames.frames.size()));
  }
}

void measure_vectors(const store::Item& item, const MotionOptions& options, MeasuredVideo& result) {
  media::VideoOptions how;
  how.motion_vectors = true;
  media::VideoDecoder decoder(item.path, how);
  std::vector<motion::VectorSums> frames;
  bool any = false;
  while (media::VideoFrame* frame = decoder.next()) {
    throw_if_cancelled();
    frames.push_back(motion::sum_vectors(frame->motion_vectors(), frame->picture_type));
    any |= frames.back().forward_area + frames.back().backward_area > 0;
  }
  if (!any && frames.size() > 1) {
    throw DataError(item.path, fmt::format("FFmpeg tells no motion vectors of {}", decoder.info().codec),
                    "use --codec-source packets");
  }
  result.motion.num_frames = static_cast<int64_t>(frames.size());
  result.motion.motion = motion::vector_motion(frames);
  end_video(item, options, decoder, result);
}

}  // namespace

MeasuredVideo measure_video(const store::Item& item, const MotionOptions& options, const ItemOpener& opener,
                            const MeasureTools& tools) {
  MeasuredVideo result;
  result.motion.video_id = item.id;
  switch (options.method) {
    case MotionMethod::kCodecPackets:
      require_video(item, opener);
      measure_packets(item, options, result);
      break;
    case MotionMethod::kCodecVectors:
      require_video(item, opener);
      measure_vectors(item, options, result);
      break;
    default:
      measure_pixels(item, options, opener, tools, result);
  }
  return result;
}

}  // namespace vs::jobs
