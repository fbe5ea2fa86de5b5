#include "lib/jobs/extract/frame_features.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace vs::jobs {
namespace {

constexpr int kColours = 3, kLevels = 256;
/// The journal takes the rows of a video in one piece.
constexpr uint64_t kMostBytes = uint64_t{1} << 30;

/// As mmcv's imnormalize: in float, by the reciprocal of the deviation.
std::vector<float> levels_of(const FeatureOptions& options) {
  std::vector<float> levels;
  for (std::size_t colour = 0; colour < kColours; ++colour) {
    const auto mean = static_cast<float>(options.mean[colour]);
    const auto scale = static_cast<float>(1.0 / options.deviation[colour]);
    for (int level = 0; level < kLevels; ++level) levels.push_back((static_cast<float>(level) - mean) * scale);
  }
  return levels;
}

}  // namespace

ClipRule::ClipRule(const FeatureOptions& options, const plugin::FeatureShape& shape)
    : frames(shape.frames), stride(shape.frames) {
  if (shape.unit != plugin::FeatureUnit::kClip) return;
  interval = options.frame_interval;
  stride = options.clip_stride;
}

int64_t ClipRule::clips(int64_t count) const {
  const int64_t span = (frames - 1) * interval + 1;
  return count < span ? 1 : (count - span) / stride + 1;
}

int64_t feature_rows(const FeatureOptions& options, const plugin::FeatureShape& shape, int64_t frames) {
  return frames > 0 ? ClipRule(options, shape).clips(frames) * shape.rows : 0;
}

FrameFeatures::FrameFeatures(const FeatureOptions& options, plugin::FeatureNetwork& network, std::string id,
                             store::ByteSpool& values)
    : options_(options),
      network_(network),
      values_(values),
      rule_(options, network.shape()),
      levels_(levels_of(options)),
      features_{std::move(id), {}, {}},
      batch_clips_(std::max<int64_t>(1, options.batch_frames / rule_.frames)) {}

FrameFeatures::FramePointer FrameFeatures::cut_out(const OutputFrame& frame, std::span<const uint8_t> rgb) const {
  const int height = options_.crop.height, width = options_.crop.width;
  if (frame.size.height < height || frame.size.width < width) {
    throw DataError(features_.video_id,
                    fmt::format("pictures of {}x{} are smaller than the {}x{} that are cut out", frame.size.width,
                                frame.size.height, width, height),
                    "use a larger --short-side");
  }
  auto result = std::make_shared<Frame>(Frame{frame.index, frame.time_s, {}});
  const auto row_bytes = static_cast<std::size_t>(frame.size.width) * kColours;
  const auto top = static_cast<std::size_t>((frame.size.height - height) / 2);
  const auto left = static_cast<std::size_t>((frame.size.width - width) / 2) * kColours;
  const auto wanted = static_cast<std::size_t>(width) * kColours;
  result->rgb.reserve(wanted * static_cast<std::size_t>(height));
  for (std::size_t y = 0; y < static_cast<std::size_t>(height); ++y) {
    const auto row = rgb.subspan((top + y) * row_bytes + left, wanted);
    result->rgb.insert(result->rgb.end(), row.begin(), row.end());
  }
  return result;
}

void FrameFeatures::add(const OutputFrame& frame, std::span<const uint8_t> rgb) {
  last_ = cut_out(frame, rgb);
  const int64_t position = position_++;
  if (position % rule_.stride == 0) open_.push_back({position, {}});
  for (Clip& clip : open_) {
    if ((position - clip.start) % rule_.interval == 0) clip.frames.push_back(last_);
  }
  while (!open_.empty() && std::ssize(open_.front().frames) == rule_.frames) {
    put(open_.front());
    open_.pop_front();
  }
}

void FrameFeatures::put(const Clip& clip) {
  ++num_clips_;
  const auto& shape = network_.shape();
  for (int64_t row = 0; row < shape.rows; ++row) {
    const Frame& frame = *clip.frames[static_cast<std::size_t>(row)];
    features_.frame_index.push_back(frame.index);
    features_.time_s.push_back(frame.time_s);
  }
  for (const FramePointer& frame : clip.frames) {
    for (std::size_t colour = 0; colour < kColours; ++colour) {
      const float* const levels = levels_.data() + colour * kLevels;
      for (std::size_t at = colour; at < frame->rgb.size(); at += kColours) pixels_.push_back(levels[frame->rgb[at]]);
    }
  }
  if (++in_batch_ == batch_clips_) flush();
}

void FrameFeatures::flush() {
  if (in_batch_ == 0) return;
  const std::vector<float> rows = network_.run(pixels_, in_batch_);
  pixels_.clear();
  in_batch_ = 0;
  const std::span<const uint8_t> bytes(reinterpret_cast<const uint8_t*>(rows.data()), rows.size() * sizeof(float));
  if (values_.size() + bytes.size() > kMostBytes) {
    throw DataError(features_.video_id, fmt::format("its features take more than {}", human_bytes(kMostBytes)),
                    "choose fewer frames, or --pool mean");
  }
  values_.append(bytes);
}

store::VideoFeatures FrameFeatures::finish() {
  if (network_.shape().unit == plugin::FeatureUnit::kFrameGroup && !open_.empty()) {
    throw DataError(features_.video_id,
                    fmt::format("{} frames are chosen, the network looks at {} at a time", position_, rule_.frames),
                    fmt::format("use --num-frames {}", rule_.frames));
  }
  if (num_clips_ == 0 && !open_.empty()) {
    Clip& clip = open_.front();
    clip.frames.resize(static_cast<std::size_t>(rule_.frames), last_);
    put(clip);
  }
  flush();
  return std::move(features_);
}

}  // namespace vs::jobs
