#include "lib/media/image_convert.h"

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/media/image_pixels.h"
#include "lib/media/image_reduce.h"
#include "lib/media/image_scaler_internal.h"

namespace vs::media {
namespace {

bool is_quarter(int degrees) { return degrees == 90 || degrees == 270; }

/// The size to scale to before turning.
Size size_before_turning(const PixelSource& source, const ConvertOptions& options) {
  const Size stored{source.width, source.height};
  if (options.size.width == 0) return stored;
  if (!image_size_ok(options.size.width, options.size.height)) {
    throw DataError("frame", fmt::format("size {}x{} is more than vs makes", options.size.width, options.size.height));
  }
  return is_quarter(options.rotate_clockwise) ? Size{options.size.height, options.size.width} : options.size;
}

/// Red and blue weights of a matrix, nothing for BT.601 itself.
std::optional<std::pair<double, double>> weights_beside_bt601(int matrix) {
  switch (matrix) {
    case AVCOL_SPC_BT709:
      return std::pair{0.2126, 0.0722};
    case AVCOL_SPC_FCC:
      return std::pair{0.30, 0.11};
    case AVCOL_SPC_SMPTE240M:
      return std::pair{0.212, 0.087};
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return std::pair{0.2627, 0.0593};
    default:
      return std::nullopt;
  }
}

}  // namespace

Interpolation parse_interpolation(const std::string& name, const std::string& option) {
  if (name == "bilinear") return Interpolation::kBilinear;
  if (name == "nearest") return Interpolation::kNearest;
  if (name == "bicubic") return Interpolation::kBicubic;
  if (name == "area") return Interpolation::kArea;
  if (name == "lanczos") return Interpolation::kLanczos;
  if (name == "opencv-bilinear") return Interpolation::kOpencvBilinear;
  throw UsageError(option + " " + printable(name), "is not an interpolation",
                   "bilinear, nearest, bicubic, area, lanczos or opencv-bilinear");
}

struct ImageConverter::Impl {
  PixelScaler rgb_scaler, planes_scaler, luma_scaler, picture_scaler;
  PixelBuffer rgb_buffer, luma_buffer, narrow_luma, picture_buffer;
  Image resized, turned, turned_luma, gray, resized_picture;
  YuvImage planes, turned_planes;
  std::optional<RowReducer> luma_reducer, chroma_reducer;
  PixelBuffer reduced[3];

  /// Makes 4:2:0 planes of 8 bits as low as the result. libswscale scales every row in width first and then throws most
  /// of them together; this way round it has fewer to scale, which halves its time for film at 720 rows.
  void reduce_rows(PixelSource& source, int height) {
    const int chroma_rows = (source.height + 1) / 2, chroma_width = (source.width + 1) / 2;
    const auto set = [](std::optional<RowReducer>& reducer, int rows, int output_rows) {
      if (!reducer || reducer->rows() != rows || reducer->output_rows() != output_rows)
        reducer.emplace(rows, output_rows);
    };
    set(luma_reducer, source.height, height);
    set(chroma_reducer, chroma_rows, (height + 1) / 2);
    for (int plane = 0; plane < 3; ++plane) {
      const RowReducer& reducer = plane ? *chroma_reducer : *luma_reducer;
      const int width = plane ? chroma_width : source.width;
      reduced[plane].resize({width, reducer.output_rows()}, 1);
      reducer.run(source.data[plane], source.stride[plane], width, reduced[plane].bytes.data(), reduced[plane].stride);
      source.data[plane] = reduced[plane].bytes.data();
      source.stride[plane] = static_cast<int>(reduced[plane].stride);
    }
    source.height = height;
  }

  ImageView rgb(const PixelSource& source, const ConvertOptions& options) {
    const Size size = size_before_turning(source, options);
    const bool opencv = options.interpolation == Interpolation::kOpencvBilinear;
    const Size first = opencv ? Size{source.width, source.height} : size;
    const bool scales = first != Size{source.width, source.height};
    rgb_buffer.resize(first, 3);
    uint8_t* const output[4] = {rgb_buffer.bytes.data()};
    const int stride[4] = {static_cast<int>(rgb_buffer.stride)};
    // At the same size libswscale's default decides how chroma is read between its samples.
    rgb_scaler.run(source, first, AV_PIX_FMT_RGB24, true,
                   scales ? swscale_flags(options.interpolation) | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT : SWS_BICUBIC,
                   output, stride);
    ImageView view = rgb_buffer.view();
    if (first != size) {
      if (resized.width != size.width || resized.height != size.height) resized = Image(size.width, size.height, 3);
      opencv_bilinear(view, resized);
      view = resized.view();
    }
    if (options.rotate_clockwise == 0) return view;
    turn_clockwise(view, options.rotate_clockwise, turned);
    return turned.view();
  }

  void planes_as_they_are(const PixelSource& source) {
    const auto copy = [](const uint8_t* from, int from_stride, uint8_t* to, int to_stride, int width, int height,
                         void (*expand)(const uint8_t*, uint8_t*, std::size_t)) {
      for (int y = 0; y < height; ++y) {
        const uint8_t* row = from + std::ptrdiff_t{y} * from_stride;
        uint8_t* out = to + std::ptrdiff_t{y} * to_stride;
        if (expand) {
          expand(row, out, static_cast<std::size_t>(width));
        } else {
          std::copy_n(row, width, out);
        }
      }
    };
    const auto luma = source.full_range ? nullptr : expand_luma;
    const auto chroma = source.full_range ? nullptr : expand_chroma;
    copy(source.data[0], source.stride[0], planes.y.data(), planes.luma_stride, planes.width, planes.height, luma);
    copy(source.data[1], source.stride[1], planes.cb.data(), planes.chroma_stride, planes.chroma_width(),
         planes.chroma_height(), chroma);
    copy(source.data[2], source.stride[2], planes.cr.data(), planes.chroma_stride, planes.chroma_width(),
         planes.chroma_height(), chroma);
  }
};

ImageConverter::ImageConverter() : impl_(std::make_unique<Impl>()) {}
ImageConverter::ImageConverter(ImageConverter&&) noexcept = default;
ImageConverter& ImageConverter::operator=(ImageConverter&&) noexcept = default;
ImageConverter::~ImageConverter() = default;

ImageView ImageConverter::rgb(const AVFrame& frame, const ConvertOptions& options) {
  return impl_->rgb(describe(frame), options);
}

ImageView ImageConverter::gray(const AVFrame& frame, const ConvertOptions& options) {
  rgb_to_gray(rgb(frame, options), impl_->gray);
  return impl_->gray.view();
}

const YuvImage& ImageConverter::jpeg_planes(const AVFrame& frame, const ConvertOptions& options) {
  PixelSource source = describe(frame);
  const Size size = size_before_turning(source, options);
  if (options.interpolation == Interpolation::kOpencvBilinear && size != Size{source.width, source.height}) {
    ConvertOptions unturned = options;
    unturned.rotate_clockwise = 0;
    unturned.size = size;
    source = describe(impl_->rgb(source, unturned));
  }
  YuvImage& planes = impl_->planes;
  planes.resize(size.width, size.height);
  if (source.format == AV_PIX_FMT_YUV420P && size == Size{source.width, source.height}) {
    impl_->planes_as_they_are(source);
  } else {
    if (source.format == AV_PIX_FMT_YUV420P && options.interpolation == Interpolation::kBilinear &&
        3 * size.height <= 2 * source.height) {
      impl_->reduce_rows(source, size.height);
    }
    uint8_t* const output[4] = {planes.y.data(), planes.cb.data(), planes.cr.data()};
    const int stride[4] = {planes.luma_stride, planes.chroma_stride, planes.chroma_stride};
    impl_->planes_scaler.run(source, size, AV_PIX_FMT_YUV420P, true, swscale_flags(options.interpolation), output,
                             stride);
  }
  const auto weights = source.rgb ? std::nullopt : weights_beside_bt601(source.matrix);
  if (weights) change_matrix(planes, matrix_to_bt601(weights->first, weights->second));
  YuvImage* result = &planes;
  if (options.rotate_clockwise != 0) {
    turn_clockwise(planes, options.rotate_clockwise, impl_->turned_planes);
    result = &impl_->turned_planes;
  }
  result->repeat_edges();
  return *result;
}

ImageView ImageConverter::luma(const AVFrame& frame, const ConvertOptions& options) {
  const PlaneView plane = luma_plane(frame);
  PixelSource source;
  source.data[0] = plane.data;
  source.stride[0] = static_cast<int>(plane.stride);
  source.width = plane.width;
  source.height = plane.height;
  source.format = AV_PIX_FMT_GRAY8;
  source.full_range = true;
  if (plane.bits > 8) {
    impl_->narrow_luma.resize({plane.width, plane.height}, 1);
    const int shift = plane.bits - 8, half = 1 << (shift - 1);
    for (int y = 0; y < plane.height; ++y) {
      const uint8_t* row = plane.data + y * plane.stride;
      uint8_t* to = impl_->narrow_luma.bytes.data() + y * impl_->narrow_luma.stride;
      for (int x = 0; x < plane.width; ++x, row += 2) {
        const int value = row[0] | row[1] << 8;
        to[x] = static_cast<uint8_t>(std::min((value + half) >> shift, 255));
      }
    }
    source.data[0] = impl_->narrow_luma.bytes.data();
    source.stride[0] = static_cast<int>(impl_->narrow_luma.stride);
  }
  ImageView view{source.data[0], source.width, source.height, 1, source.stride[0]};
  const Size size = size_before_turning(source, options);
  if (size != Size{source.width, source.height}) {
    impl_->luma_buffer.resize(size, 1);
    uint8_t* const output[4] = {impl_->luma_buffer.bytes.data()};
    const int stride[4] = {static_cast<int>(impl_->luma_buffer.stride)};
    impl_->luma_scaler.run(source, size, AV_PIX_FMT_GRAY8, true, swscale_flags(options.interpolation), output, stride);
    view = impl_->luma_buffer.view();
  }
  if (options.rotate_clockwise == 0) return view;
  turn_clockwise(view, options.rotate_clockwise, impl_->turned_luma);
  return impl_->turned_luma.view();
}

ImageView ImageConverter::resize(const ImageView& picture, Size size, Interpolation interpolation) {
  if (size == Size{picture.width, picture.height}) return picture;
  if (interpolation == Interpolation::kOpencvBilinear) {
    impl_->resized_picture = Image(size.width, size.height, picture.channels);
    opencv_bilinear(picture, impl_->resized_picture);
    return impl_->resized_picture.view();
  }
  const PixelSource source = describe(picture);
  impl_->picture_buffer.resize(size, picture.channels);
  uint8_t* const output[4] = {impl_->picture_buffer.bytes.data()};
  const int stride[4] = {static_cast<int>(impl_->picture_buffer.stride)};
  impl_->picture_scaler.run(source, size, source.format, true, swscale_flags(interpolation), output, stride);
  return impl_->picture_buffer.view();
}

std::string ffmpeg_version() { return av_version_info(); }

PlaneView luma_plane(const AVFrame& frame) {
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  const unsigned unfit = AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM |
                         AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_FLOAT;
  const bool fits = format && frame.data[0] && !(format->flags & unfit) && format->comp[0].plane == 0 &&
                    format->comp[0].shift == 0 && format->comp[0].depth >= 8 && format->comp[0].depth <= 16 &&
                    format->comp[0].step == (format->comp[0].depth > 8 ? 2 : 1) &&
                    !((format->flags & AV_PIX_FMT_FLAG_BE) && format->comp[0].depth > 8);
  if (!fits) {
    throw DataError("frame", fmt::format("has no luma plane ({} pixels)", format ? format->name : "unknown"),
                    "use gray, which is made from RGB");
  }
  return {frame.data[0], frame.width, frame.height, format->comp[0].depth, frame.linesize[0]};
}

}  // namespace vs::media
