#include "lib/cuda/frames/device_pictures.h"

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <utility>

#include "lib/cuda/frames/decoded_picture.h"
#include "lib/cuda/frames/held_pictures.h"
#include "lib/cuda/frames/runtime.h"
#include "lib/cuda/kernels/picture_to_tensor.h"

namespace vs::cuda {
namespace {

using media::DevicePicture;

/// Of arrays and pictures that were let go of: about what a loader has in the making.
constexpr std::size_t kBytesKept = std::size_t{1} << 30;

std::size_t product(const std::vector<int64_t>& sizes) {
  std::size_t count = 1;
  for (const int64_t size : sizes) count *= static_cast<std::size_t>(size);
  return count;
}

class Pictures final : public media::DevicePictures {
 public:
  explicit Pictures(const DevicePicture& first) : first_(first) {}

  int64_t add(const DevicePicture& picture, std::shared_ptr<const void> owner) override {
    if (!media::are_alike(picture, first_)) throw std::logic_error("pictures of a sample that are not alike");
    const DeviceScope here(first_.device);
    const auto rows = static_cast<std::size_t>(picture.height), chroma_rows = rows / 2;
    const auto luma_bytes = static_cast<std::size_t>(picture.width);
    const std::size_t chroma_bytes = (luma_bytes + 1) / 2 * 2;
    copies_.push_back(
        {std::make_unique<DeviceMemory>(first_.device, luma_bytes * rows + chroma_bytes * chroma_rows), picture});
    Copied& copy = copies_.back();
    auto* const luma = copy.memory->as<uint8_t>();
    uint8_t* const chroma = luma + luma_bytes * rows;
    held_.add(std::move(owner), [&] {
      copy_rows(luma, luma_bytes, picture.luma, static_cast<std::size_t>(picture.luma_stride), luma_bytes, rows);
      copy_rows(chroma, chroma_bytes, picture.chroma, static_cast<std::size_t>(picture.chroma_stride), chroma_bytes,
                chroma_rows);
    });
    copy.picture.luma = luma;
    copy.picture.chroma = chroma;
    copy.picture.luma_stride = static_cast<std::ptrdiff_t>(luma_bytes);
    copy.picture.chroma_stride = static_cast<std::ptrdiff_t>(chroma_bytes);
    return static_cast<int64_t>(copies_.size()) - 1;
  }

  media::Size size() const override { return {first_.width, first_.height}; }

  media::DeviceArray make(const media::PicturePlan& plan, std::span<const int64_t> order) override {
    if (plan.source != size()) throw std::logic_error("a plan for pictures of another size");
    const DeviceScope here(first_.device);
    auto memory = std::make_shared<DeviceMemory>(first_.device, product(plan.shape) * sizeof(float));
    const int64_t area = int64_t{plan.window.width} * plan.window.height;
    std::vector<YuvPicture> windows;
    windows.reserve(plan.windows.size());
    for (const media::PictureWindow& window : plan.windows) {
      const int64_t number = order[static_cast<std::size_t>(window.picture)];
      windows.push_back(seen(copies_.at(static_cast<std::size_t>(number)).picture, window, area));
    }
    const DeviceMemory table(first_.device, windows.size() * sizeof(YuvPicture));
    copy_to_device(table.as<YuvPicture>(), windows.data(), windows.size() * sizeof(YuvPicture));
    const DeviceMemory values(first_.device, sizeof plan.values);
    copy_to_device(values.as<float>(), plan.values.data(), sizeof plan.values);
    const PictureTensors tensors{.data = memory->as<float>(),
                                 .channel_stride = plan.channel_step * area,
                                 .row_stride = plan.window.width,
                                 .pictures = static_cast<int64_t>(windows.size()),
                                 .height = plan.window.height,
                                 .width = plan.window.width,
                                 .values = values.as<float>()};
    picture_to_tensor(table.as<YuvPicture>(), tensors, decoder_stream());
    StreamEvent written;
    written.record();
    written.wait();
    auto* const array = memory->as<float>();
    return {std::move(memory), array};
  }

  std::vector<float> values_of(const media::DeviceArray& array, int64_t count) override {
    const DeviceScope here(first_.device);
    std::vector<float> values(static_cast<std::size_t>(count));
    copy_to_host(values.data(), array.values, values.size() * sizeof(float));
    return values;
  }

 private:
  /// Of a picture: luma, then chroma, rows without padding.
  struct Copied {
    std::unique_ptr<DeviceMemory> memory;
    DevicePicture picture;  // lies there
  };

  static YuvPicture seen(const DevicePicture& copy, const media::PictureWindow& window, int64_t area) {
    YuvPicture picture = yuv_picture(copy);
    picture.resized_width = window.resized.width;
    picture.resized_height = window.resized.height;
    picture.left = window.part.left;
    picture.top = window.part.top;
    if (window.again != window.part.size) {
      picture.part_width = window.part.size.width;
      picture.part_height = window.part.size.height;
      picture.again_width = window.again.width;
      picture.again_height = window.again.height;
      picture.again_left = window.left;
      picture.again_top = window.top;
    } else {
      picture.left += window.left;
      picture.top += window.top;
    }
    picture.flipped = window.mirrored;
    picture.place = window.red_plane * area;
    return picture;
  }

  DevicePicture first_;
  std::vector<Copied> copies_;
  HeldPictures<kPicturesHeld> held_;
};

}  // namespace

bool DevicePicturesMaker::takes(const DevicePicture& picture) const {
  return picture.bits == 8 && picture.sample_bytes == 1 && picture.height % 2 == 0 &&
         yuv_matrix(picture.matrix).has_value();
}

std::unique_ptr<media::DevicePictures> DevicePicturesMaker::make(const DevicePicture& first) const {
  if (!takes(first)) throw std::logic_error("pictures that have no kernel");
  const DeviceScope here(first.device);
  keep_freed_memory(first.device, kBytesKept);
  return std::make_unique<Pictures>(first);
}

}  // namespace vs::cuda
