#include "lib/nn/backbones/mobilenet_v2_sampler.h"

#include <fmt/format.h>

#include "lib/core/error.h"
#include "lib/nn/config.h"
#include "lib/nn/layers/linear.h"
#include "lib/nn/layers/pool.h"

namespace vs::nn {

MobileNetV2Sampler::MobileNetV2Sampler(const MobileNetV2Options& options, int64_t total_segments)
    : MobileNetV2(options),
      total_segments_(total_segments),
      logit_(child<Linear>("logit", out_channels(), int64_t{1})) {}

at::Tensor MobileNetV2Sampler::logits(const at::Tensor& frames) {
  if (frames.size(0) % total_segments_ != 0)
    throw DataError("sampler", fmt::format("{} frames are no multiple of {} a video", frames.size(0), total_segments_));
  return logits_of_pooled(mean_of_positions((*this)(frames), logit_.weight().scalar_type()));
}

at::Tensor MobileNetV2Sampler::logits_of_pooled(const at::Tensor& pooled) {
  const at::Tensor numbers = logit_(pooled);
  return numbers.view({pooled.size(0) / total_segments_, total_segments_});
}

at::Tensor MobileNetV2Sampler::probabilities(const at::Tensor& frames) { return at::softmax(logits(frames), -1); }

at::Tensor skim_frames(const at::Tensor& frames, int64_t size) {
  if (frames.dim() != 4) throw DataError("sampler", fmt::format("frames have {} axes, not 4", frames.dim()));
  return at::upsample_nearest2d(frames, {size, size});
}

std::unique_ptr<MobileNetV2Sampler> build_mobilenet_v2_sampler(Config config) {
  if (!config.flag_or("is_sampler", true))
    throw UsageError(config.place_of("is_sampler"), "is false, so that nothing chooses the frames", "set it to true");
  const MobileNetV2Options options = read_mobilenet_v2_tsm(config);
  const int64_t total_segments = config.integer_or("total_segments", 8, 1, kMostSegments);
  config.finish();
  if (options.shift_segments > 0 && total_segments % options.shift_segments != 0)
    throw UsageError(config.place_of("total_segments"),
                     fmt::format("{} is no multiple of num_segments {}", total_segments, options.shift_segments));
  return std::make_unique<MobileNetV2Sampler>(options, total_segments);
}

}  // namespace vs::nn
