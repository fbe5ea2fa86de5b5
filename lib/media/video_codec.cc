#include "lib/media/video_codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <utility>

extern "C" {
#include <libavcodec/avcodec.h>
}

#include "lib/core/error.h"
#include "lib/core/parallel.h"

namespace vs::media {

int decoder_threads(int workers, int cores) {
  constexpr int kMostThreads = 16;  // FFmpeg advises against more
  return std::clamp(cores / std::max(workers, 1), 1, kMostThreads);
}

int decoder_threads(int workers) { return decoder_threads(workers, available_cores()); }

namespace {

// Codecs whose decoders give the same bits with any number of threads. FFmpeg's for MPEG-4 part 2, for one, do not
// where pictures are interlaced.
bool threads_are_exact(AVCodecID codec) {
  switch (codec) {
    case AV_CODEC_ID_H264:
    case AV_CODEC_ID_HEVC:
    case AV_CODEC_ID_VP8:
    case AV_CODEC_ID_VP9:
    case AV_CODEC_ID_AV1:
    case AV_CODEC_ID_MPEG1VIDEO:
    case AV_CODEC_ID_MPEG2VIDEO:
    case AV_CODEC_ID_MJPEG:
    case AV_CODEC_ID_FFV1:
      return true;
    default:
      return false;
  }
}

}  // namespace

VideoCodec::VideoCodec(std::string path, const AVCodecParameters& parameters, const VideoOptions& options,
                       WorkClock& clock)
    : path_(std::move(path)), options_(options), clock_(clock) {
  // Which motion vectors FFmpeg exports depends on its threads too.
  if (options.motion_vectors || !threads_are_exact(parameters.codec_id)) return;
  threads_ = options.threads > 0 ? options.threads : decoder_threads(1);
}

void VideoCodec::restart(const AVCodecParameters& parameters, Fraction time_base, AvLog& log, Unrecovered unrecovered) {
  const AvLogScope scope(log);
  log_ = &log;
  const AVCodec* decoder = avcodec_find_decoder(parameters.codec_id);
  if (!decoder) throw DataError(path_, fmt::format("no decoder for {}", avcodec_get_name(parameters.codec_id)));
  codec_.reset(avcodec_alloc_context3(decoder));
  if (!codec_) throw std::bad_alloc();
  int code = avcodec_parameters_to_context(codec_.get(), &parameters);
  codec_->pkt_timebase = {static_cast<int>(time_base.numerator), static_cast<int>(time_base.denominator)};
  codec_->thread_count = threads_;
  codec_->max_pixels = options_.max_pixels;
  codec_->opaque = log_;
  if (unrecovered == Unrecovered::kGive) codec_->flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT;
  if (options_.motion_vectors) codec_->export_side_data |= AV_CODEC_EXPORT_DATA_MVS;
  if (code >= 0) code = avcodec_open2(codec_.get(), decoder, nullptr);
  if (code < 0)
    throw DataError(path_, fmt::format("the {} decoder refuses it: {}", decoder->name, av_error_text(code)));
  since_frame_ = 0;
}

void VideoCodec::flush() {
  const AvLogScope scope(*log_);
  avcodec_flush_buffers(codec_.get());
  since_frame_ = 0;
}

bool VideoCodec::send(AVPacket* packet, int64_t number) {
  clock_.check(path_);
  if (packet) {
    ++sent_;
    if (++since_frame_ > options_.max_packets_without_frame) {
      throw DataError(path_, fmt::format("{} packets in a row gave no frame", options_.max_packets_without_frame));
    }
    packet->pos = number;  // decoders hand it on with the frame, and nothing else needs it
  }
  const AvLogScope scope(*log_);
  const int code = avcodec_send_packet(codec_.get(), packet);
  if (code == AVERROR(ENOMEM)) throw std::bad_alloc();
  return code >= 0 || (!packet && code == AVERROR_EOF);
}

VideoCodec::Received VideoCodec::receive(AVFrame& frame) {
  const AvLogScope scope(*log_);
  for (;;) {
    clock_.check(path_);
    const int code = avcodec_receive_frame(codec_.get(), &frame);
    if (code == AVERROR(EAGAIN)) return Received::kNeedsPacket;
    if (code == AVERROR_EOF) return Received::kEnd;
    if (code == AVERROR(ENOMEM)) throw std::bad_alloc();
    if (code >= 0) {
      since_frame_ = 0;
      clock_.restart();
      return Received::kFrame;
    }
    faults_.push_back(av_error_text(code));
    if (++since_frame_ > options_.max_packets_without_frame) {
      throw DataError(path_, fmt::format("{} packets in a row gave no frame", options_.max_packets_without_frame));
    }
  }
}

int64_t VideoCodec::packet_number(const AVFrame& frame) { return frame.pkt_pos; }

std::vector<std::string> VideoCodec::take_faults() { return std::exchange(faults_, {}); }

}  // namespace vs::media
