#include "lib/cuda/kernels/picture_to_tensor.h"

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <doctest/doctest.h>

extern "C" {
#include <libavutil/frame.h>
}

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <memory>
#include <stdexcept>
#include <vector>

#include "lib/cuda/kernels/ssim.h"
#include "lib/media/image_convert.h"
#include "lib/media/image_pixels.h"
#include "lib/media/image_resize.h"
#include "tests/lib/cuda/numbers.h"

namespace vs::cuda {
namespace {

using testing::random_bytes;

struct FreeFrame {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
using FramePointer = std::unique_ptr<AVFrame, FreeFrame>;

/// A frame of noise, which shows every difference of colours and of places.
FramePointer noise_frame(int width, int height, YuvMatrix matrix, YuvRange range) {
  FramePointer frame(av_frame_alloc());
  frame->format = AV_PIX_FMT_YUV420P;
  frame->width = width;
  frame->height = height;
  frame->colorspace = matrix == YuvMatrix::kBt601   ? AVCOL_SPC_SMPTE170M
                      : matrix == YuvMatrix::kBt709 ? AVCOL_SPC_BT709
                                                    : AVCOL_SPC_BT2020_NCL;
  frame->color_range = range == YuvRange::kFull ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  REQUIRE(av_frame_get_buffer(frame.get(), 0) == 0);
  for (int plane = 0; plane < 3; ++plane) {
    const std::ptrdiff_t rows = plane ? (height + 1) / 2 : height, columns = plane ? (width + 1) / 2 : width;
    const auto bytes = random_bytes(static_cast<std::size_t>(rows * columns), static_cast<uint32_t>(plane + 40));
    for (std::ptrdiff_t y = 0; y < rows; ++y)
      std::copy_n(bytes.data() + y * columns, columns, frame->data[plane] + y * frame->linesize[plane]);
  }
  return frame;
}

YuvPicture picture_of(const AVFrame& frame, YuvMatrix matrix, YuvRange range) {
  YuvPicture picture;
  picture.luma = frame.data[0];
  picture.cb = frame.data[1];
  picture.cr = frame.data[2];
  picture.luma_pitch = frame.linesize[0];
  picture.chroma_pitch = frame.linesize[1];
  picture.width = picture.resized_width = frame.width;
  picture.height = picture.resized_height = frame.height;
  picture.colors = yuv_to_rgb(matrix, range);
  return picture;
}

/// The same picture with its chroma in one plane.
struct Nv12 {
  std::vector<uint8_t> chroma;
  YuvPicture picture;

  explicit Nv12(const YuvPicture& planar) : picture(planar) {
    const int columns = (planar.width + 1) / 2, rows = (planar.height + 1) / 2;
    for (int y = 0; y < rows; ++y) {
      for (int x = 0; x < columns; ++x) {
        chroma.push_back(planar.cb[y * planar.chroma_pitch + x]);
        chroma.push_back(planar.cr[y * planar.chroma_pitch + x]);
      }
    }
    picture.cb = chroma.data();
    picture.cr = chroma.data() + 1;
    picture.chroma_step = 2;
    picture.chroma_pitch = int64_t{2} * columns;
  }
};

/// The same picture in the upper bytes of samples of 16 bits, with something in the lower ones.
struct P016 {
  std::vector<uint8_t> luma, chroma;
  YuvPicture picture;

  explicit P016(const Nv12& narrow) : picture(narrow.picture) {
    const auto append = [](std::vector<uint8_t>& samples, uint8_t byte) {
      samples.push_back(static_cast<uint8_t>(samples.size() * 7));
      samples.push_back(byte);
    };
    for (int y = 0; y < picture.height; ++y) {
      for (int x = 0; x < picture.width; ++x) append(luma, picture.luma[y * picture.luma_pitch + x]);
    }
    for (const uint8_t byte : narrow.chroma) append(chroma, byte);
    picture.luma = luma.data() + 1;
    picture.cb = chroma.data() + 1;
    picture.cr = picture.cb + 2;
    picture.luma_step = 2;
    picture.chroma_step = 4;
    picture.luma_pitch = int64_t{2} * picture.width;
    picture.chroma_pitch *= 2;
  }
};

/// Every byte as itself.
std::vector<float> plain_bytes() {
  std::vector<float> values(std::size_t{3} * kByteValues);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % kByteValues);
  return values;
}

/// One after the other, channels first.
void set_places(std::vector<YuvPicture>& pictures, int height, int width) {
  for (std::size_t i = 0; i < pictures.size(); ++i) pictures[i].place = static_cast<int64_t>(i) * 3 * height * width;
}

std::vector<float> tensor_of(std::vector<YuvPicture> pictures, int height, int width) {
  set_places(pictures, height, width);
  const std::vector<float> bytes = plain_bytes();
  std::vector<float> values(pictures.size() * static_cast<std::size_t>(3 * height * width), -1000);
  PictureTensors tensors{.data = values.data(),
                         .channel_stride = int64_t{height} * width,
                         .row_stride = width,
                         .pictures = static_cast<int64_t>(pictures.size()),
                         .height = height,
                         .width = width,
                         .values = bytes.data()};
  picture_to_tensor(pictures.data(), tensors, nullptr);
  std::vector<float> on_cpu(values.size(), -2000);
  tensors.data = on_cpu.data();
  picture_to_tensor_cpu(pictures.data(), tensors);
  CHECK(values == on_cpu);
  return values;
}

/// Largest difference to a picture of bytes, from (left, top) of it on.
int largest_difference(const std::vector<float>& values, int height, int width, const media::ImageView& want, int left,
                       int top, bool flipped) {
  float largest = 0;
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const int column = left + (flipped ? width - 1 - x : x);
        const float byte = want.data[(top + y) * want.stride + std::ptrdiff_t{3} * column + c];
        largest = std::max(
            largest, std::fabs(values[(static_cast<std::size_t>(c * height + y)) * static_cast<std::size_t>(width) +
                                      static_cast<std::size_t>(x)] -
                               byte));
      }
    }
  }
  return static_cast<int>(std::ceil(largest));
}

// libswscale's vector code, whose rounding the kernel has, is there for x86 only.
#ifdef __x86_64__
constexpr int kRounding = 0;
#else
constexpr int kRounding = 2;
#endif

constexpr YuvMatrix kMatrices[] = {YuvMatrix::kBt601, YuvMatrix::kBt709, YuvMatrix::kBt2020};
constexpr YuvRange kRanges[] = {YuvRange::kLimited, YuvRange::kFull};

TEST_CASE("colours equal the CPU's") {
  for (const YuvMatrix matrix : kMatrices) {
    for (const YuvRange range : kRanges) {
      for (const auto& [width, height] : {std::pair{64, 48}, {320, 24}, {33, 10}, {18, 2}, {1, 2}}) {
        const FramePointer frame = noise_frame(width, height, matrix, range);
        media::ImageConverter converter;
        const media::ImageView want = converter.rgb(*frame);
        const YuvPicture picture = picture_of(*frame, matrix, range);
        const auto values = tensor_of({picture}, height, width);
        CHECK(largest_difference(values, height, width, want, 0, 0, false) <= kRounding);
        const Nv12 interleaved(picture);
        CHECK(values == tensor_of({interleaved.picture}, height, width));
        CHECK(values == tensor_of({P016(interleaved).picture}, height, width));
      }
    }
  }
}

TEST_CASE("gray equals the CPU's") {
  for (const YuvMatrix matrix : kMatrices) {
    for (const YuvRange range : kRanges) {
      for (const auto& [width, height] : {std::pair{64, 48}, {800, 6}, {33, 10}, {1, 2}}) {
        const FramePointer frame = noise_frame(width, height, matrix, range);
        media::ImageConverter converter;
        media::Image want;
        media::rgb_to_gray(converter.rgb(*frame), want);
        const Nv12 interleaved(picture_of(*frame, matrix, range));
        const P016 wide(interleaved);
        for (const YuvPicture& picture : {picture_of(*frame, matrix, range), interleaved.picture, wide.picture}) {
          const int pitch = width + 3;
          std::vector<uint8_t> gray(static_cast<std::size_t>(pitch * height), 9);
          gray_from_yuv(picture, gray.data(), pitch, nullptr);
          int largest = 0;
          for (int y = 0; y < height; ++y) {
            for (int x = 0; x < width; ++x)
              largest = std::max(largest, std::abs(gray[static_cast<std::size_t>(y * pitch + x)] - want.row(y)[x]));
            CHECK(gray[static_cast<std::size_t>(y * pitch + width)] == 9);
          }
          CHECK(largest <= kRounding);
        }
      }
    }
  }
  gray_from_yuv({}, nullptr, 0, nullptr);
}

TEST_CASE("resized pictures equal OpenCV's, cropped and flipped as asked") {
  for (const auto& [width, height, resized_width, resized_height] : {std::array{64, 48, 40, 30},
                                                                     {64, 48, 32, 24},
                                                                     {64, 48, 100, 75},
                                                                     {33, 10, 7, 31},
                                                                     {64, 48, 64, 48},
                                                                     {64, 48, 1, 1},
                                                                     {64, 48, 32, 48},
                                                                     {50, 38, 341, 256}}) {
    const FramePointer frame = noise_frame(width, height, YuvMatrix::kBt709, YuvRange::kLimited);
    media::ImageConverter converter;
    media::Image want(resized_width, resized_height, 3), by_opencv;
    media::opencv_bilinear(converter.rgb(*frame), want);
    media::resize_as_opencv(converter.rgb(*frame), {resized_width, resized_height}, media::OpencvResize::kBilinear,
                            by_opencv);
    YuvPicture picture = picture_of(*frame, YuvMatrix::kBt709, YuvRange::kLimited);
    picture.resized_width = resized_width;
    picture.resized_height = resized_height;
    const int crop_width = (resized_width + 1) / 2, crop_height = (resized_height + 1) / 2;
    for (const bool flipped : {false, true}) {
      picture.flipped = flipped;
      picture.left = picture.top = 0;
      const auto whole = tensor_of({picture}, resized_height, resized_width);
      CHECK(largest_difference(whole, resized_height, resized_width, want.view(), 0, 0, flipped) <= kRounding);
      CHECK(largest_difference(whole, resized_height, resized_width, by_opencv.view(), 0, 0, flipped) <= kRounding);
      picture.left = resized_width / 3;
      picture.top = resized_height / 4;
      const auto part = tensor_of({picture}, crop_height, crop_width);
      CHECK(largest_difference(part, crop_height, crop_width, want.view(), picture.left, picture.top, flipped) <=
            kRounding);
    }
  }
}

TEST_CASE("an odd height: chroma rows apart, the rest as the CPU's") {
  // libswscale blends chroma rows there; smooth chroma shows nothing but the rounding.
  const FramePointer frame = noise_frame(32, 21, YuvMatrix::kBt601, YuvRange::kLimited);
  for (int plane : {1, 2}) {
    for (std::ptrdiff_t y = 0; y < 11; ++y)
      std::fill_n(frame->data[plane] + y * frame->linesize[plane], 16, uint8_t{90});
  }
  media::ImageConverter converter;
  const media::ImageView want = converter.rgb(*frame);
  const auto values = tensor_of({picture_of(*frame, YuvMatrix::kBt601, YuvRange::kLimited)}, 21, 32);
  CHECK(largest_difference(values, 21, 32, want, 0, 0, false) <= 2);
}

TEST_CASE("what is cut from a resized picture and resized again equals OpenCV's") {
  for (const auto& [width, height, resized_width, resized_height] :
       {std::array{64, 48, 40, 30}, {64, 48, 64, 48}, {64, 48, 32, 24}, {33, 10, 50, 31}}) {
    const FramePointer frame = noise_frame(width, height, YuvMatrix::kBt601, YuvRange::kLimited);
    media::ImageConverter converter;
    media::Image whole;
    media::resize_as_opencv(converter.rgb(*frame), {resized_width, resized_height}, media::OpencvResize::kBilinear,
                            whole);
    YuvPicture picture = picture_of(*frame, YuvMatrix::kBt601, YuvRange::kLimited);
    picture.resized_width = resized_width;
    picture.resized_height = resized_height;
    picture.left = 5;
    picture.top = 3;
    for (const auto& [part_width, part_height, again_width, again_height] :
         {std::array{24, 18, 12, 9}, {17, 11, 20, 20}, {24, 18, 24, 9}, {1, 1, 4, 3}, {25, 20, 11, 13}}) {
      const media::ImageView part{whole.row(3) + 15, part_width, part_height, 3, whole.view().stride};
      media::Image want;
      media::resize_as_opencv(part, {again_width, again_height}, media::OpencvResize::kBilinear, want);
      picture.part_width = part_width;
      picture.part_height = part_height;
      picture.again_width = again_width;
      picture.again_height = again_height;
      for (const bool flipped : {false, true}) {
        picture.flipped = flipped;
        picture.again_left = picture.again_top = 0;
        const auto all = tensor_of({picture}, again_height, again_width);
        CHECK(largest_difference(all, again_height, again_width, want.view(), 0, 0, flipped) <= kRounding);
        picture.again_left = picture.again_top = 1;
        const auto some = tensor_of({picture}, again_height - 2, again_width - 3);
        CHECK(largest_difference(some, again_height - 2, again_width - 3, want.view(), 1, 1, flipped) <= kRounding);
      }
    }
  }
}

TEST_CASE("several pictures, channels last, 16 bits, normalised") {
  const FramePointer a = noise_frame(30, 20, YuvMatrix::kBt601, YuvRange::kFull),
                     b = noise_frame(16, 40, YuvMatrix::kBt2020, YuvRange::kLimited);
  std::vector<YuvPicture> pictures{picture_of(*a, YuvMatrix::kBt601, YuvRange::kFull),
                                   picture_of(*b, YuvMatrix::kBt2020, YuvRange::kLimited)};
  pictures.push_back(pictures[0]);
  pictures[2].left = 4;
  pictures[2].flipped = true;
  for (YuvPicture& picture : pictures) {
    picture.resized_width = 22;
    picture.resized_height = 19;
  }
  constexpr int kHeight = 17, kWidth = 18;
  const std::vector<float> bytes = tensor_of(pictures, kHeight, kWidth);
  std::vector<float> of_bytes(std::size_t{3} * kByteValues);
  for (std::size_t i = 0; i < of_bytes.size(); ++i) of_bytes[i] = std::sin(static_cast<float>(i));
  set_places(pictures, kHeight, kWidth);
  PictureTensors tensors{.channel_stride = 1,
                         .row_stride = 3 * kWidth,
                         .column_stride = 3,
                         .pictures = 3,
                         .height = kHeight,
                         .width = kWidth,
                         .values = of_bytes.data()};
  std::vector<float> wide(bytes.size());
  std::vector<__half> half(bytes.size());
  std::vector<__nv_bfloat16> brain(bytes.size());
  const auto run = [&](FloatType type, void* data) {
    tensors.type = type;
    tensors.data = data;
    picture_to_tensor(pictures.data(), tensors, nullptr);
  };
  run(FloatType::kFloat32, wide.data());
  run(FloatType::kFloat16, half.data());
  run(FloatType::kBfloat16, brain.data());
  bool all_equal = true;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::size_t pixels = std::size_t{kHeight} * kWidth, picture = i / (3 * pixels), c = i / pixels % 3,
                      pixel = i % pixels;
    const float want = of_bytes[c * kByteValues + static_cast<std::size_t>(bytes[i])];
    const std::size_t at = (picture * pixels + pixel) * 3 + c;
    all_equal = all_equal && wide[at] == want && half[at].bits == __float2half(want).bits &&
                brain[at].bits == __float2bfloat16(want).bits;
  }
  CHECK(all_equal);
}

TEST_CASE("a rectangle that leaves the picture repeats its edge; nothing is nothing") {
  const FramePointer frame = noise_frame(12, 10, YuvMatrix::kBt601, YuvRange::kFull);
  YuvPicture picture = picture_of(*frame, YuvMatrix::kBt601, YuvRange::kFull);
  for (const auto& [resized_width, resized_height] : {std::pair{12, 10}, {17, 8}}) {
    picture.resized_width = resized_width;
    picture.resized_height = resized_height;
    picture.left = picture.top = 0;
    const auto inside = tensor_of({picture}, resized_height, resized_width);
    picture.left = -2;
    picture.top = 5;
    const auto outside = tensor_of({picture}, 20, 30);
    bool all_equal = true;
    for (int c = 0; c < 3; ++c) {
      for (int y = 0; y < 20; ++y) {
        for (int x = 0; x < 30; ++x) {
          const int row = std::min(y + 5, resized_height - 1), column = std::clamp(x - 2, 0, resized_width - 1);
          const int at_outside = (c * 20 + y) * 30 + x, at_inside = (c * resized_height + row) * resized_width + column;
          all_equal =
              all_equal && outside[static_cast<std::size_t>(at_outside)] == inside[static_cast<std::size_t>(at_inside)];
        }
      }
    }
    CHECK(all_equal);
  }
  picture_to_tensor(nullptr, {}, nullptr);
  CHECK_THROWS_AS(picture_to_tensor_cpu(nullptr, {.type = FloatType::kFloat16}), std::logic_error);
}

}  // namespace
}  // namespace vs::cuda
