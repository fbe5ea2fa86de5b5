#include "lib/media/device_pictures.h"

#include <cstddef>
#include <numeric>

namespace vs::media {

bool are_alike(const DevicePicture& a, const DevicePicture& b) {
  return a.device == b.device && a.width == b.width && a.height == b.height && a.sample_bytes == b.sample_bytes &&
         a.bits == b.bits && a.matrix == b.matrix && a.full_range == b.full_range;
}

Image picture_on_host(DevicePictures& pictures, int64_t number) {
  const Size size = pictures.size();
  PicturePlan plan{.shape = {3, size.height, size.width}, .source = size, .window = size};
  for (ByteValues& values : plan.values) std::iota(values.begin(), values.end(), 0.0F);
  plan.windows.push_back({.resized = size, .part = {0, 0, size}, .again = size});
  const int64_t area = int64_t{size.width} * size.height;
  const std::vector<float> planes = pictures.values_of(pictures.make(plan, {&number, 1}), 3 * area);
  Image image(size.width, size.height, 3);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    image.pixels[i] = static_cast<uint8_t>(planes[i % 3 * static_cast<std::size_t>(area) + i / 3]);
  }
  return image;
}

}  // namespace vs::media
