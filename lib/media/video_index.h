// The index of a video: every packet of the chosen stream without decoding, and from it every frame and where to start.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/core/text.h"

namespace vs::media {

/// A time that the container does not give.
constexpr int64_t kNoTime = INT64_MIN;

/// One compressed packet, as stored.
struct PacketInfo {
  int64_t pts = kNoTime, dts = kNoTime;  ///< presentation and decoding time in ticks
  int64_t duration = 0;                  ///< ticks, 0: unknown
  int64_t position = -1;                 ///< byte in the file, -1: unknown
  int32_t size_bytes = 0;
  bool key = false;        ///< its frame is a key frame
  bool start = false;      ///< decoding may start here: every frame shown later than it comes out right
  bool discard = false;    ///< decoded but not shown (edit list)
  bool hidden = false;     ///< holds no frame to show (alternate reference of VP8 and VP9)
  bool skippable = false;  ///< no other frame refers to it
};

/// One frame in display order.
struct FrameTime {
  int64_t ticks = 0;           ///< best-effort time in the stream's time base, as in the file
  int64_t duration_ticks = 0;  ///< 0: unknown
  int64_t packet = -1;         ///< its packet, -1 where frames were found by decoding
  bool key = false;
  bool reshaped = false;  ///< its size or pixel format is not that of the frame before
};

/// How the frames of an index are known.
enum class FrameKnowledge {
  kNone,      ///< not yet: the packets alone do not tell
  kPackets,   ///< from the packets, and seeking by them is exact
  kDecoding,  ///< by decoding everything once; frames can only be reached from the start
};

/// Packets in decoding order and frames in display order.
struct VideoIndex {
  int stream_index = -1;
  Fraction time_base;
  int64_t reorder_delay = 0;
  int64_t warm_up_packets = 0;  ///< that a new decoder must have seen, wherever decoding starts then
  std::vector<PacketInfo> packets;
  FrameKnowledge knowledge = FrameKnowledge::kNone;
  std::string distrust;           ///< why the packets alone do not tell the frames; empty if they do
  std::vector<FrameTime> frames;  ///< empty where knowledge is kNone
  std::vector<int64_t> starts;    ///< packets at which decoding may start, ascending; filled with kPackets

  /// Indices of the frames marked as key frames.
  std::vector<int64_t> key_frames() const;
  /// The packet at which decoding has to start so that `frame` comes out right. Needs kPackets, frame in range.
  int64_t start_packet(int64_t frame) const;
};

/// Decides from the packets whether they tell the frames, and fills `knowledge`, `distrust` and `frames`.
///
/// They do if each shown packet has a presentation time of its own, the first packet is a start, none is shown before
/// it, and the decoder's delay suffices to put them in order. Then no frame is `reshaped`. `doubt` is what the reader
/// of the packets found against it (damage, a codec whose packets are not frames); not empty: distrust. Limit: damage
/// that leaves the structure of a packet whole shows only when the packet is decoded.
void derive_frames(VideoIndex& index, const std::string& doubt);

/// Size and time of change of a file, by which a stored index is known to be still right.
struct FileStamp {
  int64_t size_bytes = -1, mtime_ns = -1;
  bool operator==(const FileStamp&) const = default;
  /// Throws DataError if the file cannot be looked at.
  static FileStamp of(const std::string& path);
};

/// Writes an index as JSON ("vs.video_index/1"), whole or not at all. `video` is the file it describes.
void save_index(const std::string& path, const VideoIndex& index, const std::string& video);
/// Reads an index for `video`; nothing if it describes another file or an older state of this one.
/// Throws DataError if it is not an index or its numbers cannot be true.
std::optional<VideoIndex> load_index(const std::string& path, const std::string& video);

}  // namespace vs::media
