#include "lib/media/video_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/avutil.h>
#include <libavutil/frame.h>
}

#include "lib/core/cancel.h"
#include "lib/core/checked_math.h"
#include "lib/core/error.h"
#include "lib/media/image_size.h"
#include "lib/media/video_decoder_internal.h"

namespace vs::media {
namespace {

constexpr size_t kMaxWarnings = 32;

}  // namespace

// What FFmpeg says comes first: it is nearer to the cause.
std::string VideoDecoder::Impl::reason_of(const AvLog& said, const std::vector<std::string>& faults) {
  const auto lines = said.lines();
  if (!lines.empty()) return lines.front();
  return faults.empty() ? "a packet is damaged" : faults.front();
}

void VideoDecoder::Impl::warn(std::string text) {
  const bool known = std::find(own_warnings.begin(), own_warnings.end(), text) != own_warnings.end();
  if (!known && own_warnings.size() < kMaxWarnings) own_warnings.push_back(std::move(text));
}

void VideoDecoder::Impl::start_again() {
  next_wanted = 0;
  given_up_to = -1;
  started = false;
  ended = false;
  in_stretch = false;
}

void VideoDecoder::Impl::start_decoder() {
  packets.rewind();
  tentative_log.clear();
  codec.restart(packets.demuxer().codec_parameters(), info().time_base, is_tentative() ? tentative_log : log,
                VideoCodec::Unrecovered::kHide);
  started = true;
  draining = false;
  decoded = 0;
  last_ticks = 0;
  last_duration = 0;
}

// How a decoder patches damage up depends on its threads, and hardware has ways of its own. What it gave before is
// right: a frame comes out only when its packet and all before it have been decoded, and what they complain of is
// known.
void VideoDecoder::Impl::start_more_surely(const std::vector<std::string>& faults) {
  if (codec.in_hardware()) {
    codec.leave_hardware(reason_of(tentative_log, faults));
  } else {
    codec.set_threads(1);
  }
  start_decoder();
}

bool VideoDecoder::Impl::is_damaged() const {
  const AVFrame& av = *frame.frame_;
  return av.decode_error_flags != 0 || (!in_stretch && (av.flags & AV_FRAME_FLAG_CORRUPT) != 0);
}

// The next frame of all, into `frame`; false at the end.
bool VideoDecoder::Impl::decode_next() {
  for (;;) {
    const auto received = codec.receive(*frame.frame_);
    const std::vector<std::string> faults = codec.take_faults();
    const bool patched = received == VideoCodec::Received::kFrame && is_damaged();
    if (is_tentative() && (!faults.empty() || patched || tentative_log.count() > 0)) {
      start_more_surely(faults);
      continue;
    }
    for (const std::string& fault : faults) warn("damaged frame: " + fault);
    if (patched) warn("damaged frames were patched up by the decoder");
    if (received == VideoCodec::Received::kFrame) {
      describe_frame(decoded++);
      return true;
    }
    if (received == VideoCodec::Received::kEnd) return false;
    int64_t number = 0;
    if (!draining && packets.next(*packet, number)) {
      if (codec.send(packet.get(), number)) continue;
      if (is_tentative()) {
        start_more_surely({});
      } else {
        warn(fmt::format("packet {} is damaged", number));
      }
    } else {
      if (!packets.read_failure().empty()) warn(packets.read_failure());
      draining = true;
      codec.send(nullptr, 0);
    }
  }
}

void VideoDecoder::Impl::describe_frame(int64_t number) {
  const AVFrame& av = *frame.frame_;
  frame.rgb_ = {};
  frame.host_.reset();
  frame.index = number;
  frame.key = av.key_frame != 0;
  frame.width = av.width;
  frame.height = av.height;
  frame.picture_type = av_get_picture_type_char(av.pict_type);
  frame.damaged = is_damaged();
  frame.duration_ticks = std::max<int64_t>(av.pkt_duration, 0);
  if (in_stretch) {
    frame.ticks = index->frames[static_cast<size_t>(number)].ticks;
  } else if (av.best_effort_timestamp != AV_NOPTS_VALUE) {
    frame.ticks = av.best_effort_timestamp;
  } else {
    const Fraction& rate = info().r_frame_rate;
    int64_t step = last_duration;
    if (step <= 0 && rate.numerator > 0 && info().time_base.numerator > 0) {
      step = std::llround(1 / (rate.value() * info().time_base.value()));
    }
    frame.ticks = number == 0 ? 0 : checked_add(last_ticks, step);
  }
  last_ticks = frame.ticks;
  last_duration = frame.duration_ticks;
  frame.time_s = static_cast<double>(frame.ticks) * info().time_base.value();
}

// Only frames that someone wants are brought to system memory; false, with a fault, where one cannot be.
bool VideoDecoder::Impl::hand_out_frame() {
  AVFrame& av = *frame.frame_;
  frame.host_format_ = codec.memory_format();
  if (keeps_on_device && av.crop_left == 0 && av.crop_top == 0) return true;
  if (!codec.bring_to_memory(av)) return false;
  frame.width = av.width;
  frame.height = av.height;
  return true;
}

VideoFrame* VideoDecoder::Impl::next_in_order() {
  if (!started) start_decoder();
  while (choice != Choice::kFrames || next_wanted < wanted.size()) {
    if (!decode_next()) {
      ended = true;
      counted = decoded;
      if (decoded == 0) {
        const auto lines = log.lines();
        throw NoFrames(path, fmt::format("not one frame can be decoded{}{}", lines.empty() ? "" : ": ",
                                         lines.empty() ? "" : lines.front()));
      }
      return nullptr;
    }
    if (frame.index <= given_up_to) continue;
    if (choice == Choice::kFrames) {
      if (frame.index != wanted[next_wanted]) continue;
    } else if (choice == Choice::kKeyFrames && !frame.key) {
      continue;
    }
    if (!hand_out_frame()) {
      start_more_surely(codec.take_faults());
      continue;
    }
    if (choice == Choice::kFrames) ++next_wanted;
    given_up_to = frame.index;
    return &frame;
  }
  ended = true;
  return nullptr;
}

VideoFrame* VideoDecoder::Impl::next() {
  throw_if_cancelled();
  if (ended) return nullptr;
  clock.restart();
  if (choice == Choice::kAll || !exact_seeking()) return next_in_order();
  if (choice == Choice::kKeyFrames && !started) wanted = index->key_frames();
  return next_by_index();
}

void VideoDecoder::Impl::find_frames_by_decoding() {
  start_again();
  const Choice chosen = std::exchange(choice, Choice::kAll);
  std::vector<FrameTime> frames;
  Size size;
  int format = AV_PIX_FMT_NONE;
  try {
    while (next()) {
      const bool reshaped =
          frame.index > 0 && (size != Size{frame.width, frame.height} || format != frame.frame_->format);
      size = {frame.width, frame.height};
      format = frame.frame_->format;
      frames.push_back({frame.ticks, frame.duration_ticks, -1, frame.key, reshaped});
    }
  } catch (...) {
    choice = chosen;
    throw;
  }
  choice = chosen;
  index->frames = std::move(frames);
  index->knowledge = FrameKnowledge::kDecoding;
}

VideoDecoder::VideoDecoder(const std::string& path, const VideoOptions& options)
    : impl_(std::make_unique<Impl>(path, options)) {}

VideoDecoder::~VideoDecoder() = default;

const std::string& VideoDecoder::path() const { return impl_->path; }

const VideoInfo& VideoDecoder::info() const { return impl_->info(); }

const VideoIndex& VideoDecoder::packet_index() {
  if (!impl_->index) {
    impl_->index = impl_->packets.read_index();
    impl_->start_again();
  }
  return *impl_->index;
}

const VideoIndex& VideoDecoder::index() {
  packet_index();
  if (impl_->index->knowledge == FrameKnowledge::kNone) {
    impl_->find_frames_by_decoding();
    impl_->start_again();
  }
  return *impl_->index;
}

int64_t VideoDecoder::frame_count() {
  const bool indexed = impl_->index && impl_->index->knowledge != FrameKnowledge::kNone;
  if (!indexed && impl_->counted >= 0) return impl_->counted;
  return static_cast<int64_t>(index().frames.size());
}

void VideoDecoder::set_index(VideoIndex index) {
  if (index.stream_index != info().stream_index || !(index.time_base == info().time_base)) {
    throw DataError(path(), "the stored index is of another stream", "make the index again");
  }
  impl_->index = std::move(index);
  impl_->start_again();
}

void VideoDecoder::select(std::span<const int64_t> frames) {
  std::vector<int64_t> wanted(frames.begin(), frames.end());
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  if (!wanted.empty() && wanted.front() < 0) {
    throw UsageError(path(), fmt::format("frame index {} is below 0", wanted.front()));
  }
  packet_index();
  impl_->wanted = std::move(wanted);
  impl_->choice = Impl::Choice::kFrames;
  impl_->start_again();
}

void VideoDecoder::select_key_frames() {
  packet_index();
  impl_->choice = Impl::Choice::kKeyFrames;
  impl_->start_again();
}

void VideoDecoder::select_all() {
  impl_->choice = Impl::Choice::kAll;
  impl_->start_again();
}

VideoFrame* VideoDecoder::next() { return impl_->next(); }

int64_t VideoDecoder::promised_frames() const { return info().header_frames; }

double VideoDecoder::frame_rate() const {
  const VideoInfo& header = info();
  return header.avg_frame_rate.numerator > 0 ? header.avg_frame_rate.value() : header.r_frame_rate.value();
}

const std::vector<std::string>& VideoDecoder::warnings() const {
  impl_->all_warnings.clear();
  if (!impl_->codec.hardware_note().empty()) impl_->all_warnings.push_back(impl_->codec.hardware_note());
  for (const std::string& line : impl_->own_warnings) impl_->all_warnings.push_back(line);
  for (const std::string& line : impl_->log.lines()) impl_->all_warnings.push_back(line);
  return impl_->all_warnings;
}

bool VideoDecoder::is_damaged() const { return !impl_->own_warnings.empty() || impl_->log.count() > 0; }

bool VideoDecoder::in_hardware() const { return impl_->codec.in_hardware(); }

int64_t VideoDecoder::decoded_packets() const { return impl_->codec.sent(); }

}  // namespace vs::media
