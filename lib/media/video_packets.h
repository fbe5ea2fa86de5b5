// The packets of a stream by number: read once and kept where they fit in memory, read again where not. Inside the
// media room.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/media/av_handles.h"
#include "lib/media/video_demuxer.h"
#include "lib/media/video_index.h"

namespace vs::media {

/// Packets in decoding order, numbered from 0.
class VideoPackets {
 public:
  VideoPackets(const std::string& path, const VideoOptions& options, AvLog& log, WorkClock& clock);

  const VideoDemuxer& demuxer() const { return demuxer_; }

  /// Reads the whole stream and describes every packet; frames are derived where packets tell them.
  VideoIndex read_index();

  /// The next packet and its number; false at the end.
  bool next(AVPacket& packet, int64_t& number);
  /// The next call of next() gives packet 0.
  void rewind();
  /// The next call of next() gives packet `number` of `index`, by reading on or by seeking, whatever is less work.
  /// False where the file does not hold the packets that the index describes.
  bool go_to(const VideoIndex& index, int64_t number);
  /// The number of the packet that next() gives.
  int64_t position() const { return position_; }
  /// Why reading ended before the end, empty if it did not.
  const std::string& read_failure() const { return read_failure_; }

  static bool is_packet(const PacketInfo& info, const AVPacket& packet);

 private:
  bool seek_before(const VideoIndex& index, int64_t number);
  bool seek_to(const VideoIndex& index, int64_t number, int64_t from, int64_t ticks);
  bool read_on_to(const VideoIndex& index, int64_t number);

  std::string path_;
  int64_t memory_limit_, max_packets_, seek_over_bytes_;
  AvLog& log_;
  WorkClock& clock_;
  VideoDemuxer demuxer_;
  int64_t faults_at_opening_;
  bool demuxer_moved_ = false;
  bool seeks_well_ = true;
  std::vector<AvPacketPtr> memory_;
  bool in_memory_ = false;
  AvPacketPtr ahead_;  // read while seeking, to be given next
  bool has_ahead_ = false;
  int64_t position_ = 0;
  std::string read_failure_;
};

}  // namespace vs::media
