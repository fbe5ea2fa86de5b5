#include "lib/media/image_scaler_internal.h"

extern "C" {
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
}

#include <fmt/format.h>

#include <new>

#include "lib/core/error.h"

namespace vs::media {
namespace {

/// Formats whose name says full range, as the ones they are otherwise.
AVPixelFormat without_range(AVPixelFormat format) {
  switch (format) {
    case AV_PIX_FMT_YUVJ420P:
      return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ411P:
      return AV_PIX_FMT_YUV411P;
    case AV_PIX_FMT_YUVJ422P:
      return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ444P:
      return AV_PIX_FMT_YUV444P;
    case AV_PIX_FMT_YUVJ440P:
      return AV_PIX_FMT_YUV440P;
    default:
      return format;
  }
}

bool is_rgb(const AVPixFmtDescriptor& format) { return format.flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL); }

}  // namespace

PixelSource describe(const AVFrame& frame) {
  PixelSource source;
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  if (!format || (format->flags & AV_PIX_FMT_FLAG_HWACCEL) || !frame.data[0]) {
    throw DataError("frame", "has no pixels in memory");
  }
  if (!image_size_ok(frame.width, frame.height)) {
    throw DataError("frame", fmt::format("size {}x{} is more than vs handles", frame.width, frame.height));
  }
  for (int plane = 0; plane < 4; ++plane) {
    source.data[plane] = frame.data[plane];
    source.stride[plane] = frame.linesize[plane];
  }
  source.width = frame.width;
  source.height = frame.height;
  const auto stored = static_cast<AVPixelFormat>(frame.format);
  source.format = without_range(stored);
  source.rgb = is_rgb(*format);
  const bool gray = format->nb_components <= 2 && !source.rgb;
  source.full_range = source.rgb || source.format != stored || frame.color_range == AVCOL_RANGE_JPEG ||
                      (gray && frame.color_range != AVCOL_RANGE_MPEG);
  // 0 is RGB, 2 unknown, 8 YCgCo, above 10 constant luminance and others that libswscale reads as BT.601 too.
  const int matrix = frame.colorspace;
  if (matrix >= 1 && matrix <= 10 && matrix != 8 && matrix != 2) source.matrix = matrix;
  return source;
}

PixelSource describe(const ImageView& picture) {
  PixelSource source;
  source.data[0] = picture.data;
  source.stride[0] = static_cast<int>(picture.stride);
  source.width = picture.width;
  source.height = picture.height;
  source.format = picture.channels == 1 ? AV_PIX_FMT_GRAY8 : AV_PIX_FMT_RGB24;
  source.full_range = true;
  source.rgb = picture.channels != 1;
  return source;
}

int swscale_flags(Interpolation interpolation) {
  switch (interpolation) {
    case Interpolation::kNearest:
      return SWS_POINT;
    case Interpolation::kBicubic:
      return SWS_BICUBIC;
    case Interpolation::kArea:
      return SWS_AREA;
    case Interpolation::kLanczos:
      return SWS_LANCZOS;
    case Interpolation::kBilinear:
    case Interpolation::kOpencvBilinear:
      break;
  }
  return SWS_BILINEAR;
}

void PixelScaler::run(const PixelSource& source, Size size, AVPixelFormat output_format, bool output_full_range,
                      int flags, uint8_t* const output[4], const int output_stride[4]) {
  const Key key{source.width, source.height, source.format, source.full_range, source.matrix,
                size.width,   size.height,   output_format, output_full_range, flags};
  if (!context_ || !(key == key_)) set_up(key);
  if (sws_scale(context_.get(), source.data, source.stride, 0, source.height, output, output_stride) != size.height) {
    throw DataError("frame", "libswscale cannot convert it");
  }
}

void PixelScaler::set_up(const Key& key) {
  context_.reset(sws_alloc_context());
  if (!context_) throw std::bad_alloc();
  const auto set = [&](const char* name, int64_t value) { av_opt_set_int(context_.get(), name, value, 0); };
  set("srcw", key.width);
  set("srch", key.height);
  set("src_format", key.format);
  set("src_range", key.full_range);
  set("dstw", key.output_width);
  set("dsth", key.output_height);
  set("dst_format", key.output_format);
  set("dst_range", key.output_full_range);
  set("sws_flags", key.flags);
  const char* name = av_get_pix_fmt_name(key.format);
  if (!sws_isSupportedInput(key.format) || sws_init_context(context_.get(), nullptr, nullptr) < 0) {
    context_.reset();
    throw DataError("frame", fmt::format("{} pixels of {}x{} cannot be converted to {}x{}", name ? name : "unknown",
                                         key.width, key.height, key.output_width, key.output_height));
  }
  // The output is planes of the same matrix (changed by us afterwards) or RGB made with the source's; from RGB it is
  // BT.601.
  const int* coefficients = sws_getCoefficients(key.matrix);
  sws_setColorspaceDetails(context_.get(), coefficients, key.full_range, coefficients, key.output_full_range, 0,
                           1 << 16, 1 << 16);
  key_ = key;
}

}  // namespace vs::media
