// Decoding by the index: only the stretches of packets that the chosen frames need.

#include <algorithm>
#include <utility>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/frame.h>
}

#include "lib/media/video_decoder_internal.h"

namespace vs::media {
namespace {

// H.264's decoder says this where a frame that it never saw, because decoding began later, is to be forgotten.
constexpr const char* kFrameBeforeStart = "mmco: unref short failure";

}  // namespace

// Shows a new decoder the packets that it needs wherever it starts; false if the file does not match the index.
bool VideoDecoder::Impl::warm_up() {
  if (index->warm_up_packets == 0) return true;
  if (!packets.go_to(*index, 0)) return false;
  for (int64_t i = 0; i < index->warm_up_packets; ++i) {
    int64_t number = 0;
    if (!packets.next(*packet, number) || !codec.send(packet.get(), number)) return false;
    while (codec.receive(*frame.frame_) == VideoCodec::Received::kFrame) {
    }
  }
  codec.flush();
  return true;
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
  if (started) {
    codec.flush();
  } else {
    codec.restart(packets.demuxer().codec_parameters(), info().time_base, seeking_log, VideoCodec::Unrecovered::kGive);
    started = true;
    if (!warm_up()) return false;
  }
  if (!packets.go_to(*index, stretch_at)) return false;
  draining = false;
  in_stretch = true;
  stretch_pts = kNoTime;
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

// Damage that the decoder does not notice often shows in the order of what it gives.
bool VideoDecoder::Impl::comes_in_order() {
  const int64_t pts = frame.frame_->pts;
  if (pts == AV_NOPTS_VALUE) return true;
  return pts > std::exchange(stretch_pts, pts);
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
      if (leave_hardware(codec.take_faults())) continue;
      distrust_index("the file is not what its index says");
      return next_in_order();
    }
    const auto received = codec.receive(*frame.frame_);
    const bool unfit = received == VideoCodec::Received::kFrame && (is_damaged() || !comes_in_order());
    const std::vector<std::string> faults = codec.take_faults();
    const bool damaged = !faults.empty() || unfit || !stretch_is_sound();
    if (!damaged && received == VideoCodec::Received::kFrame && is_wanted_frame()) {
      describe_frame(wanted[next_wanted]);
      if (!hand_out_frame()) {
        leave_hardware(codec.take_faults());
        continue;
      }
      given_up_to = frame.index;
      if (++next_wanted == stretch_end) in_stretch = false;
      return &frame;
    }
    const bool lost = damaged || received == VideoCodec::Received::kEnd;
    if (lost || (received == VideoCodec::Received::kNeedsPacket && !feed_stretch())) {
      if (leave_hardware(faults)) continue;
      distrust_index("damaged packets");
      return next_in_order();
    }
  }
  ended = true;
  return nullptr;
}

// What went wrong may be the device's doing: the CPU decodes the stretch again before the index is blamed. False if it
// was the CPU that decoded.
bool VideoDecoder::Impl::leave_hardware(const std::vector<std::string>& faults) {
  if (!codec.in_hardware()) return false;
  codec.leave_hardware(reason_of(seeking_log, faults));
  started = false;
  in_stretch = false;
  seeking_log.clear();
  return true;
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

}  // namespace vs::media
