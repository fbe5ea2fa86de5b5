#include "lib/cuda/frames/device_motion.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <utility>

#include "lib/cuda/frames/decoded_picture.h"
#include "lib/cuda/frames/held_pictures.h"
#include "lib/cuda/frames/runtime.h"
#include "lib/cuda/kernels/device_plane.h"
#include "lib/cuda/kernels/luma_difference.h"
#include "lib/cuda/kernels/ssim.h"
#include "lib/cuda/kernels/ssim_window.h"

namespace vs::cuda {
namespace {

using motion::PixelMeasure;

/// Pairs that one launch compares: what the kernel of luma differences walks along at once.
constexpr int kPairs = 8;
constexpr int kPlanes = kPairs + 1;
/// Results that stay on the GPU until the host waits for them.
constexpr int64_t kMostResults = 4096;

std::size_t aligned(std::size_t bytes) {
  constexpr std::size_t kUnit = 16;
  return (bytes + kUnit - 1) / kUnit * kUnit;
}

/// What is compared of a picture, its luma plane or its gray picture, is first put into one of kPlanes planes of our
/// own, so that the decoder soon has its picture back: it has few. They are used in turn; the last plane of one launch
/// is the first of the next.
class Motion final : public motion::DeviceMotion {
 public:
  Motion(PixelMeasure measure, const media::DevicePicture& first)
      : measure_(measure),
        first_(first),
        row_bytes_(static_cast<std::size_t>(first.width) *
                   static_cast<std::size_t>(measure == PixelMeasure::kLuma ? first.sample_bytes : 1)),
        pitch_(aligned(row_bytes_)),
        plane_bytes_(pitch_ * static_cast<std::size_t>(first.height)),
        planes_(first.device, kPlanes * plane_bytes_),
        table_(first.device, kTableSize * sizeof(DevicePlane)),
        results_(first.device, kMostResults * kResultBytes) {
    if (measure == PixelMeasure::kSsim) {
      workspace_.emplace(first.device,
                         static_cast<std::size_t>(ssim_workspace(kPairs, first.width, first.height)) * sizeof(double));
    }
    const DeviceScope here(first_.device);
    std::array<DevicePlane, kTableSize> table;
    for (int i = 0; i < kTableSize; ++i) table[static_cast<std::size_t>(i)] = {plane(i % kPlanes), pitch()};
    copy_to_device(table_.as<DevicePlane>(), table.data(), sizeof table);
  }

  void add(const media::DevicePicture& picture, std::shared_ptr<const void> owner) override {
    if (picture.device != first_.device || picture.width != first_.width || picture.height != first_.height ||
        picture.sample_bytes != first_.sample_bytes || picture.bits != first_.bits) {
      throw std::logic_error("motion between pictures that are not alike");
    }
    const DeviceScope here(first_.device);
    held_.add(std::move(owner), [&] { take(picture, plane((oldest_ + waiting_) % kPlanes)); });
    ++waiting_;
    if (waiting_ == kPlanes) compare();
  }

  std::vector<double> take_values() override {
    const DeviceScope here(first_.device);
    compare();
    fetch();
    return std::exchange(values_, {});
  }

  std::vector<uint8_t> last_plane() override {
    if (waiting_ == 0) return {};
    const DeviceScope here(first_.device);
    std::vector<uint8_t> padded(plane_bytes_);
    copy_to_host(padded.data(), plane((oldest_ + waiting_ - 1) % kPlanes), padded.size());
    std::vector<uint8_t> bytes;
    bytes.reserve(row_bytes_ * static_cast<std::size_t>(first_.height));
    for (std::size_t row = 0; row < plane_bytes_; row += pitch_) {
      const auto from = padded.begin() + static_cast<std::ptrdiff_t>(row);
      bytes.insert(bytes.end(), from, from + static_cast<std::ptrdiff_t>(row_bytes_));
    }
    for (std::size_t i = 0; shift() > 0 && i < bytes.size(); i += 2) {
      const int value = (bytes[i] | bytes[i + 1] << 8) >> shift();
      bytes[i] = static_cast<uint8_t>(value);
      bytes[i + 1] = static_cast<uint8_t>(value >> 8);
    }
    return bytes;
  }

 private:
  static constexpr int kTableSize = 2 * kPlanes - 1;
  static constexpr std::size_t kResultBytes = sizeof(uint64_t);
  static_assert(sizeof(double) == kResultBytes && kMostResults % kPairs == 0);

  uint8_t* plane(int number) const { return planes_.as<uint8_t>() + static_cast<std::size_t>(number) * plane_bytes_; }
  int64_t pitch() const { return static_cast<int64_t>(pitch_); }
  /// By how much a sample of luma stands higher than the CPU's.
  int shift() const { return measure_ == PixelMeasure::kLuma ? 8 * first_.sample_bytes - first_.bits : 0; }

  void take(const media::DevicePicture& picture, uint8_t* to) {
    if (measure_ == PixelMeasure::kSsim) return gray_from_yuv(yuv_picture(picture), to, pitch(), decoder_stream());
    copy_rows(to, pitch_, picture.luma, static_cast<std::size_t>(picture.luma_stride), row_bytes_,
              static_cast<std::size_t>(picture.height));
  }

  /// Starts comparing the planes that wait; the last one goes on waiting.
  void compare() {
    const int pairs = waiting_ - 1;
    if (pairs < 1) return;
    if (results_waiting_ + pairs > kMostResults) fetch();
    const DevicePlane* const planes = table_.as<DevicePlane>() + oldest_;
    if (measure_ == PixelMeasure::kSsim) {
      ssim_means(planes, pairs, first_.width, first_.height, workspace_->as<double>(),
                 results_.as<double>() + results_waiting_, decoder_stream());
    } else {
      luma_differences(planes, pairs, first_.width, first_.height, 8 * first_.sample_bytes,
                       results_.as<uint64_t>() + results_waiting_, decoder_stream());
    }
    results_waiting_ += pairs;
    oldest_ = (oldest_ + pairs) % kPlanes;
    waiting_ = 1;
  }

  void fetch() {
    if (results_waiting_ == 0) return;
    std::vector<uint64_t> results(static_cast<std::size_t>(results_waiting_));
    copy_to_host(results.data(), results_.as<uint64_t>(), results.size() * kResultBytes);
    results_waiting_ = 0;
    const double samples = static_cast<double>(first_.width) * first_.height;
    for (const uint64_t result : results) {
      if (measure_ == PixelMeasure::kLuma) {
        values_.push_back(static_cast<double>(result >> shift()) / samples);
      } else {
        double mean = 0;
        std::memcpy(&mean, &result, sizeof mean);
        values_.push_back(std::max(0.0, 1.0 - mean));
      }
    }
  }

  PixelMeasure measure_;
  media::DevicePicture first_;
  std::size_t row_bytes_, pitch_, plane_bytes_;
  DeviceMemory planes_;
  DeviceMemory table_;  // of the planes, in turn from any one of them on
  DeviceMemory results_;
  std::optional<DeviceMemory> workspace_;
  HeldPictures<kPicturesHeld> held_;
  int oldest_ = 0, waiting_ = 0;  // planes that are to be compared
  int64_t results_waiting_ = 0;
  std::vector<double> values_;
};

}  // namespace

bool DeviceMotionMaker::measures(PixelMeasure measure, const media::DevicePicture& picture) const {
  switch (measure) {
    case PixelMeasure::kLuma:
      return true;
    case PixelMeasure::kSsim:
      return picture.bits == 8 && std::min(picture.width, picture.height) >= kSsimSide && picture.height % 2 == 0 &&
             yuv_matrix(picture.matrix);
    default:
      return false;
  }
}

std::unique_ptr<motion::DeviceMotion> DeviceMotionMaker::make(PixelMeasure measure,
                                                              const media::DevicePicture& first) const {
  if (!measures(measure, first)) throw std::logic_error("a measure of pictures that has no kernel");
  const DeviceScope here(first.device);
  return std::make_unique<Motion>(measure, first);
}

}  // namespace vs::cuda
