#include "lib/motion/pixel_motion.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "lib/core/error.h"
#include "lib/media/image.h"
#include "lib/media/image_pixels.h"
#include "lib/motion/absolute_difference.h"
#include "lib/motion/device_motion.h"
#include "lib/motion/ssim.h"

namespace vs::motion {
namespace {

struct LumaPlane {
  media::PlaneView view;
  std::shared_ptr<const void> owner;
};

// A gray picture: the frame's own, or one made of its RGB.
class GrayPicture {
 public:
  void take(media::Frame& frame) {
    const media::ImageView picture = frame.gray_or_rgb();
    if (picture.channels == 1) {
      view_ = picture;
      owner_ = frame.hold();
      return;
    }
    if (made_.width != picture.width || made_.height != picture.height) {
      made_ = media::Image(picture.width, picture.height, 1);
    }
    media::rgb_to_gray(picture, made_);
    view_ = made_.view();
  }
  void take(media::Image picture) {
    made_ = std::move(picture);
    view_ = made_.view();
    owner_ = nullptr;
  }
  const media::ImageView& view() const { return view_; }

 private:
  media::ImageView view_;
  std::shared_ptr<const void> owner_;
  media::Image made_;
};

/// Whether one object can compare both.
bool are_alike(const media::DevicePicture& a, const media::DevicePicture& b) {
  return a.device == b.device && a.width == b.width && a.height == b.height && a.sample_bytes == b.sample_bytes &&
         a.bits == b.bits;
}

}  // namespace

struct PixelMotion::Impl {
  PixelMeasure measure;
  std::optional<OpticalFlow> engine;
  Ssim ssim;
  std::shared_ptr<const FeatureDifference> feature;
  int threads = 1;
  GrayPicture gray_before, gray_now;
  media::Image rgb_before;
  LumaPlane luma_before;
  FlowField no_flow;
  const FlowField* flow = nullptr;
  const DeviceMotionMaker* on_device = nullptr;
  std::unique_ptr<DeviceMotion> device;  // has the frame before, and all since one that it did not get
  media::DevicePicture device_picture;   // what it was made for
  int64_t frames = 0;
  int width = 0, height = 0;
  std::vector<double> values;

  double of_luma(media::Frame& frame) {
    const media::PlaneView now = frame.luma();
    const double value = frames > 0 ? mean_absolute_difference(luma_before.view, now) : 0;
    luma_before = {now, frame.hold()};
    return value;
  }

  double of_gray(media::Frame& frame) {
    gray_now.take(frame);
    double value = 0;
    if (frames > 0) value = compare();
    std::swap(gray_before, gray_now);
    return value;
  }

  double of_rgb(media::Frame& frame) {
    const media::ImageView now = frame.rgb();
    const double value = frames > 0 ? feature->motion(rgb_before.view(), now, threads) : 0;
    if (rgb_before.width != now.width || rgb_before.height != now.height) {
      rgb_before = media::Image(now.width, now.height, now.channels);
    }
    for (int y = 0; y < now.height; ++y) {
      std::copy_n(now.data + y * now.stride, static_cast<std::ptrdiff_t>(now.width) * now.channels, rgb_before.row(y));
    }
    return value;
  }

  double of(media::Frame& frame) {
    switch (measure) {
      case PixelMeasure::kLuma:
        return of_luma(frame);
      case PixelMeasure::kPa:
        return of_rgb(frame);
      default:
        return of_gray(frame);
    }
  }

  /// The picture, if it can be measured where it is.
  std::optional<media::DevicePicture> picture_on_device(const media::Frame& frame) const {
    if (!on_device) return std::nullopt;
    std::optional<media::DevicePicture> picture = frame.device_picture();
    if (picture && !on_device->measures(measure, *picture)) picture.reset();
    return picture;
  }

  void take_device_values() {
    if (!device) return;
    const std::vector<double> more = device->take_values();
    values.insert(values.end(), more.begin(), more.end());
  }

  /// The frame before is brought to the CPU, so that the next one can be compared with it there.
  void leave_device() {
    take_device_values();
    auto bytes = std::make_shared<std::vector<uint8_t>>(device->last_plane());
    device.reset();
    if (measure == PixelMeasure::kLuma) {
      const std::ptrdiff_t stride = std::ptrdiff_t{width} * (device_picture.bits > 8 ? 2 : 1);
      luma_before = {{bytes->data(), width, height, device_picture.bits, stride}, bytes};
    } else {
      media::Image gray(width, height, 1);
      gray.pixels = std::move(*bytes);
      gray_before.take(std::move(gray));
    }
  }

  void start_on_device(const media::DevicePicture& picture) {
    device = on_device->make(measure, picture);
    device_picture = picture;
    luma_before = {};  // which would keep a picture on the GPU
  }

  void take(media::Frame& frame) {
    const std::optional<media::DevicePicture> picture = picture_on_device(frame);
    if (device && !(picture && are_alike(*picture, device_picture))) leave_device();
    if (!device && (frames > 0 || !picture)) {
      const double value = of(frame);
      if (frames > 0) values.push_back(value);
    }
    if (!picture) return;
    if (!device) start_on_device(*picture);
    device->add(*picture, frame.hold());
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
      case PixelMeasure::kPa:
        break;
    }
    throw std::logic_error("not a measure of gray frames");
  }
};

PixelMotion::PixelMotion(PixelMeasure measure, FlowAlgorithm algorithm) : impl_(std::make_unique<Impl>()) {
  if (measure == PixelMeasure::kPa) throw std::logic_error("motion of features without their weights");
  impl_->measure = measure;
  if (measure == PixelMeasure::kFlow) impl_->engine.emplace(algorithm);
}
PixelMotion::PixelMotion(PixelMeasure measure, const DeviceMotionMaker& on_device) : PixelMotion(measure) {
  impl_->on_device = &on_device;
}
PixelMotion::PixelMotion(std::shared_ptr<const FeatureDifference> feature, int threads)
    : impl_(std::make_unique<Impl>()) {
  impl_->measure = PixelMeasure::kPa;
  impl_->feature = std::move(feature);
  impl_->threads = threads;
}
PixelMotion::PixelMotion(PixelMotion&&) noexcept = default;
PixelMotion& PixelMotion::operator=(PixelMotion&&) noexcept = default;
PixelMotion::~PixelMotion() = default;

void PixelMotion::add(media::Frame& frame) {
  Impl& impl = *impl_;
  if (impl.frames > 0 && (frame.width != impl.width || frame.height != impl.height)) {
    throw DataError(fmt::format("frame {}", frame.index),
                    fmt::format("size changes from {}x{} to {}x{}", impl.width, impl.height, frame.width, frame.height),
                    "motion is defined between frames of one size");
  }
  impl.width = frame.width;
  impl.height = frame.height;
  impl.take(frame);
  ++impl.frames;
}

const FlowField& PixelMotion::flow() const { return impl_->flow != nullptr ? *impl_->flow : impl_->no_flow; }

int64_t PixelMotion::num_frames() const { return impl_->frames; }

const std::vector<double>& PixelMotion::values() const {
  impl_->take_device_values();
  return impl_->values;
}

}  // namespace vs::motion
