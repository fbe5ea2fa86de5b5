#include "lib/media/image_convert.h"

#include <doctest/doctest.h>

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <string>

#include "lib/core/error.h"
#include "lib/media/image_jpeg.h"

namespace vs::media {
namespace {

struct FreeFrame {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
using FramePointer = std::unique_ptr<AVFrame, FreeFrame>;

/// A smooth picture in planes of any planar YUV or gray format, so that chroma's sampling matters little.
FramePointer make_frame(AVPixelFormat format, int width, int height, AVColorSpace matrix = AVCOL_SPC_UNSPECIFIED,
                        AVColorRange range = AVCOL_RANGE_UNSPECIFIED) {
  FramePointer frame(av_frame_alloc());
  frame->format = format;
  frame->width = width;
  frame->height = height;
  frame->colorspace = matrix;
  frame->color_range = range;
  REQUIRE(av_frame_get_buffer(frame.get(), 0) == 0);
  const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(format);
  for (int c = 0; c < description->nb_components; ++c) {
    const int shift_x = c ? description->log2_chroma_w : 0, shift_y = c ? description->log2_chroma_h : 0;
    const int plane_width = AV_CEIL_RSHIFT(width, shift_x), plane_height = AV_CEIL_RSHIFT(height, shift_y);
    const int depth = description->comp[c].depth;
    for (int y = 0; y < plane_height; ++y) {
      uint8_t* row = frame->data[c] + y * frame->linesize[c];
      for (int x = 0; x < plane_width; ++x) {
        const double fx = plane_width > 1 ? double(x) / (plane_width - 1) : 0;
        const double fy = plane_height > 1 ? double(y) / (plane_height - 1) : 0;
        const double value = c == 0 ? 60 + 100 * fx + 40 * fy : c == 1 ? 110 + 40 * fy : 150 - 40 * fx;
        const int scaled = static_cast<int>(std::lround(value * (1 << (depth - 8))));
        if (depth > 8) {
          row[2 * x] = static_cast<uint8_t>(scaled);
          row[2 * x + 1] = static_cast<uint8_t>(scaled >> 8);
        } else {
          row[x] = static_cast<uint8_t>(scaled);
        }
      }
    }
  }
  return frame;
}

struct Difference {
  double mean = 0;
  int largest = 0;
};

Difference compare(const ImageView& a, const ImageView& b) {
  REQUIRE(a.width == b.width);
  REQUIRE(a.height == b.height);
  REQUIRE(a.channels == b.channels);
  Difference difference;
  for (int y = 0; y < a.height; ++y) {
    for (int i = 0; i < a.width * a.channels; ++i) {
      const int d = std::abs(a.data[y * a.stride + i] - b.data[y * b.stride + i]);
      difference.mean += d;
      difference.largest = std::max(difference.largest, d);
    }
  }
  difference.mean /= double(a.width) * a.height * a.channels;
  return difference;
}

}  // namespace

TEST_CASE("JPEG planes have the colours of the RGB path, for every format, matrix, range and size") {
  for (AVPixelFormat format : {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUV422P,
                               AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_YUV444P10LE, AV_PIX_FMT_GRAY8}) {
    for (AVColorSpace matrix : {AVCOL_SPC_UNSPECIFIED, AVCOL_SPC_BT709, AVCOL_SPC_BT2020_NCL, AVCOL_SPC_SMPTE170M}) {
      for (AVColorRange range : {AVCOL_RANGE_UNSPECIFIED, AVCOL_RANGE_JPEG}) {
        for (const Size size : {Size{0, 0}, Size{48, 30}, Size{33, 21}, Size{100, 80}}) {
          for (const Size stored : {Size{64, 48}, Size{61, 47}}) {
            CAPTURE(std::string(av_get_pix_fmt_name(format)));
            CAPTURE(int(matrix));
            CAPTURE(int(range));
            CAPTURE(size.width);
            CAPTURE(stored.width);
            const auto frame = make_frame(format, stored.width, stored.height, matrix, range);
            ImageConverter converter;
            ConvertOptions options;
            options.size = size;
            const ImageView rgb = converter.rgb(*frame, options);
            JpegEncoder encoder(100);
            const Image back = decode_jpeg(encoder.encode(converter.jpeg_planes(*frame, options)), "x");
            const auto difference = compare(rgb, back.view());
            CHECK(difference.mean < 2.0);
            CHECK(difference.largest < 14);
          }
        }
      }
    }
  }
}

TEST_CASE("colours of RGB are those of the matrix and range that the frame names") {
  const auto rgb_at = [](AVColorSpace matrix, AVColorRange range) {
    auto frame = make_frame(AV_PIX_FMT_YUV420P, 32, 32, matrix, range);
    for (int c = 0; c < 3; ++c) {
      std::fill_n(frame->data[c], frame->linesize[c] * (c ? 16 : 32),
                  static_cast<uint8_t>(c == 0   ? 120
                                       : c == 1 ? 100
                                                : 170));
    }
    ImageConverter converter;
    const ImageView view = converter.rgb(*frame);
    return std::array<double, 3>{double(view.data[30]), double(view.data[31]), double(view.data[32])};
  };
  const auto expected = [](double kr, double kb, bool full) {
    const double y = full ? 120 : (120 - 16) * 255.0 / 219, scale = full ? 1 : 255.0 / 224;
    const double u = -28 * scale, v = 42 * scale;
    const double red = y + 2 * (1 - kr) * v, blue = y + 2 * (1 - kb) * u;
    return std::array<double, 3>{red, (y - kr * red - kb * blue) / (1 - kr - kb), blue};
  };
  const auto check = [&](AVColorSpace matrix, AVColorRange range, double kr, double kb, bool full) {
    const auto got = rgb_at(matrix, range), want = expected(kr, kb, full);
    for (std::size_t c = 0; c < 3; ++c) CHECK(std::abs(got[c] - want[c]) <= 2);
  };
  check(AVCOL_SPC_UNSPECIFIED, AVCOL_RANGE_UNSPECIFIED, 0.299, 0.114, false);
  check(AVCOL_SPC_BT709, AVCOL_RANGE_MPEG, 0.2126, 0.0722, false);
  check(AVCOL_SPC_BT709, AVCOL_RANGE_JPEG, 0.2126, 0.0722, true);
  check(AVCOL_SPC_BT2020_NCL, AVCOL_RANGE_MPEG, 0.2627, 0.0593, false);
}

TEST_CASE("turning comes after scaling, and sizes are those of the turned picture") {
  const auto frame = make_frame(AV_PIX_FMT_YUV420P, 64, 48);
  ImageConverter converter;
  ConvertOptions options;
  options.rotate_clockwise = 90;
  CHECK(converter.rgb(*frame, options).width == 48);
  CHECK(converter.luma(*frame, options).height == 64);
  options.size = {24, 32};
  const YuvImage& planes = converter.jpeg_planes(*frame, options);
  CHECK(planes.width == 24);
  CHECK(planes.height == 32);
  JpegEncoder encoder(100);
  const Image back = decode_jpeg(encoder.encode(planes), "x");
  CHECK(compare(converter.rgb(*frame, options), back.view()).mean < 2.0);
  // Luma grows to the right; turned by 90 degrees clockwise it grows downwards.
  CHECK(planes.y[0] < planes.y[static_cast<std::size_t>(31) * planes.luma_stride]);
}

TEST_CASE("RGB frames, every interpolation") {
  auto frame = make_frame(AV_PIX_FMT_GRAY8, 64, 48);
  ImageConverter converter;
  Image first;
  for (Interpolation interpolation : {Interpolation::kBilinear, Interpolation::kNearest, Interpolation::kBicubic,
                                      Interpolation::kArea, Interpolation::kLanczos, Interpolation::kOpencvBilinear}) {
    ConvertOptions options;
    options.size = {32, 24};
    options.interpolation = interpolation;
    const ImageView view = converter.rgb(*frame, options);
    CHECK(view.width == 32);
    JpegEncoder encoder(100);
    CHECK(compare(view, decode_jpeg(encoder.encode(converter.jpeg_planes(*frame, options)), "x").view()).mean < 2.0);
    Image now(32, 24, 3);
    for (int y = 0; y < 24; ++y) std::copy_n(view.data + y * view.stride, 96, now.row(y));
    if (first.pixels.empty()) first = now;
    CHECK(compare(first.view(), now.view()).mean < 4.0);
  }
  CHECK(parse_interpolation("area", "--interpolation") == Interpolation::kArea);
  CHECK_THROWS_AS(parse_interpolation("cubic", "--interpolation"), UsageError);
}

TEST_CASE("luma is the plane as decoded") {
  const auto frame = make_frame(AV_PIX_FMT_YUV420P10LE, 64, 48);
  const PlaneView plane = luma_plane(*frame);
  CHECK(plane.bits == 10);
  CHECK(plane.width == 64);
  ImageConverter converter;
  const ImageView view = converter.luma(*frame);
  CHECK(view.data[0] == 60);
  CHECK(view.data[63] == 160);
  const auto gray = make_frame(AV_PIX_FMT_GRAY8, 64, 48);
  CHECK(converter.luma(*gray).data == gray->data[0]);
  FramePointer rgb(av_frame_alloc());
  rgb->format = AV_PIX_FMT_RGB24;
  rgb->width = rgb->height = 8;
  REQUIRE(av_frame_get_buffer(rgb.get(), 0) == 0);
  CHECK_THROWS_AS(luma_plane(*rgb), DataError);
  CHECK_THROWS_AS(converter.luma(*rgb), DataError);
}

TEST_CASE("frames without pixels or with sizes beyond the bound are refused") {
  ImageConverter converter;
  FramePointer empty(av_frame_alloc());
  CHECK_THROWS_AS(converter.rgb(*empty), DataError);
  CHECK_THROWS_AS(luma_plane(*empty), DataError);
  const auto frame = make_frame(AV_PIX_FMT_YUV420P, 16, 16);
  ConvertOptions options;
  options.size = {60000, 60000};
  CHECK_THROWS_AS(converter.rgb(*frame, options), DataError);
}

TEST_CASE("resize keeps channels") {
  const Image gray(40, 30, 1), color(40, 30, 3);
  ImageConverter converter;
  CHECK(converter.resize(gray.view(), {20, 15}, Interpolation::kBilinear).channels == 1);
  CHECK(converter.resize(color.view(), {20, 15}, Interpolation::kArea).channels == 3);
  CHECK(converter.resize(color.view(), {40, 30}, Interpolation::kArea).data == color.pixels.data());
  CHECK(converter.resize(color.view(), {7, 9}, Interpolation::kOpencvBilinear).height == 9);
}

}  // namespace vs::media
