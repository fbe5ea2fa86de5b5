#include "lib/media/video_bitstream.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

extern "C" {
#include <libavcodec/avcodec.h>
}

namespace vs::media {
namespace {

using Bytes = std::span<const uint8_t>;

// Position of the first 00 00 01 at or after `from`, size() if there is none.
size_t find_start_code(Bytes bytes, size_t from) {
  for (size_t i = from; i + 3 <= bytes.size(); ++i) {
    if (bytes[i] == 0 && bytes[i + 1] == 0 && bytes[i + 2] == 1) return i;
  }
  return bytes.size();
}

// Equal bytes give equal numbers, others nearly always different ones; never 0. Source: FNV-1a, 64 bits.
uint64_t fingerprint(Bytes bytes, uint64_t before) {
  uint64_t hash = before ? before : 0xcbf29ce484222325U;
  for (const uint8_t byte : bytes) hash = (hash ^ byte) * 0x100000001b3U;
  return hash ? hash : 1;
}

// Calls visit(unit) for every NAL unit. False if the lengths do not fit the packet.
template <class Visit>
bool for_each_nal(Bytes packet, int length_bytes, Visit visit) {
  if (length_bytes > 0) {
    const auto width = static_cast<size_t>(length_bytes);
    while (!packet.empty()) {
      if (packet.size() < width) return false;
      uint64_t length = 0;
      for (size_t i = 0; i < width; ++i) length = length << 8 | packet[i];
      packet = packet.subspan(width);
      if (length > packet.size()) return false;
      if (length > 0) visit(packet.first(length));
      packet = packet.subspan(length);
    }
    return true;
  }
  size_t begin = find_start_code(packet, 0);
  if (begin == packet.size()) return false;
  while (begin < packet.size()) {
    begin += 3;
    const size_t end = find_start_code(packet, begin);
    if (end > begin) visit(packet.subspan(begin, end - begin));
    begin = end;
  }
  return true;
}

// Bits of a NAL unit's payload, emulation prevention bytes left out. Reading past the end gives zeros and sets ended().
class BitReader {
 public:
  explicit BitReader(Bytes bytes) : bytes_(bytes) {}

  bool ended() const { return ended_; }

  uint32_t bit() {
    if (left_ == 0) load();
    if (left_ == 0) return 0;
    --left_;
    return current_ >> left_ & 1U;
  }
  uint32_t bits(int count) {
    uint32_t value = 0;
    for (int i = 0; i < count; ++i) value = value << 1 | bit();
    return value;
  }
  /// Exp-Golomb code, unsigned.
  uint32_t golomb() {
    int zeros = 0;
    while (bit() == 0 && !ended_ && zeros < 31) ++zeros;
    return (uint32_t{1} << zeros) - 1 + bits(zeros);
  }

 private:
  void load() {
    if (at_ >= 2 && at_ < bytes_.size() && bytes_[at_] == 3 && bytes_[at_ - 1] == 0 && bytes_[at_ - 2] == 0) ++at_;
    if (at_ >= bytes_.size()) {
      ended_ = true;
      return;
    }
    current_ = bytes_[at_++];
    left_ = 8;
  }
  Bytes bytes_;
  size_t at_ = 0;
  uint32_t current_ = 0;
  int left_ = 0;
  bool ended_ = false;
};

// True if the SEI unit (without its header) holds a recovery point that is reached at once.
bool has_immediate_recovery_point(Bytes payload) {
  constexpr uint32_t kRecoveryPoint = 6;
  BitReader reader(payload);
  while (!reader.ended()) {
    uint32_t type = 0, size = 0, byte = 0;
    do type += byte = reader.bits(8);
    while (byte == 255 && !reader.ended());
    do size += byte = reader.bits(8);
    while (byte == 255 && !reader.ended());
    if (reader.ended()) return false;
    if (type == kRecoveryPoint) return reader.golomb() == 0 && !reader.ended();
    for (uint32_t i = 0; i < size && !reader.ended(); ++i) reader.bits(8);
  }
  return false;
}

struct Vp9Frame {
  bool key = false, shown = false;
  uint64_t shape = 0;
};

// Reads on in a key frame's header, from the color space to the size; 0 if it is damaged.
uint64_t read_vp9_shape(BitReader& reader, uint32_t profile) {
  constexpr uint32_t kSyncCode = 0x498342, kRgb = 7;
  if (reader.bits(24) != kSyncCode) return 0;
  if (profile >= 2) reader.bit();
  const bool rgb = reader.bits(3) == kRgb;
  if (!rgb) reader.bit();
  if (profile % 2 == 1) reader.bits(rgb ? 1 : 3);
  const uint64_t size = reader.bits(32);
  return reader.ended() ? 0 : size + 1;
}

std::optional<Vp9Frame> read_vp9_frame(Bytes frame) {
  BitReader reader(frame.first(std::min<size_t>(frame.size(), 16)));
  if (reader.bits(2) != 2) return std::nullopt;
  const uint32_t low = reader.bit(), high = reader.bit();
  if (low + 2 * high == 3 && reader.bit() != 0) return std::nullopt;
  if (reader.bit() != 0) return Vp9Frame{false, true};  // shows an existing frame
  Vp9Frame result;
  result.key = reader.bit() == 0;
  result.shown = reader.bit() != 0;
  reader.bit();
  if (reader.ended()) return std::nullopt;
  if (result.key) result.shape = read_vp9_shape(reader, low + 2 * high);
  return result;
}

}  // namespace

PacketInspector::PacketInspector(const AVCodecParameters& parameters) : codec_(avcodec_get_name(parameters.codec_id)) {
  const Bytes extra(parameters.extradata, parameters.extradata ? static_cast<size_t>(parameters.extradata_size) : 0);
  switch (parameters.codec_id) {
    case AV_CODEC_ID_H264:
      family_ = Family::kH264;
      if (extra.size() >= 7 && extra[0] == 1) length_bytes_ = (extra[4] & 3) + 1;
      break;
    case AV_CODEC_ID_HEVC:
      family_ = Family::kHevc;
      if (extra.size() >= 23 && (extra[0] || extra[1] || extra[2] > 1)) length_bytes_ = (extra[21] & 3) + 1;
      break;
    case AV_CODEC_ID_MPEG1VIDEO:
    case AV_CODEC_ID_MPEG2VIDEO:
      family_ = Family::kMpegVideo;
      break;
    case AV_CODEC_ID_VP8:
      family_ = Family::kVp8;
      break;
    case AV_CODEC_ID_VP9:
      family_ = Family::kVp9;
      break;
    case AV_CODEC_ID_AV1:
    case AV_CODEC_ID_FFV1:
      family_ = Family::kKeyed;
      break;
    default: {
      const AVCodecDescriptor* descriptor = avcodec_descriptor_get(parameters.codec_id);
      if (descriptor && (descriptor->props & AV_CODEC_PROP_INTRA_ONLY)) family_ = Family::kIntra;
    }
  }
}

bool PacketInspector::has_headers_in_stream() const {
  return family_ == Family::kH264 || family_ == Family::kHevc || family_ == Family::kMpegVideo;
}

PacketTraits PacketInspector::inspect(Bytes packet, bool key) const {
  PacketTraits traits;
  if (packet.empty()) {
    traits.fault = "empty packets";
    return traits;
  }
  switch (family_) {
    case Family::kH264:
      traits = inspect_h264(packet);
      break;
    case Family::kHevc:
      traits = inspect_hevc(packet);
      break;
    case Family::kMpegVideo:
      traits = inspect_mpeg(packet);
      break;
    case Family::kVp8:
      traits.key = traits.independent = (packet[0] & 1) == 0;
      traits.shown_frames = packet[0] >> 4 & 1;
      if (traits.key && packet.size() >= 10) traits.shape = fingerprint(packet.subspan(6, 4), 0);
      break;
    case Family::kVp9:
      traits = inspect_vp9(packet);
      break;
    case Family::kIntra:
      traits.key = traits.independent = true;
      traits.referenced = false;
      break;
    case Family::kKeyed:
      traits.key = traits.independent = key;
      break;
    case Family::kUnknown:
      traits.fault = fmt::format("packets of {} do not tell its frames", codec_);
  }
  traits.independent = traits.independent && key;
  return traits;
}

PacketTraits PacketInspector::inspect_h264(Bytes packet) const {
  PacketTraits traits;
  bool slices = false, begins = true, referenced = false, partitioned = false;
  const bool sound = for_each_nal(packet, length_bytes_, [&](Bytes unit) {
    const int type = unit[0] & 31;
    if (type == 1 || type == 5) {
      // Number 0 of the first macroblock is one bit. Another picture's slice would be decoded into the picture before.
      begins = slices ? begins : unit.size() > 1 && (unit[1] & 0x80) != 0;
      slices = true;
      referenced = referenced || (unit[0] >> 5 & 3) != 0;
      traits.key = traits.independent = traits.independent || type == 5;
    } else if (type >= 2 && type <= 4) {
      partitioned = true;
    } else if (type == 6) {
      traits.key = traits.independent = traits.independent || has_immediate_recovery_point(unit.subspan(1));
    } else if (type == 7 || type == 8 || type == 13 || type == 15) {
      traits.parameter_sets = true;
      if (type == 7) traits.shape = fingerprint(unit, traits.shape);
    }
  });
  traits.referenced = referenced;
  if (!sound || !slices || !begins || partitioned)
    traits.fault = sound && partitioned ? "data partitions" : "damaged packets";
  return traits;
}

PacketTraits PacketInspector::inspect_hevc(Bytes packet) const {
  PacketTraits traits;
  bool slices = false, begins = true, referenced = false;
  const bool sound = for_each_nal(packet, length_bytes_, [&](Bytes unit) {
    if (unit.size() < 2 || (unit[0] & 1) != 0 || unit[1] >> 3 != 0) return;  // other layers than the first
    const int type = unit[0] >> 1 & 63;
    if (type < 32) {
      begins = slices ? begins : unit.size() > 2 && (unit[2] & 0x80) != 0;
      slices = true;
      referenced = referenced || type > 14 || type % 2 == 1;
      traits.key = traits.independent = traits.independent || (type >= 16 && type <= 21);
      traits.temporal_layer = std::max(traits.temporal_layer, (unit[1] & 7) - 1);
    } else if (type <= 34) {
      traits.parameter_sets = true;
      if (type == 33) traits.shape = fingerprint(unit, traits.shape);
    }
  });
  traits.referenced = referenced;
  if (!sound || !slices || !begins) traits.fault = "damaged packets";
  return traits;
}

PacketTraits PacketInspector::inspect_mpeg(Bytes packet) const {
  constexpr uint8_t kPicture = 0x00, kSequence = 0xB3, kExtension = 0xB5;
  PacketTraits traits;
  int pictures = 0;
  bool referenced = false;
  for (size_t at = find_start_code(packet, 0); at + 5 < packet.size(); at = find_start_code(packet, at + 3)) {
    const uint8_t code = packet[at + 3];
    if (code == kPicture) {
      const int type = packet[at + 5] >> 3 & 7;
      ++pictures;
      traits.key = traits.independent = type == 1;
      referenced = referenced || type != 3;
    } else if (code == kSequence || (code == kExtension && packet[at + 4] >> 4 == 3)) {
      traits.parameter_sets = true;
      if (code == kSequence && at + 7 <= packet.size()) traits.shape = fingerprint(packet.subspan(at + 4, 3), 0);
    } else if (code >= 1 && code <= 0xAF) {
      break;  // slices: the headers of a frame picture are over
    }
  }
  traits.referenced = referenced;
  if (pictures != 1) traits.fault = "packets that are not one picture each";
  return traits;
}

PacketTraits PacketInspector::inspect_vp9(Bytes packet) const {
  PacketTraits traits;
  traits.shown_frames = 0;
  const auto add = [&](Bytes bytes, bool first) {
    const auto frame = read_vp9_frame(bytes);
    if (!frame) {
      traits.fault = "damaged packets";
      return;
    }
    traits.shown_frames += frame->shown;
    if (first) traits.key = traits.independent = frame->key;
    if (frame->shape) traits.shape = frame->shape;
  };
  const uint8_t marker = packet.back();
  const size_t frames = (marker & 7U) + 1, width = (marker >> 3 & 3U) + 1, index_bytes = 2 + frames * width;
  const bool has_index =
      (marker & 0xE0) == 0xC0 && packet.size() >= index_bytes && packet[packet.size() - index_bytes] == marker;
  if (!has_index) {
    add(packet, true);
    return traits;
  }
  Bytes sizes = packet.subspan(packet.size() - index_bytes + 1), data = packet.first(packet.size() - index_bytes);
  for (size_t i = 0; i < frames; ++i) {
    size_t size = 0;
    for (size_t k = 0; k < width; ++k) size |= static_cast<size_t>(sizes[i * width + k]) << 8 * k;
    if (size == 0 || size > data.size()) {
      traits.fault = "damaged packets";
      return traits;
    }
    add(data.first(size), i == 0);
    data = data.subspan(size);
  }
  return traits;
}

}  // namespace vs::media
