#include "lib/media/video_packets.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <iterator>
#include <optional>
#include <span>
#include <utility>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

#include "lib/core/cancel.h"
#include "lib/core/checked_math.h"
#include "lib/core/error.h"
#include "lib/media/video_bitstream.h"
#include "lib/media/video_mpeg4.h"

namespace vs::media {
namespace {

// What a packet in memory takes beside its payload: AVPacket, AVBuffer and its reference, padding.
constexpr int64_t kPacketOverheadBytes = 512;
constexpr int kPacketsToRecognise = 64;

static_assert(kNoTime == AV_NOPTS_VALUE);

PacketInfo describe(const AVPacket& packet) {
  PacketInfo info;
  info.pts = packet.pts;
  info.dts = packet.dts;
  info.duration = packet.duration;
  info.position = packet.pos;
  info.size_bytes = packet.size;
  info.key = (packet.flags & AV_PKT_FLAG_KEY) != 0;
  info.discard = (packet.flags & AV_PKT_FLAG_DISCARD) != 0;
  return info;
}

bool changes_headers(const AVPacket& packet) {
  return av_packet_get_side_data(&packet, AV_PKT_DATA_NEW_EXTRADATA, nullptr) != nullptr ||
         av_packet_get_side_data(&packet, AV_PKT_DATA_PARAM_CHANGE, nullptr) != nullptr;
}

// AVI counts and times empty chunks like others, but they give no packets.
int64_t chunks_passed(const std::vector<PacketInfo>& packets) {
  const bool timed = !packets.empty() && packets.back().dts != kNoTime && packets.back().duration == 1;
  return timed ? checked_add(packets.back().dts, 1) : std::ssize(packets);
}

// Turns what single packets say into where decoding may start and what may be left out.
class TraitCollector {
 public:
  TraitCollector(const AVCodecParameters& parameters, const VideoInfo& info)
      : inspector_(parameters), delay_(info.reorder_delay) {
    if (parameters.codec_id == AV_CODEC_ID_MPEG4) {
      const size_t header_bytes = parameters.extradata ? static_cast<size_t>(parameters.extradata_size) : 0;
      mpeg4_.emplace(std::span(parameters.extradata, header_bytes));
    }
    if (info.interlaced && (info.codec == "h264" || info.codec == "hevc"))
      doubt("fields may have packets of their own");
  }

  void doubt(const std::string& reason) {
    if (doubt_.empty()) doubt_ = reason;
  }
  const std::string& doubt() const { return doubt_; }

  void add(const AVPacket& packet, PacketInfo& info) {
    if (!doubt_.empty()) return;
    if (packet.flags & AV_PKT_FLAG_CORRUPT) doubt("damaged packets");
    if (changes_headers(packet)) doubt("headers change inside the stream");
    const std::span<const uint8_t> bytes(packet.data, static_cast<size_t>(packet.size));
    PacketTraits traits = mpeg4_ ? mpeg4_->inspect(bytes) : inspector_.inspect(bytes, info.key);
    traits.independent = traits.independent && info.key;
    if (!traits.fault.empty()) doubt(traits.fault);
    if (traits.shown_frames > 1) doubt("packets with several frames");
    if (traits.shape != 0) {
      const uint64_t before = std::exchange(shape_, traits.shape);
      if (before != 0 && before != traits.shape) doubt("the frame size may change inside the stream");
    }
    if (traits.fault.empty()) info.key = traits.key;
    info.hidden = traits.shown_frames == 0;
    info.start = traits.independent && (!headers_later_ || traits.parameter_sets);
    info.skippable = !traits.referenced && !traits.parameter_sets;
    headers_later_ = headers_later_ || (any_ && traits.parameter_sets);
    any_ = true;
    layers_.push_back(static_cast<uint8_t>(std::clamp(traits.temporal_layer, 0, 7)));
  }

  // A frame that its own temporal layer does not need may still be needed by a higher one.
  void finish(VideoIndex& index) {
    std::vector<PacketInfo>& packets = index.packets;
    if (mpeg4_ && doubt_.empty()) {
      doubt_ = mpeg4_->fill_times(packets, delay_);
      index.warm_up_packets = mpeg4_->warm_up_packets();
      mpeg4_->keep_exact_starts(packets);
    }
    if (layers_.empty()) return;
    const uint8_t highest = *std::max_element(layers_.begin(), layers_.end());
    for (size_t i = 0; i < layers_.size(); ++i) {
      if (layers_[i] < highest) packets[i].skippable = false;
    }
  }

 private:
  PacketInspector inspector_;
  std::optional<Mpeg4Inspector> mpeg4_;
  int64_t delay_;
  std::string doubt_;
  bool headers_later_ = false, any_ = false;
  uint64_t shape_ = 0;
  std::vector<uint8_t> layers_;
};

}  // namespace

VideoPackets::VideoPackets(const std::string& path, const VideoOptions& options, AvLog& log, WorkClock& clock)
    : path_(path),
      memory_limit_(options.packet_memory_bytes),
      max_packets_(options.max_packets),
      seek_over_bytes_(options.seek_over_bytes),
      log_(log),
      clock_(clock),
      demuxer_(path, options, log, clock),
      faults_at_opening_(log.count()),
      ahead_(make_av_packet()) {}

VideoIndex VideoPackets::read_index() {
  const int64_t faults_before = faults_at_opening_ > 0 ? 0 : log_.count();
  rewind();
  const VideoInfo& info = demuxer_.info();
  VideoIndex index;
  index.stream_index = info.stream_index;
  index.time_base = info.time_base;
  index.reorder_delay = info.reorder_delay;
  TraitCollector traits(demuxer_.codec_parameters(), info);
  int64_t bytes = 0;
  bool keep = !in_memory_;
  const AvPacketPtr packet = make_av_packet();
  for (int64_t number = 0; next(*packet, number);) {
    clock_.restart();
    throw_if_cancelled();
    if (number >= max_packets_) {
      traits.doubt(fmt::format("more than {} packets", max_packets_));
      keep = false;
      break;
    }
    PacketInfo entry = describe(*packet);
    traits.add(*packet, entry);
    index.packets.push_back(entry);
    bytes += packet->size + kPacketOverheadBytes;
    keep = keep && bytes <= memory_limit_;
    if (keep) {
      memory_.push_back(make_av_packet());
      if (av_packet_ref(memory_.back().get(), packet.get()) < 0) throw std::bad_alloc();
    }
  }
  if (keep) in_memory_ = true;
  if (!in_memory_) memory_.clear();
  if (!read_failure_.empty()) traits.doubt(read_failure_);
  if (log_.count() > faults_before) traits.doubt(log_.lines().front());
  const int64_t found = info.container == "avi" ? chunks_passed(index.packets) : std::ssize(index.packets);
  if (found < info.header_frames) traits.doubt(fmt::format("{} of {} promised packets", found, info.header_frames));
  traits.finish(index);
  derive_frames(index, traits.doubt());
  rewind();
  return index;
}

bool VideoPackets::next(AVPacket& packet, int64_t& number) {
  av_packet_unref(&packet);
  number = position_;
  if (in_memory_) {
    if (position_ >= static_cast<int64_t>(memory_.size())) return false;
    if (av_packet_ref(&packet, memory_[static_cast<size_t>(position_)].get()) < 0) throw std::bad_alloc();
  } else if (has_ahead_) {
    av_packet_move_ref(&packet, ahead_.get());
    has_ahead_ = false;
  } else {
    demuxer_moved_ = true;
    if (!demuxer_.read(packet)) {
      read_failure_ = demuxer_.read_failure();
      return false;
    }
  }
  ++position_;
  return true;
}

void VideoPackets::rewind() {
  position_ = 0;
  if (in_memory_) return;
  has_ahead_ = false;
  if (demuxer_moved_) demuxer_.reopen();
  demuxer_moved_ = false;
}

bool VideoPackets::is_packet(const PacketInfo& info, const AVPacket& packet) {
  // Where the container has no presentation times, those of the index were made from decoding times.
  const bool same_time = packet.pts != AV_NOPTS_VALUE ? info.pts == packet.pts : info.dts == packet.dts;
  return same_time && info.size_bytes == packet.size;
}

bool VideoPackets::go_to(const VideoIndex& index, int64_t number) {
  assert(number >= 0 && number < static_cast<int64_t>(index.packets.size()));
  if (in_memory_) {
    if (number >= static_cast<int64_t>(memory_.size())) return false;
    position_ = number;
    return true;
  }
  if (number < position_) rewind();
  int64_t bytes = 0;
  for (int64_t i = position_; i < number && bytes <= seek_over_bytes_; ++i) {
    bytes += index.packets[static_cast<size_t>(i)].size_bytes;
  }
  if (bytes > seek_over_bytes_ && seeks_well_) {
    if (seek_before(index, number) && read_on_to(index, number)) return true;
    seeks_well_ = false;  // reading from the start is always right
    rewind();
  }
  return read_on_to(index, number);
}

bool VideoPackets::read_on_to(const VideoIndex& index, int64_t number) {
  const AvPacketPtr packet = make_av_packet();
  while (position_ < number) {
    int64_t at = 0;
    clock_.restart();
    throw_if_cancelled();
    if (!next(*packet, at) || !is_packet(index.packets[static_cast<size_t>(at)], *packet)) return false;
  }
  return true;
}

// Most containers keep key frames by presentation time, some by decoding time.
bool VideoPackets::seek_before(const VideoIndex& index, int64_t number) {
  const PacketInfo& target = index.packets[static_cast<size_t>(number)];
  const int64_t from = position_;
  return (target.pts != kNoTime && seek_to(index, number, from, target.pts)) ||
         (target.dts != kNoTime && seek_to(index, number, from, target.dts));
}

// Seeks and finds out from the packets that come where that was; true if it is in [from, number].
bool VideoPackets::seek_to(const VideoIndex& index, int64_t number, int64_t from, int64_t ticks) {
  demuxer_moved_ = true;
  has_ahead_ = false;
  if (!demuxer_.seek(ticks)) return false;
  for (int tried = 0; tried < kPacketsToRecognise; ++tried) {
    if (!demuxer_.read(*ahead_)) return false;
    for (int64_t i = number; i >= from; --i) {
      const PacketInfo& known = index.packets[static_cast<size_t>(i)];
      if (!known.key || !is_packet(known, *ahead_)) continue;
      has_ahead_ = true;
      position_ = i;
      return true;
    }
  }
  return false;
}

}  // namespace vs::media
