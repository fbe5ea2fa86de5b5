#include "lib/media/video_codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <utility>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/buffer.h>
#include <libavutil/frame.h>
}

#include "lib/core/error.h"
#include "lib/core/parallel.h"
#include "lib/media/hardware_decoder.h"
#include "lib/media/hardware_device.h"

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
  // Hardware tells no motion vectors, and which ones FFmpeg exports depends on its threads too.
  if (options.motion_vectors) return;
  if (threads_are_exact(parameters.codec_id)) threads_ = options.threads > 0 ? options.threads : decoder_threads(1);
  if (!options.hardware) return;
  std::string reason;
  hardware_decoder_ = find_hardware_decoder(parameters, *options.hardware, reason);
  if (!hardware_decoder_) leave_hardware(reason);
}

void VideoCodec::leave_hardware(const std::string& reason) {
  hardware_decoder_ = nullptr;
  hardware_note_ = fmt::format("decoded on the CPU, not by {}: {}", options_.hardware->kind(), reason);
}

void VideoCodec::restart(const AVCodecParameters& parameters, Fraction time_base, AvLog& log, Unrecovered unrecovered) {
  const AvLogScope scope(log);
  log_ = &log;
  const AVCodec* decoder = in_hardware() ? hardware_decoder_ : avcodec_find_decoder(parameters.codec_id);
  if (!decoder) throw DataError(path_, fmt::format("no decoder for {}", avcodec_get_name(parameters.codec_id)));
  codec_.reset(avcodec_alloc_context3(decoder));
  if (!codec_) throw std::bad_alloc();
  int code = avcodec_parameters_to_context(codec_.get(), &parameters);
  codec_->pkt_timebase = {static_cast<int>(time_base.numerator), static_cast<int>(time_base.denominator)};
  codec_->thread_count = threads();
  codec_->max_pixels = options_.max_pixels;
  codec_->opaque = log_;
  if (unrecovered == Unrecovered::kGive) codec_->flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT;
  if (options_.motion_vectors) codec_->export_side_data |= AV_CODEC_EXPORT_DATA_MVS;
  // FFmpeg then picks the device's pixel format where it offers one, and the CPU's where it does not.
  if (in_hardware() && !(codec_->hw_device_ctx = av_buffer_ref(options_.hardware->av()))) throw std::bad_alloc();
  codec_->extra_hw_frames = options_.frames_on_device;
  if (code >= 0) code = avcodec_open2(codec_.get(), decoder, nullptr);
  if (code < 0) {
    const std::string refusal = fmt::format("the {} decoder refuses it: {}", decoder->name, av_error_text(code));
    if (!in_hardware()) throw DataError(path_, refusal);
    leave_hardware(refusal);
    return restart(parameters, time_base, log, unrecovered);
  }
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
      if (!in_hardware() || (frame.hw_frames_ctx && comes_whole(frame))) return Received::kFrame;
      faults_.emplace_back("it does not take this kind of stream");
      return Received::kNeedsPacket;
    }
    faults_.push_back(av_error_text(code));
    if (++since_frame_ > options_.max_packets_without_frame) {
      throw DataError(path_, fmt::format("{} packets in a row gave no frame", options_.max_packets_without_frame));
    }
  }
}

int VideoCodec::memory_format() const { return codec_->sw_pix_fmt; }

bool VideoCodec::bring_to_memory(AVFrame& frame) {
  if (!frame.hw_frames_ctx) return true;
  const AvLogScope scope(*log_);
  try {
    const AvFramePtr here = from_device(frame, memory_format());
    av_frame_unref(&frame);
    av_frame_move_ref(&frame, here.get());
  } catch (const DataError& error) {
    faults_.push_back("it " + error.finding());
    return false;
  }
  return true;
}

int64_t VideoCodec::packet_number(const AVFrame& frame) { return frame.pkt_pos; }

std::vector<std::string> VideoCodec::take_faults() { return std::exchange(faults_, {}); }

}  // namespace vs::media
