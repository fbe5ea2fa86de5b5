#include "lib/cuda/frames/decoded_picture.h"

#include <stdexcept>

namespace vs::cuda {

std::optional<YuvMatrix> yuv_matrix(int code) {
  switch (code) {
    case 1:
      return YuvMatrix::kBt709;
    case 4:
    case 7:
      return std::nullopt;
    case 9:
    case 10:
      return YuvMatrix::kBt2020;
    default:
      return YuvMatrix::kBt601;  // as vs::media::ImageConverter takes unknown ones
  }
}

YuvPicture yuv_picture(const media::DevicePicture& picture) {
  const auto matrix = yuv_matrix(picture.matrix);
  if (!matrix) throw std::logic_error("a picture whose colours have no kernel");
  const int upper = picture.sample_bytes - 1;  // little-endian
  YuvPicture result;
  result.luma = picture.luma + upper;
  result.cb = picture.chroma + upper;
  result.cr = result.cb + picture.sample_bytes;
  result.luma_pitch = picture.luma_stride;
  result.chroma_pitch = picture.chroma_stride;
  result.luma_step = picture.sample_bytes;
  result.chroma_step = 2 * picture.sample_bytes;
  result.width = result.resized_width = picture.width;
  result.height = result.resized_height = picture.height;
  result.colors = yuv_to_rgb(*matrix, picture.full_range ? YuvRange::kFull : YuvRange::kLimited);
  return result;
}

}  // namespace vs::cuda
