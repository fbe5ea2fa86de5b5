#include "lib/motion/pixel_motion.h"

#include <fmt/format.h>

#include <cstring>
#include <optional>
#include <stdexcept>
#include <utility>

#include "lib/core/error.h"
#include "lib/media/image.h"
#include "lib/media/image_pixels.h"
#include "lib/motion/absolute_difference.h"
#include "lib/motion/ssim.h"

namespace vs::motion {
namespace {

// An owned copy of a luma plane.
struct Plane {
  int width = 0, height = 0, bits = 8;
  std::vector<uint8_t> samples;

  std::size_t row_bytes() const { return static_cast<std::size_t>(width) * (bits > 8 ? 2 : 1); }
  void copy(const media::PlaneView& view) {
    width = view.width;
    height = view.height;
    bits = view.bits;
    samples.resize(row_bytes() * static_cast<std::size_t>(height));
    for (int y = 0; y < height; ++y) {
      std::memcpy(samples.data() + static_cast<std::size_t>(y) * row_bytes(), view.data + y * view.stride, row_bytes());
    }
  }
  media::PlaneView view() const {
    return {samples.data(), width, height, bits, static_cast<std::ptrdiff_t>(row_bytes())};
  }
};

void copy_gray(const media::ImageView& picture, media::Image& out) {
  if (out.width != picture.width || out.height != picture.height || out.channels != 1) {
    out = media::Image(picture.width, picture.height, 1);
  }
  if (picture.channels == 3) {
    media::rgb_to_gray(picture, out);
    return;
  }
  for (int y = 0; y < picture.height; ++y) {
    std::memcpy(out.row(y), picture.data + y * picture.stride, static_cast<std::size_t>(picture.width));
  }
}

}  // namespace

struct PixelMotion::Impl {
  PixelMeasure measure;
  std::optional<OpticalFlow> engine;
  Ssim ssim;
  media::Image gray_before, gray_now;
  Plane luma_before;
  FlowField no_flow;
  const FlowField* flow = nullptr;
  int64_t frames = 0;
  int width = 0, height = 0;
  std::vector<double> values;

  double of_luma(media::Frame& frame) {
    const media::PlaneView now = frame.luma();
    const double value = frames > 0 ? mean_absolute_difference(luma_before.view(), now) : 0;
    luma_before.copy(now);
    return value;
  }

  double of_gray(media::Frame& frame) {
    copy_gray(frame.gray_or_rgb(), gray_now);
    double value = 0;
    if (frames > 0) value = compare();
    std::swap(gray_before, gray_now);
    return value;
  }

  double compare() {
    const media::ImageView before = gray_before.view(), now = gray_now.view();
    switch (measure) {
      case PixelMeasure::kSsim:
        return ssim.motion(before, now);
      case PixelMeasure::kFlow:
        flow = &engine->compute(before, now);
        return mean_magnitude(*flow);
      case PixelMeasure::kMad:
        return mean_absolute_difference(before, now);
      case PixelMeasure::kLuma:
        break;
    }
    throw std::logic_error("not a measure of gray frames");
  }
};

PixelMotion::PixelMotion(PixelMeasure measure, FlowAlgorithm algorithm) : impl_(std::make_unique<Impl>()) {
  impl_->measure = measure;
  if (measure == PixelMeasure::kFlow) impl_->engine.emplace(algorithm);
}
PixelMotion::PixelMotion(PixelMotion&&) noexcept = default;
PixelMotion& PixelMotion::operator=(PixelMotion&&) noexcept = default;
PixelMotion::~PixelMotion() = default;

double PixelMotion::add(media::Frame& frame) {
  Impl& impl = *impl_;
  if (impl.frames > 0 && (frame.width != impl.width || frame.height != impl.height)) {
    throw DataError(fmt::format("frame {}", frame.index),
                    fmt::format("size changes from {}x{} to {}x{}", impl.width, impl.height, frame.width, frame.height),
                    "motion is defined between frames of one size");
  }
  impl.width = frame.width;
  impl.height = frame.height;
  const double value = impl.measure == PixelMeasure::kLuma ? impl.of_luma(frame) : impl.of_gray(frame);
  if (impl.frames > 0) impl.values.push_back(value);
  ++impl.frames;
  return value;
}

const FlowField& PixelMotion::flow() const { return impl_->flow != nullptr ? *impl_->flow : impl_->no_flow; }

int64_t PixelMotion::num_frames() const { return impl_->frames; }

const std::vector<double>& PixelMotion::values() const { return impl_->values; }

}  // namespace vs::motion
