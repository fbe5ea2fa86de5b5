// What a packet of MPEG-4 part 2 (XviD, DivX) is, and the times that AVI leaves out. Inside the media room.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lib/media/video_bitstream.h"
#include "lib/media/video_index.h"

namespace vs::media {

/// Reads the packets of one stream in decoding order. Bytes are hostile: every length is checked.
///
/// Frames are known where each packet gives one: a coded picture (VOP), or, in DivX's "packed bitstream", a B picture
/// that rode in the packet before, with an empty or another B picture in its own place.
/// Source: ISO/IEC 14496-2, section 6.2; packed bitstreams as FFmpeg 5.1's mpeg4 decoder takes them apart.
class Mpeg4Inspector {
 public:
  /// `header` is the codec's extra data; it must hold the VOL header.
  explicit Mpeg4Inspector(std::span<const uint8_t> header);

  PacketTraits inspect(std::span<const uint8_t> packet);

  /// Gives packets of a container without presentation times (AVI) the times at which the decoder gives their frames
  /// out: a B picture at its own decoding time, another one at that of the next such packet. Times that are there stay,
  /// but must agree with the order in which the decoder gives frames out. `delay`: frames that it holds back. Returns
  /// why the times do not tell the frames, empty if they do.
  std::string fill_times(std::vector<PacketInfo>& packets, int64_t delay) const;

  /// How many packets from the first on a new decoder must have seen before it starts elsewhere: those up to the first
  /// B picture of an interlaced stream, by whose time the decoder scales the vectors of all later ones until the next
  /// VOL header. Else 0.
  int64_t warm_up_packets() const;

  /// Unmarks starts of an interlaced stream at which neither the warm-up nor the packets themselves set that scale:
  /// after a later VOL header, those without one, and those with one before B pictures that refer to what came before.
  void keep_exact_starts(std::vector<PacketInfo>& packets) const;

 private:
  struct Pictures;
  Pictures read_pictures(std::span<const uint8_t> packet) const;
  void read_layer(std::span<const uint8_t> unit);
  bool fill_from_decoding_times(std::vector<PacketInfo>& packets) const;
  bool shows_in_order(const std::vector<PacketInfo>& packets, int64_t delay) const;
  bool is_in_header(std::span<const uint8_t> unit) const;

  std::vector<uint8_t> header_;
  std::string fault_;    ///< why no packet can be understood
  int time_bits_ = 0;    ///< of vop_time_increment
  bool packed_ = false;  ///< two pictures in a packet may occur
  bool interlaced_ = false;
  bool scale_known_ = false;     ///< a B picture came after the last VOL header
  bool rides_ = false;           ///< a B picture waits for the next packet
  std::vector<bool> is_b_;       ///< of the frame that each packet gives
  std::vector<bool> has_layer_;  ///< of each packet
};

}  // namespace vs::media
