#include "examples/bursts/encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "lib/core/error.h"
#include "lib/media/av_handles.h"
#include "lib/media/av_log.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
}

namespace vs::bursts {
namespace {

constexpr const char* kPlace = "H.264 encoder";

void check(int code, const char* what) {
  if (code == AVERROR(ENOMEM)) throw std::bad_alloc();
  if (code < 0) throw RunError(kPlace, fmt::format("{}: {}", what, media::av_error_text(code)));
}

/// A muxer that writes into memory.
class MemoryMuxer {
 public:
  MemoryMuxer() {
    check(avformat_alloc_output_context2(&format_, nullptr, "mp4", nullptr), "no MP4 muxer");
    if (const int code = avio_open_dyn_buf(&format_->pb); code < 0) {
      avformat_free_context(format_);
      check(code, "no memory for the file");
    }
    format_->flags |= AVFMT_FLAG_BITEXACT;
  }
  MemoryMuxer(const MemoryMuxer&) = delete;
  MemoryMuxer& operator=(const MemoryMuxer&) = delete;
  ~MemoryMuxer() {
    (void)take();
    avformat_free_context(format_);
  }

  AVFormatContext* get() const { return format_; }

  std::vector<uint8_t> take() {
    if (!format_->pb) return {};
    uint8_t* bytes = nullptr;
    const int size = avio_close_dyn_buf(format_->pb, &bytes);
    format_->pb = nullptr;
    const std::unique_ptr<uint8_t, decltype(&av_free)> owner(bytes, av_free);
    return {bytes, bytes + size};
  }

 private:
  AVFormatContext* format_ = nullptr;
};

media::AvCodecPtr open_codec(const EncoderOptions& options, bool global_header) {
  const AVCodec* codec = avcodec_find_encoder_by_name("libx264");
  if (!codec) throw RunError(kPlace, "this FFmpeg is built without libx264", "use the one of the distribution");
  media::AvCodecPtr context(avcodec_alloc_context3(codec));
  if (!context) throw std::bad_alloc();
  context->width = static_cast<int>(options.width);
  context->height = static_cast<int>(options.height);
  context->pix_fmt = AV_PIX_FMT_YUV420P;
  context->framerate = {static_cast<int>(options.fps.numerator), static_cast<int>(options.fps.denominator)};
  context->time_base = av_inv_q(context->framerate);
  context->sample_aspect_ratio = {1, 1};
  context->color_range = AVCOL_RANGE_MPEG;
  context->colorspace = AVCOL_SPC_SMPTE170M;
  context->color_primaries = AVCOL_PRI_SMPTE170M;
  context->color_trc = AVCOL_TRC_SMPTE170M;
  context->thread_count = 1;
  // A second key frame would look like a motion of the whole picture.
  context->gop_size = static_cast<int>(options.frames);
  context->flags |= AV_CODEC_FLAG_BITEXACT;
  if (global_header) context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  check(av_opt_set(context->priv_data, "preset", "veryfast", 0), "no preset");
  check(av_opt_set_double(context->priv_data, "crf", options.crf, 0), "no crf");
  // Looking ahead (macroblock trees) gives other bytes now and then from the same frames where x264 uses AVX-512 while
  // other threads run; without it bytes are equal, and a video is encoded sooner.
  constexpr const char* kSettings = "scenecut=0:keyint=infinite:bframes=0:mbtree=0:rc-lookahead=0:weightp=0";
  check(av_opt_set(context->priv_data, "x264-params", kSettings, 0), "no x264-params");
  check(avcodec_open2(context.get(), codec, nullptr), "cannot be opened");
  return context;
}

}  // namespace

struct Encoder::Impl {
  explicit Impl(const EncoderOptions& options)
      : scope(log),
        codec(open_codec(options, muxer.get()->oformat->flags & AVFMT_GLOBALHEADER)),
        frame(media::make_av_frame()),
        packet(media::make_av_packet()) {
    stream = avformat_new_stream(muxer.get(), nullptr);
    if (!stream) throw std::bad_alloc();
    stream->time_base = codec->time_base;
    stream->avg_frame_rate = codec->framerate;
    check(avcodec_parameters_from_context(stream->codecpar, codec.get()), "no parameters");
    check(avformat_write_header(muxer.get(), nullptr), "no header");
    frame->format = codec->pix_fmt;
    frame->width = codec->width;
    frame->height = codec->height;
    frame->pts = 0;
    check(av_frame_get_buffer(frame.get(), 0), "no frame");
    for (int plane = 1; plane <= 2; ++plane) {
      std::memset(frame->data[plane], plane == 1 ? options.blue : options.red,
                  static_cast<size_t>(frame->linesize[plane]) * static_cast<size_t>(codec->height / 2));
    }
  }

  void send(const AVFrame* next) {
    check(avcodec_send_frame(codec.get(), next), "takes no frame");
    for (;;) {
      const int code = avcodec_receive_packet(codec.get(), packet.get());
      if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return;
      check(code, "gives no packet");
      packet->stream_index = stream->index;
      packet->duration = 1;
      av_packet_rescale_ts(packet.get(), codec->time_base, stream->time_base);
      check(av_interleaved_write_frame(muxer.get(), packet.get()), "MP4 takes no packet");
    }
  }

  media::AvLog log;
  media::AvLogScope scope;
  MemoryMuxer muxer;
  media::AvCodecPtr codec;
  media::AvFramePtr frame;
  media::AvPacketPtr packet;
  AVStream* stream = nullptr;  ///< of the muxer
};

Encoder::Encoder(const EncoderOptions& options) : impl_(std::make_unique<Impl>(options)) {}

Encoder::~Encoder() = default;

void Encoder::add(std::span<const uint8_t> luma) {
  AVFrame* frame = impl_->frame.get();
  check(av_frame_make_writable(frame), "no frame");
  const auto width = static_cast<size_t>(frame->width);
  for (int y = 0; y < frame->height; ++y) {
    std::memcpy(frame->data[0] + static_cast<ptrdiff_t>(y) * frame->linesize[0],
                luma.data() + static_cast<size_t>(y) * width, width);
  }
  impl_->send(frame);
  ++frame->pts;
}

std::vector<uint8_t> Encoder::finish() {
  impl_->send(nullptr);
  check(av_write_trailer(impl_->muxer.get()), "MP4 cannot be finished");
  return impl_->muxer.take();
}

std::string encoder_version() {
  return fmt::format("{} ({} libx264)", av_version_info(),
                     avcodec_find_encoder_by_name("libx264") ? "with" : "without");
}

}  // namespace vs::bursts
