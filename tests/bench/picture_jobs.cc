#include <algorithm>
#include <cstdint>
#include <memory>
#include <numeric>

#include "lib/media/device_pictures.h"
#include "lib/motion/device_motion.h"
#include "lib/nn/device.h"
#include "lib/plugin/load.h"
#include "tests/bench/kernel_job.h"

namespace vs::bench {
namespace {

constexpr int64_t kFrames = 8, kWidth = 1280, kHeight = 720, kShortSide = 256, kCrop = 224;
constexpr int64_t kResizedWidth = (kWidth * kShortSide + kHeight / 2) / kHeight;
constexpr int64_t kSide = 7, kArea = kSide * kSide;  // of SSIM's window
constexpr float kMean[] = {123.675F, 116.28F, 103.53F}, kStd[] = {58.395F, 57.12F, 57.375F};

/// NV12 frames [kFrames, 3 / 2 kHeight, kWidth] as a decoder gives them.
class Frames {
 public:
  explicit Frames(const at::Device& device)
      : bytes(at::randint(16, 236, {kFrames, kHeight * 3 / 2, kWidth}, at::device(device).dtype(at::kByte))) {}

  media::DevicePicture picture(int64_t i) const {
    const uint8_t* const luma = bytes[i].const_data_ptr<uint8_t>();
    return {.luma = luma,
            .chroma = luma + kHeight * kWidth,
            .luma_stride = kWidth,
            .chroma_stride = kWidth,
            .width = kWidth,
            .height = kHeight,
            .device = bytes.device().index(),
            .matrix = 1};
  }
  at::Tensor luma() const { return bytes.slice(1, 0, kHeight); }
  /// RGB [kFrames, 3, kHeight, kWidth] of float, whole numbers: BT.709, limited range.
  at::Tensor rgb() const {
    const at::Tensor y = (luma().to(at::kFloat) - 16).mul(255.0 / 219);
    const at::Tensor chroma = bytes.slice(1, kHeight)
                                  .view({kFrames, kHeight / 2, kWidth / 2, 2})
                                  .permute({0, 3, 1, 2})
                                  .to(at::kFloat)
                                  .sub(128);
    const at::Tensor whole = at::upsample_nearest2d(chroma, {kHeight, kWidth});
    const at::Tensor cb = whole.select(1, 0), cr = whole.select(1, 1);
    return at::stack({y + 1.792741 * cr, y - 0.213249 * cb - 0.532909 * cr, y + 2.112402 * cb}, 1)
        .round_()
        .clamp_(0, 255);
  }

  at::Tensor bytes;
};

/// Resized to a short side of 256, the middle of 224 x 224, normalised.
media::PicturePlan usual_plan() {
  const media::Size crop{kCrop, kCrop};
  media::PicturePlan plan{.shape = {kFrames, 3, kCrop, kCrop}, .source = {kWidth, kHeight}, .window = crop};
  for (size_t color = 0; color < plan.values.size(); ++color) {
    for (size_t byte = 0; byte < plan.values[color].size(); ++byte)
      plan.values[color][byte] = (static_cast<float>(byte) - kMean[color]) / kStd[color];
  }
  for (int64_t i = 0; i < kFrames; ++i) {
    plan.windows.push_back({.picture = i,
                            .resized = {kResizedWidth, kShortSide},
                            .part = {(kResizedWidth - kCrop) / 2, (kShortSide - kCrop) / 2, crop},
                            .again = crop,
                            .red_plane = 3 * i});
  }
  return plan;
}

KernelJob input_job(const Frames& frames, const media::DevicePicturesMaker& maker) {
  std::vector<int64_t> order(kFrames);
  std::iota(order.begin(), order.end(), 0);
  const at::Device device = frames.bytes.device();
  return {"8 NV12 frames 1280x720 to inputs of 224x224",
          [frames, &maker, order, plan = usual_plan()] {
            const auto pictures = maker.make(frames.picture(0));
            for (int64_t i = 0; i < kFrames; ++i) pictures->add(frames.picture(i), nullptr);
            (void)pictures->make(plan, order);
          },
          [frames, device] {
            const auto options = at::device(device).dtype(at::kFloat);
            const at::Tensor mean = at::tensor(at::ArrayRef<float>(kMean), options).view({3, 1, 1}),
                             std = at::tensor(at::ArrayRef<float>(kStd), options).view({3, 1, 1});
            const at::Tensor resized =
                at::upsample_bilinear2d(frames.rgb(), {kShortSide, kResizedWidth}, /*align_corners=*/false);
            (void)resized.slice(2, (kShortSide - kCrop) / 2, (kShortSide + kCrop) / 2)
                .slice(3, (kResizedWidth - kCrop) / 2, (kResizedWidth + kCrop) / 2)
                .round()
                .sub(mean)
                .div(std);
            nn::synchronize(device);  // a sample is handed over when it is there
          }};
}

std::function<void()> measured(const Frames& frames, const motion::DeviceMotionMaker& maker,
                               motion::PixelMeasure measure) {
  return [frames, &maker, measure] {
    const auto motion = maker.make(measure, frames.picture(0));
    for (int64_t i = 0; i < kFrames; ++i) motion->add(frames.picture(i), nullptr);
    (void)motion->take_values();
  };
}

KernelJob luma_job(const Frames& frames, const motion::DeviceMotionMaker& maker) {
  return {"luma differences of 8 frames 1280x720", measured(frames, maker, motion::PixelMeasure::kLuma), [frames] {
            const at::Tensor luma = frames.luma().to(at::kShort);
            (void)(luma.slice(0, 1) - luma.slice(0, 0, -1)).abs_().sum({1, 2}, false, at::kLong).to(at::kCPU);
          }};
}

KernelJob ssim_job(const Frames& frames, const motion::DeviceMotionMaker& maker) {
  return {"SSIM of 8 frames 1280x720", measured(frames, maker, motion::PixelMeasure::kSsim), [frames] {
            constexpr double kC1 = (0.01 * 255) * (0.01 * 255), kC2 = (0.03 * 255) * (0.03 * 255);
            const at::Tensor rgb = frames.rgb();
            const at::Tensor gray =
                (rgb.select(1, 0).mul(0.299) + rgb.select(1, 1).mul(0.587) + rgb.select(1, 2).mul(0.114))
                    .round_()
                    .to(at::kDouble);
            const auto mean = [](const at::Tensor& x) { return at::avg_pool2d(x.unsqueeze(1), kSide, 1); };
            const at::Tensor a = gray.slice(0, 0, -1), b = gray.slice(0, 1);
            const at::Tensor ma = mean(a), mb = mean(b);
            constexpr double kSample = static_cast<double>(kArea) / (kArea - 1);
            const at::Tensor va = (mean(a * a) - ma * ma) * kSample, vb = (mean(b * b) - mb * mb) * kSample,
                             vab = (mean(a * b) - ma * mb) * kSample;
            (void)(((2 * ma * mb + kC1) * (2 * vab + kC2)) / ((ma * ma + mb * mb + kC1) * (va + vb + kC2)))
                .mean({1, 2, 3})
                .to(at::kCPU);
          }};
}

}  // namespace

std::vector<KernelJob> picture_jobs(const at::Device& device) {
  const Frames frames(device);
  const media::DevicePicturesMaker& pictures = plugin::load_device_pictures("vs-kernel-bench");
  const motion::DeviceMotionMaker& motion = plugin::load_device_motion("vs-kernel-bench");
  return {input_job(frames, pictures), luma_job(frames, motion), ssim_job(frames, motion)};
}

}  // namespace vs::bench
