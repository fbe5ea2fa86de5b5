// What a compressed packet is, from its first bytes. Inside the media room; no pixels are decoded.
#pragma once

#include <cstdint>
#include <span>
#include <string>

struct AVCodecParameters;

namespace vs::media {

/// What one packet's bytes say.
struct PacketTraits {
  bool key = false;             ///< the decoder will call its frame a key frame
  bool independent = false;     ///< decoding may start here (key frame, or recovery point without delay)
  bool referenced = true;       ///< other frames may need it
  bool parameter_sets = false;  ///< carries headers that later packets may need
  int shown_frames = 1;         ///< frames to show in it
  int temporal_layer = 0;       ///< HEVC
  uint64_t shape = 0;           ///< changes with the frame size that the headers in this packet state; 0: none state it
  std::string fault;            ///< why packets of this stream cannot be taken for frames; empty: they can
};

/// Reads packets of one stream. Bytes are hostile: every length is checked.
class PacketInspector {
 public:
  explicit PacketInspector(const AVCodecParameters& parameters);

  /// `key` is the container's word, taken where the bytes do not tell. An empty packet is a fault.
  PacketTraits inspect(std::span<const uint8_t> packet, bool key) const;
  /// True if a key frame of this codec may lean on headers in earlier packets (parameter sets inside the stream).
  bool has_headers_in_stream() const;

 private:
  enum class Family { kH264, kHevc, kMpegVideo, kVp8, kVp9, kIntra, kKeyed, kUnknown };
  PacketTraits inspect_h264(std::span<const uint8_t> packet) const;
  PacketTraits inspect_hevc(std::span<const uint8_t> packet) const;
  PacketTraits inspect_mpeg(std::span<const uint8_t> packet) const;
  PacketTraits inspect_vp9(std::span<const uint8_t> packet) const;

  Family family_ = Family::kUnknown;
  int length_bytes_ = 0;  ///< bytes of a NAL unit's length; 0: start codes
  std::string codec_;
};

}  // namespace vs::media
