#include <stdexcept>

#include "lib/cuda/kernels/picture_to_tensor.h"

namespace vs::cuda {

YuvToRgb yuv_to_rgb(YuvMatrix matrix, YuvRange range) {
  struct Factors {
    int64_t red_of_cr, blue_of_cb, green_of_cb, green_of_cr;
  };
  // libswscale's ff_yuv2rgb_coeffs, of limited-range chroma in 1/65536.
  constexpr Factors kBt601{104597, 132201, 25675, 53279}, kBt709{117489, 138438, 13975, 34925},
      kBt2020{110013, 140363, 12277, 42626};
  Factors factors = matrix == YuvMatrix::kBt601 ? kBt601 : matrix == YuvMatrix::kBt709 ? kBt709 : kBt2020;
  int64_t luma = int64_t{1} << 16;
  if (range == YuvRange::kLimited) {
    luma = luma * 255 / 219;
  } else {
    for (int64_t* factor : {&factors.red_of_cr, &factors.blue_of_cb, &factors.green_of_cb, &factors.green_of_cr})
      *factor = *factor * 224 / 255;
  }
  const auto rounded = [](int64_t factor) { return static_cast<int32_t>((factor + 4) >> 3); };
  YuvToRgb result;
  result.luma_offset = range == YuvRange::kLimited ? 16 * 8 : 0;
  result.luma = rounded(luma);
  result.red_of_cr = rounded(factors.red_of_cr);
  result.green_of_cb = rounded(-factors.green_of_cb);
  result.green_of_cr = rounded(-factors.green_of_cr);
  result.blue_of_cb = rounded(factors.blue_of_cb);
  return result;
}

void picture_to_tensor_cpu(const YuvPicture* pictures, const PictureTensors& tensors) {
  if (tensors.type != FloatType::kFloat32) throw std::logic_error("pictures become tensors of float on the CPU");
  for (int64_t i = 0; i < tensors.pictures; ++i) {
    for (int32_t row = 0; row < tensors.height; ++row) {
      for (int32_t column = 0; column < tensors.width; ++column) {
        const Rgb rgb = rgb_of_output_pixel(pictures[i], tensors.width, row, column);
        float* const to = static_cast<float*>(tensors.data) + pictures[i].place + row * tensors.row_stride +
                          column * tensors.column_stride;
        to[0] = tensors.values[rgb.red];
        to[tensors.channel_stride] = tensors.values[kByteValues + rgb.green];
        to[2 * tensors.channel_stride] = tensors.values[2 * kByteValues + rgb.blue];
      }
    }
  }
}

}  // namespace vs::cuda
