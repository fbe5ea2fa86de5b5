#include "lib/data/transforms/layout.h"

#include <fmt/format.h>

#include "lib/core/error.h"

namespace vs::data {

std::vector<int64_t> Layout::shape(const FrameCounts& counts, int64_t height, int64_t width) const {
  const int64_t clips = counts.crops * counts.num_clips, channels = counts.channels;
  std::vector<int64_t> shape;
  switch (axes) {
    case Axes::kNchw:
      shape = {clips * counts.clip_len, channels};
      break;
    case Axes::kNcthw:
      shape = {clips, channels, counts.clip_len};
      break;
    case Axes::kNcthw2d:
      shape = {counts.crops, channels, counts.frames()};
      break;
    case Axes::kNchwFlow:
      shape = {clips, counts.clip_len * channels};
      break;
    case Axes::kStack:
      shape = {clips * counts.clip_len * channels};
      break;
  }
  shape.insert(shape.end(), {height, width});
  if (collapse) {
    if (shape.front() != 1)
      throw DataError("sample", fmt::format("has {} along the first axis, which \"collapse\" drops", shape.front()),
                      "one clip, one crop, or no collapse");
    shape.erase(shape.begin());
  }
  return shape;
}

int64_t Layout::plane(const FrameCounts& counts, int64_t crop, int64_t frame, int64_t channel) const {
  const int64_t channels = counts.channels;
  if (axes == Axes::kNcthw) {
    const int64_t clip = crop * counts.num_clips + frame / counts.clip_len;
    return (clip * channels + channel) * counts.clip_len + frame % counts.clip_len;
  }
  if (axes == Axes::kNcthw2d) return (crop * channels + channel) * counts.frames() + frame;
  return (crop * counts.frames() + frame) * channels + channel;
}

Layout make_layout(StepOptions& options) {
  if (options.type() == "Stack") {
    if (options.flag_or("roll", false))
      options.refuse("roll", "is not offered: it turns channels into blue, green, red",
                     "GroupNormalize takes red, green, blue");
    return {Axes::kStack, false};
  }
  if (!options.has("input_format")) options.refuse("input_format", "is missing");
  const std::string name = options.word("input_format", {"NCHW", "NCTHW", "NCTHW2D", "NCHW_Flow"});
  Layout layout;
  if (name == "NCTHW") layout.axes = Axes::kNcthw;
  if (name == "NCTHW2D") layout.axes = Axes::kNcthw2d;
  if (name == "NCHW_Flow") layout.axes = Axes::kNchwFlow;
  layout.collapse = options.flag_or("collapse", false);
  return layout;
}

}  // namespace vs::data
