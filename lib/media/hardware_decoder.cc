#include "lib/media/hardware_decoder.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <vector>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/frame.h>
#include <libavutil/hwcontext.h>
#include <libavutil/pixdesc.h>
}

#include "lib/core/error.h"
#include "lib/media/av_log.h"

namespace vs::media {
namespace {

constexpr const char* kPlace = "hardware decoder";

bool is_exact(AVCodecID codec) {
  return codec == AV_CODEC_ID_H264 || codec == AV_CODEC_ID_HEVC || codec == AV_CODEC_ID_VP8 ||
         codec == AV_CODEC_ID_VP9 || codec == AV_CODEC_ID_AV1;
}

const char* name_of(const AVPixFmtDescriptor* descriptor) { return descriptor ? descriptor->name : "unknown"; }

// A component's samples as they lie in memory.
struct Samples {
  int bytes = 1;     // a sample
  int top_bits = 8;  // significant bits and those below them
};

Samples samples_of(const AVComponentDescriptor& component) {
  const int bits = component.depth + component.shift;
  return {bits > 8 ? 2 : 1, bits};
}

bool is_same_kind(const AVPixFmtDescriptor& from, const AVPixFmtDescriptor& to) {
  constexpr uint64_t kOther = AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_HWACCEL |
                              AV_PIX_FMT_FLAG_BE | AV_PIX_FMT_FLAG_FLOAT;
  if (((from.flags | to.flags) & kOther) != 0) return false;
  if ((from.flags & AV_PIX_FMT_FLAG_RGB) != (to.flags & AV_PIX_FMT_FLAG_RGB)) return false;
  if (from.nb_components != to.nb_components || from.log2_chroma_w != to.log2_chroma_w ||
      from.log2_chroma_h != to.log2_chroma_h) {
    return false;
  }
  for (int i = 0; i < to.nb_components; ++i) {
    const Samples read = samples_of(from.comp[i]), written = samples_of(to.comp[i]);
    if (read.bytes != written.bytes || from.comp[i].depth < to.comp[i].depth || to.comp[i].shift != 0 ||
        to.comp[i].step != written.bytes) {
      return false;
    }
  }
  return true;
}

// One row of a component: every `step` samples one is taken, and moved down by `shift` bits.
template <typename Sample>
void copy_row(const uint8_t* from, int step, int shift, uint8_t* to, int width) {
  const auto* source = reinterpret_cast<const Sample*>(from);
  auto* target = reinterpret_cast<Sample*>(to);
  if (step == 1 && shift == 0) {
    std::memcpy(target, source, static_cast<size_t>(width) * sizeof(Sample));
  } else if (step == 2 && shift == 0) {
    for (std::ptrdiff_t x = 0; x < width; ++x) target[x] = source[2 * x];
  } else {
    for (std::ptrdiff_t x = 0; x < width; ++x) target[x] = static_cast<Sample>(source[step * x] >> shift);
  }
}

void copy_component(const AVFrame& from, const AVComponentDescriptor& read, AVFrame& to,
                    const AVComponentDescriptor& written, int width, int height) {
  const Samples samples = samples_of(read);
  const int shift = samples.top_bits - written.depth;
  const int step = read.step / samples.bytes;
  for (int y = 0; y < height; ++y) {
    const uint8_t* source = from.data[read.plane] + int64_t{y} * from.linesize[read.plane] + read.offset;
    uint8_t* target = to.data[written.plane] + int64_t{y} * to.linesize[written.plane] + written.offset;
    if (samples.bytes == 1) {
      copy_row<uint8_t>(source, step, shift, target, width);
    } else {
      copy_row<uint16_t>(source, step, shift, target, width);
    }
  }
}

}  // namespace

bool uses_hardware(const AVCodec& decoder, int type) {
  if (!av_codec_is_decoder(&decoder) || decoder.wrapper_name) return false;
  for (int i = 0; const AVCodecHWConfig* config = avcodec_get_hw_config(&decoder, i); ++i) {
    if (config->device_type == type && (config->methods & AV_CODEC_HW_CONFIG_METHOD_HW_DEVICE_CTX) != 0) return true;
  }
  return false;
}

const AVCodec* find_hardware_decoder(const AVCodecParameters& stream, const HardwareDevice& device,
                                     std::string& reason) {
  if (!is_exact(stream.codec_id)) {
    reason = fmt::format("the pixels of {} are not the same on every decoder", avcodec_get_name(stream.codec_id));
    return nullptr;
  }
  const AVHWDeviceType type = av_hwdevice_find_type_by_name(device.kind().c_str());
  void* position = nullptr;
  while (const AVCodec* codec = av_codec_iterate(&position)) {
    if (codec->id == stream.codec_id && uses_hardware(*codec, type)) return codec;
  }
  reason = fmt::format("this FFmpeg has no such decoder for {}", avcodec_get_name(stream.codec_id));
  return nullptr;
}

bool comes_whole(const AVFrame& from) {
  if (from.format != AV_PIX_FMT_CUDA) return true;
  const AVPixelFormat layout = reinterpret_cast<const AVHWFramesContext*>(from.hw_frames_ctx->data)->sw_format;
  return from.height % 2 == 0 || av_pix_fmt_desc_get(layout)->log2_chroma_h == 0;
}

AvFramePtr to_planes(const AVFrame& from, int format) {
  const AVPixFmtDescriptor* read = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(from.format));
  const AVPixFmtDescriptor* written = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(format));
  if (!read || !written || !is_same_kind(*read, *written)) {
    throw DataError(kPlace, fmt::format("gives {} pictures, wanted are {}", name_of(read), name_of(written)));
  }
  AvFramePtr to = make_av_frame();
  to->format = format;
  to->width = from.width;
  to->height = from.height;
  if (av_frame_get_buffer(to.get(), 0) < 0 || av_frame_copy_props(to.get(), &from) < 0) throw std::bad_alloc();
  for (int i = 0; i < written->nb_components; ++i) {
    const bool chroma = i == 1 || i == 2;
    copy_component(from, read->comp[i], *to, written->comp[i],
                   chroma ? AV_CEIL_RSHIFT(from.width, written->log2_chroma_w) : from.width,
                   chroma ? AV_CEIL_RSHIFT(from.height, written->log2_chroma_h) : from.height);
  }
  // Of a frame on a device FFmpeg cuts off the right and the lower edge only.
  const int code = av_frame_apply_cropping(to.get(), 0);
  if (code < 0) throw DataError(kPlace, "gives a picture that cannot be cropped: " + av_error_text(code));
  return to;
}

AvFramePtr from_device(const AVFrame& from, int format) {
  // FFmpeg sizes the buffer by the surface. One kept from a frame before may be too small where a stream changes its
  // coded size but not its visible one, and not every device checks.
  const AvFramePtr staged = make_av_frame();
  AvLog log;
  int code = 0;
  {
    const AvLogScope scope(log);
    code = av_hwframe_transfer_data(staged.get(), &from, 0);
  }
  if (code >= 0) code = av_frame_copy_props(staged.get(), &from);
  if (code == AVERROR(ENOMEM)) throw std::bad_alloc();
  // Of a copy from a CUDA device that fails FFmpeg says so, and returns success.
  const std::vector<std::string> said = log.lines();
  if (code < 0 || !said.empty()) {
    throw DataError(kPlace, "gives no picture: " + (said.empty() ? av_error_text(code) : said.front()));
  }
  return to_planes(*staged, format);
}

std::optional<DevicePicture> device_picture_of(const AVFrame& frame, int format) {
  if (frame.format != AV_PIX_FMT_CUDA || !frame.hw_frames_ctx) return std::nullopt;
  const auto* surface = reinterpret_cast<const AVHWFramesContext*>(frame.hw_frames_ctx->data);
  const AVPixelFormat layout = surface->sw_format;
  if (layout != AV_PIX_FMT_NV12 && layout != AV_PIX_FMT_P010LE && layout != AV_PIX_FMT_P016LE) return std::nullopt;
  const AVPixFmtDescriptor* on_host = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(format));
  if (!on_host || on_host->nb_components != 3 || on_host->log2_chroma_w != 1 || on_host->log2_chroma_h != 1) {
    return std::nullopt;  // such as gray, of which a device makes chroma
  }
  DevicePicture picture;
  picture.luma = frame.data[0];
  picture.chroma = frame.data[1];
  picture.luma_stride = frame.linesize[0];
  picture.chroma_stride = frame.linesize[1];
  picture.width = frame.width;
  picture.height = frame.height;
  picture.sample_bytes = layout == AV_PIX_FMT_NV12 ? 1 : 2;
  picture.bits = on_host->comp[0].depth;
  picture.full_range = frame.color_range == AVCOL_RANGE_JPEG;
  picture.matrix = frame.colorspace;
  return picture;
}

}  // namespace vs::media
