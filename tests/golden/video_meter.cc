#include "tests/golden/video_meter.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "lib/media/image_pixels.h"

namespace vs::golden {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double sample(const media::PlaneView& plane, int x, int y) {
  const uint8_t* row = plane.data + y * plane.stride;
  return plane.bits > 8 ? row[2 * x] | row[2 * x + 1] << 8 : row[x];
}

double plane_mean(const media::PlaneView& plane) {
  double sum = 0;
  for (int y = 0; y < plane.height; ++y) {
    for (int x = 0; x < plane.width; ++x) sum += sample(plane, x, y);
  }
  return sum / (static_cast<double>(plane.width) * plane.height);
}

std::vector<double> plane_values(const media::PlaneView& plane) {
  std::vector<double> values;
  values.reserve(static_cast<size_t>(plane.width) * static_cast<size_t>(plane.height));
  for (int y = 0; y < plane.height; ++y) {
    for (int x = 0; x < plane.width; ++x) values.push_back(sample(plane, x, y));
  }
  return values;
}

template <class T>
double mean_absolute_difference(const std::vector<T>& a, const std::vector<T>& b) {
  if (a.size() != b.size() || a.empty()) return kNaN;
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
  return sum / static_cast<double>(a.size());
}

std::vector<uint8_t> rgb_bytes(const media::ImageView& view) {
  std::vector<uint8_t> bytes;
  for (int y = 0; y < view.height; ++y) {
    const uint8_t* row = view.data + y * view.stride;
    bytes.insert(bytes.end(), row, row + static_cast<std::ptrdiff_t>(view.width) * 3);
  }
  return bytes;
}

}  // namespace

void VideoMeter::add(media::VideoFrame& frame) {
  add_times(frame);
  const auto rgb = rgb_bytes(frame.rgb());
  double sums[3] = {0, 0, 0};
  for (size_t i = 0; i < rgb.size(); ++i) sums[i % 3] += rgb[i];
  for (const double sum : sums) result.rgb_means.push_back(sum / (static_cast<double>(rgb.size()) / 3));
  std::vector<double> luma;
  for (int i = 0; i < 3; ++i) {
    const bool there = frame.has_yuv_planes() && i < frame.plane_count();
    result.yuv_means.push_back(there ? plane_mean(frame.plane(i)) : kNaN);
  }
  if (frame.has_yuv_planes()) luma = plane_values(frame.luma());
  media::Image gray(frame.width, frame.height, 1);
  media::rgb_to_gray(frame.rgb(), gray);
  if (frame.index > 0) {
    result.mad_y.push_back(mean_absolute_difference(luma, luma_));
    result.mad_rgb.push_back(mean_absolute_difference(rgb, rgb_));
    result.mad_gray.push_back(mean_absolute_difference(gray.pixels, gray_.pixels));
    const bool same_size = gray.width == gray_.width && gray.height == gray_.height;
    const bool large = std::min(gray.width, gray.height) >= motion::kSsimWindow;
    result.ssim_diff.push_back(same_size && large ? ssim_.motion(gray_.view(), gray.view()) : kNaN);
  }
  rgb_ = rgb;
  luma_ = std::move(luma);
  gray_ = std::move(gray);
}

void VideoMeter::add_times(const media::VideoFrame& frame) {
  result.ticks.push_back(frame.ticks);
  result.durations.push_back(frame.duration_ticks);
  result.seconds.push_back(frame.time_s);
  result.keys.push_back(frame.key);
  result.sizes.insert(result.sizes.end(), {frame.width, frame.height});
  result.picture_types += frame.picture_type;
  result.md5.push_back(frame.md5());
}

}  // namespace vs::golden
