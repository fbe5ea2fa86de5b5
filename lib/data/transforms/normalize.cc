#include "lib/data/transforms/normalize.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

#include "lib/core/error.h"
#include "lib/motion/target_clones.h"

namespace vs::data {
namespace {

float reference_value(NormalizeRule rule, int x, double mean, double std) {
  const float value = static_cast<float>(x), center = static_cast<float>(mean), deviation = static_cast<float>(std);
  if (rule == NormalizeRule::kMmaction0x)
    return static_cast<float>(static_cast<double>(value - center) * (1 / static_cast<double>(deviation)));
  if (rule == NormalizeRule::kMmaction1x) return (value - center) / deviation;
  return (value / 255.0F - center) / deviation;
}

float arithmetic_value(float x, float divisor, float mean, float std) { return (x / divisor - mean) / std; }

struct Row {
  const uint8_t* from;
  std::ptrdiff_t width;
};

/// One channel of an interleaved row.
template <int kChannels>
[[gnu::always_inline]] inline void row_of(const Row row, int channel, float mean, float std, float* __restrict to) {
  const uint8_t* __restrict from = row.from + channel;
  for (std::ptrdiff_t x = 0; x < row.width; ++x) to[x] = (static_cast<float>(from[x * kChannels]) - mean) / std;
}

template <int kChannels>
[[gnu::always_inline]] inline void divided_row_of(const Row row, int channel, float divisor, float mean, float std,
                                                  float* __restrict to) {
  const uint8_t* __restrict from = row.from + channel;
  for (std::ptrdiff_t x = 0; x < row.width; ++x)
    to[x] = (static_cast<float>(from[x * kChannels]) / divisor - mean) / std;
}

VS_TARGET_CLONES
void row_of_three(const Row row, int channel, float divisor, float mean, float std, float* to) {
  if (divisor == 1) return row_of<3>(row, channel, mean, std, to);
  divided_row_of<3>(row, channel, divisor, mean, std, to);
}

VS_TARGET_CLONES
void row_of_one(const Row row, float divisor, float mean, float std, float* to) {
  if (divisor == 1) return row_of<1>(row, 0, mean, std, to);
  divided_row_of<1>(row, 0, divisor, mean, std, to);
}

}  // namespace

Normalization::Normalization(NormalizeRule rule, const std::vector<double>& mean, const std::vector<double>& std,
                             bool swap_channels)
    : swaps_(swap_channels), arithmetic_(true) {
  if (mean.empty() || mean.size() > 4 || mean.size() != std.size())
    throw UsageError("mean and std", fmt::format("have {} and {} numbers", mean.size(), std.size()),
                     "one a channel, 1 to 4 of them");
  if (swap_channels && mean.size() != 3) throw UsageError("mean", "channels are swapped where there are three");
  for (std::size_t c = 0; c < mean.size(); ++c) {
    const float center = static_cast<float>(mean[c]), deviation = static_cast<float>(std[c]);
    if (!std::isfinite(center) || !std::isfinite(deviation) || deviation == 0)
      throw UsageError("std", fmt::format("({} - {}) / {} is no number", "x", mean[c], std[c]));
    Channel channel{{}, rule == NormalizeRule::kTorchvision ? 255.0F : 1.0F, center, deviation};
    for (int x = 0; x < 256; ++x) {
      const float value = reference_value(rule, x, mean[c], std[c]);
      channel.values[static_cast<std::size_t>(x)] = value;
      arithmetic_ = arithmetic_ && value == arithmetic_value(static_cast<float>(x), channel.divisor, center, deviation);
    }
    tables_.push_back(channel);
  }
}

void Normalization::planes(const media::ImageView& picture, float* out, std::ptrdiff_t plane_step) const {
  if (picture.channels != channels()) throw std::logic_error("picture and mean differ in channels");
  for (int y = 0; y < picture.height; ++y) {
    const uint8_t* row = picture.data + y * picture.stride;
    for (int c = 0; c < picture.channels; ++c) {
      const Channel& table = tables_[static_cast<std::size_t>(c)];
      float* to = out + c * plane_step + std::ptrdiff_t{y} * picture.width;
      const int from = swaps_ ? 2 - c : c;
      if (arithmetic_ && picture.channels == 3) {
        row_of_three({row, picture.width}, from, table.divisor, table.mean, table.std, to);
      } else {
        for (int x = 0; x < picture.width; ++x) to[x] = table.values[row[x * picture.channels + from]];
      }
    }
  }
}

void Normalization::plane(const media::ImageView& picture, int channel, float factor, float* out) const {
  if (picture.channels != 1 || channel < 0 || channel >= channels())
    throw std::logic_error("not a picture of one channel");
  const Channel& table = tables_[static_cast<std::size_t>(channel)];
  for (int y = 0; y < picture.height; ++y) {
    const uint8_t* row = picture.data + y * picture.stride;
    float* to = out + std::ptrdiff_t{y} * picture.width;
    if (arithmetic_) {
      row_of_one({row, picture.width}, table.divisor, table.mean, table.std, to);
    } else {
      for (int x = 0; x < picture.width; ++x) to[x] = table.values[row[x]];
    }
    if (factor != 1)
      for (int x = 0; x < picture.width; ++x) to[x] *= factor;
  }
}

Normalize make_normalize(StepOptions& options) {
  const std::vector<double> mean = options.numbers("mean"), std = options.numbers("std", mean.size());
  if (mean.size() != 2 && mean.size() != 3)
    options.refuse("mean", fmt::format("has {} numbers", mean.size()), "3 for red, green and blue, 2 for optical flow");
  const bool flow = mean.size() == 2;
  bool adjust = false, swap = false;
  // 0.x divides flow in float, without OpenCV.
  NormalizeRule rule = flow ? NormalizeRule::kMmaction1x : NormalizeRule::kMmaction0x;
  const char* swap_key = "to_bgr";
  if (options.type() == "Normalize") {
    swap = options.flag_or("to_bgr", false);
    adjust = options.flag_or("adjust_magnitude", false);
    if (adjust && !flow) options.refuse("adjust_magnitude", "is for optical flow, which has two means");
  } else if (options.type() == "ActionDataPreprocessor") {
    rule = NormalizeRule::kMmaction1x;
    swap_key = "to_rgb";
    swap = options.flag_or("to_rgb", false);
    options.pass({"format_shape"});
  } else {
    rule = NormalizeRule::kTorchvision;
    if (flow) options.refuse("mean", "has 2 numbers, frames have 3 channels");
  }
  if (swap && flow) options.refuse(swap_key, "is for pictures, mean has 2 numbers");
  for (const double deviation : std)
    if (static_cast<float>(deviation) == 0) options.refuse("std", "must not be 0");
  return {Normalization(rule, mean, std, swap), adjust, flow};
}

}  // namespace vs::data
