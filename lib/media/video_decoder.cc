#include "lib/media/video_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/avutil.h>
#include <libavutil/frame.h>
}

#include "lib/core/cancel.h"
#include "lib/core/checked_math.h"
#include "lib/core/error.h"
#include "lib/media/video_codec.h"
#include "lib/media/video_packets.h"

namespace vs::media {
namespace {

constexpr size_t kMaxWarnings = 32;
// H.264's decoder says this where a frame that it never saw, because decoding began later, is to be forgotten.
constexpr const char* kFrameBeforeStart = "mmco: unref short failure";

enum class Choice { kAll, kFrames, kKeyFrames };

}  // namespace

struct VideoDecoder::Impl {
  Impl(const std::string& file, const VideoOptions& options)
      : path(file),
        clock(options.timeout_s),
        packets(file, options, log, clock),
        codec(file, packets.demuxer().codec_parameters(), options, clock),
        packet(make_av_packet()) {}

  const VideoInfo& info() const { return packets.demuxer().info(); }
  bool exact_seeking() const { return index && index->knowledge == FrameKnowledge::kPackets; }

  void warn(std::string text);
  void start_again();
  void start_decoder();
  void start_with_one_thread();
  bool is_damaged() const;
  VideoFrame* next();
  bool decode_next();
  void describe_frame(int64_t number);
  VideoFrame* next_in_order();
  VideoFrame* next_by_index();
  bool begin_stretch();
  bool feed_stretch();
  bool is_wanted_frame();
  bool stretch_is_sound();
  void distrust_index(const std::string& reason);
  void find_frames_by_decoding();

  std::string path;
  AvLog log;
  AvLog seeking_log;  // complaints while decoding by the index
  AvLog threads_log;  // complaints while decoding in order with several threads
  WorkClock clock;
  VideoPackets packets;
  VideoCodec codec;
  AvPacketPtr packet;
  VideoFrame frame;
  std::optional<VideoIndex> index;

  Choice choice = Choice::kAll;
  std::vector<int64_t> wanted;  // sorted, for Choice::kFrames
  size_t next_wanted = 0;
  int64_t given_up_to = -1;  // the last frame given

  // Decoding in order.
  bool started = false, draining = false, ended = false;
  int64_t decoded = 0;  // frames so far
  int64_t last_ticks = 0, last_duration = 0;

  // Decoding by the index: one stretch of packets after the other.
  bool in_stretch = false;
  int64_t stretch_at = 0, stretch_last = 0;
  size_t stretch_end = 0;  // wanted[stretch_end] is the first frame of a later stretch

  std::vector<std::string> own_warnings;
  mutable std::vector<std::string> all_warnings;
};

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
  threads_log.clear();
  codec.restart(packets.demuxer().codec_parameters(), info().time_base, codec.threads() > 1 ? threads_log : log,
                VideoCodec::Unrecovered::kHide);
  started = true;
  draining = false;
  decoded = 0;
  last_ticks = 0;
  last_duration = 0;
}

// How a decoder patches damage up depends on its threads. What it gave before is right: a frame comes out only when its
// packet and all before it have been decoded, and what they complain of is known.
void VideoDecoder::Impl::start_with_one_thread() {
  codec.set_threads(1);
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
    if (codec.threads() > 1 && (!faults.empty() || patched || threads_log.count() > 0)) {
      start_with_one_thread();
      continue;
    }
    for (const std::string& fault : faults) warn("damaged frame: " + fault);
    if (received == VideoCodec::Received::kFrame) {
      describe_frame(decoded++);
      return true;
    }
    if (received == VideoCodec::Received::kEnd) return false;
    int64_t number = 0;
    if (!draining && packets.next(*packet, number)) {
      if (codec.send(packet.get(), number)) continue;
      if (codec.threads() > 1) {
        start_with_one_thread();
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

VideoFrame* VideoDecoder::Impl::next_in_order() {
  if (!started) start_decoder();
  while (choice != Choice::kFrames || next_wanted < wanted.size()) {
    if (!decode_next()) {
      ended = true;
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
      ++next_wanted;
    } else if (choice == Choice::kKeyFrames && !frame.key) {
      continue;
    }
    given_up_to = frame.index;
    return &frame;
  }
  ended = true;
  return nullptr;
}

// A stretch begins at a packet where decoding may start and goes on to the last packet needed before a later start.
bool VideoDecoder::Impl::begin_stretch() {
  const auto packet_of = [&](size_t i) { return index->frames[static_cast<size_t>(wanted[i])].packet; };
  stretch_at = index->start_packet(wanted[next_wanted]);
  stretch_last = packet_of(next_wanted);
  stretch_end = next_wanted + 1;
  const auto frames = static_cast<int64_t>(index->frames.size());
  while (stretch_end < wanted.size() && wanted[stretch_end] < frames &&
         index->start_packet(wanted[stretch_end]) <= stretch_last + 1) {
    stretch_last = std::max(stretch_last, packet_of(stretch_end));
    ++stretch_end;
  }
  if (!packets.go_to(*index, stretch_at)) return false;
  if (started) {
    codec.flush();
  } else {
    codec.restart(packets.demuxer().codec_parameters(), info().time_base, seeking_log, VideoCodec::Unrecovered::kGive);
    started = true;
  }
  draining = false;
  in_stretch = true;
  return true;
}

// Gives the decoder the next packet of the stretch that is needed; false if the file does not match the index.
bool VideoDecoder::Impl::feed_stretch() {
  while (stretch_at <= stretch_last) {
    int64_t number = 0;
    if (!packets.next(*packet, number) || number != stretch_at) return false;
    const PacketInfo& expected = index->packets[static_cast<size_t>(number)];
    if (!VideoPackets::is_packet(expected, *packet)) return false;
    ++stretch_at;
    if (expected.skippable) {
      const auto is_before = [&](int64_t wanted_frame, int64_t ticks) {
        return index->frames[static_cast<size_t>(wanted_frame)].ticks < ticks;
      };
      // Indices beyond the last frame may be wanted as well: there is no packet for them.
      const auto begin = wanted.begin() + static_cast<std::ptrdiff_t>(next_wanted);
      const auto end = std::lower_bound(begin, wanted.end(), static_cast<int64_t>(index->frames.size()));
      const auto found = std::lower_bound(begin, end, expected.pts, is_before);
      if (found == end || index->frames[static_cast<size_t>(*found)].packet != number) continue;
    }
    return codec.send(packet.get(), number);
  }
  draining = true;
  return codec.send(nullptr, 0);
}

// True if the received frame is the next wanted one.
bool VideoDecoder::Impl::is_wanted_frame() {
  const AVFrame& av = *frame.frame_;
  const FrameTime& expected = index->frames[static_cast<size_t>(wanted[next_wanted])];
  return VideoCodec::packet_number(av) == expected.packet && (av.pts == AV_NOPTS_VALUE || av.pts == expected.ticks);
}

// Damaged frames are patched with what was decoded before, so they depend on the frames left out.
bool VideoDecoder::Impl::stretch_is_sound() {
  if (seeking_log.count() == 0) return true;
  const auto lines = seeking_log.lines();
  return std::all_of(lines.begin(), lines.end(), [](const std::string& line) { return line == kFrameBeforeStart; });
}

VideoFrame* VideoDecoder::Impl::next_by_index() {
  while (next_wanted < wanted.size()) {
    if (wanted[next_wanted] >= static_cast<int64_t>(index->frames.size())) break;
    if (!in_stretch && !begin_stretch()) {
      distrust_index("the file is not what its index says");
      return next_in_order();
    }
    const auto received = codec.receive(*frame.frame_);
    const bool damaged = !codec.take_faults().empty() || !stretch_is_sound();
    if (!damaged && received == VideoCodec::Received::kFrame && is_wanted_frame()) {
      describe_frame(wanted[next_wanted]);
      given_up_to = frame.index;
      if (++next_wanted == stretch_end) in_stretch = false;
      return &frame;
    }
    const bool lost = damaged || received == VideoCodec::Received::kEnd;
    if (lost || (received == VideoCodec::Received::kNeedsPacket && !feed_stretch())) {
      distrust_index("damaged packets");
      return next_in_order();
    }
  }
  ended = true;
  return nullptr;
}

void VideoDecoder::Impl::distrust_index(const std::string& reason) {
  warn("frames were chosen by the index, but then it did not hold: " + reason);
  index->knowledge = FrameKnowledge::kNone;
  index->distrust = reason;
  index->frames.clear();
  started = false;
  in_stretch = false;
  seeking_log.clear();
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
  try {
    while (next()) frames.push_back({frame.ticks, frame.duration_ticks, -1, frame.key});
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
  impl_->choice = Choice::kFrames;
  impl_->start_again();
}

void VideoDecoder::select_key_frames() {
  packet_index();
  impl_->choice = Choice::kKeyFrames;
  impl_->start_again();
}

void VideoDecoder::select_all() {
  impl_->choice = Choice::kAll;
  impl_->start_again();
}

VideoFrame* VideoDecoder::next() { return impl_->next(); }

int64_t VideoDecoder::promised_frames() const { return info().header_frames; }

double VideoDecoder::frame_rate() const {
  const VideoInfo& header = info();
  return header.avg_frame_rate.numerator > 0 ? header.avg_frame_rate.value() : header.r_frame_rate.value();
}

const std::vector<std::string>& VideoDecoder::warnings() const {
  impl_->all_warnings = impl_->own_warnings;
  for (const std::string& line : impl_->log.lines()) impl_->all_warnings.push_back(line);
  return impl_->all_warnings;
}

int64_t VideoDecoder::decoded_packets() const { return impl_->codec.sent(); }

}  // namespace vs::media
