#include "lib/media/video_mpeg4.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <string_view>
#include <utility>

#include "lib/core/checked_math.h"

namespace vs::media {
namespace {

using Bytes = std::span<const uint8_t>;

constexpr uint8_t kLastLayerCode = 0x2F, kFirstLayerCode = 0x20, kUserData = 0xB2, kGroup = 0xB3, kPicture = 0xB6;
constexpr size_t kEmptyPictureBytes = 7;  // FFmpeg takes no picture from a packet this small while another one rides
constexpr const char* kDamaged = "damaged packets";

// Reading past the end gives zeros and sets ended().
class Bits {
 public:
  explicit Bits(Bytes bytes) : bytes_(bytes) {}

  bool ended() const { return ended_; }
  uint32_t read(int count) {
    uint32_t value = 0;
    for (int i = 0; i < count; ++i, ++at_) {
      ended_ = ended_ || at_ / 8 >= bytes_.size();
      value = value << 1 | (ended_ ? 0U : bytes_[at_ / 8] >> (7 - at_ % 8) & 1U);
    }
    return value;
  }

 private:
  Bytes bytes_;
  size_t at_ = 0;
  bool ended_ = false;
};

size_t find_start_code(Bytes bytes, size_t from) {
  static constexpr uint8_t kStart[] = {0, 0, 1};
  const auto found = std::search(bytes.begin() + static_cast<std::ptrdiff_t>(std::min(from, bytes.size())), bytes.end(),
                                 std::begin(kStart), std::end(kStart));
  return static_cast<size_t>(found - bytes.begin());
}

// Calls visit(unit) for each start code with what follows it, the code's value first, trailing zeros left out.
template <class Visit>
void for_each_unit(Bytes bytes, Visit visit) {
  for (size_t begin = find_start_code(bytes, 0); begin < bytes.size();) {
    begin += 3;
    const size_t end = find_start_code(bytes, begin);
    Bytes unit = bytes.subspan(begin, end - begin);
    if (!unit.empty()) {
      while (unit.size() > 1 && unit.back() == 0) unit = unit.first(unit.size() - 1);
      visit(unit);
    }
    begin = end;
  }
}

bool says_packed(Bytes unit) {
  const std::string_view text(reinterpret_cast<const char*>(unit.data()), unit.size());
  return text.substr(1).starts_with("DivX") && text.ends_with('p');
}

}  // namespace

struct Mpeg4Inspector::Pictures {
  std::vector<char> types;  // 'I', 'P', 'B', 'S'; 'N': not coded
  bool foreign_headers = false, damaged = false;
  bool layer = false;  // a VOL header is among them
};

Mpeg4Inspector::Mpeg4Inspector(Bytes header) : header_(header.begin(), header.end()) {
  for_each_unit(header_, [this](Bytes unit) {
    if (unit[0] >= kFirstLayerCode && unit[0] <= kLastLayerCode) read_layer(unit.subspan(1));
    if (unit[0] == kUserData) packed_ = packed_ || says_packed(unit);
  });
  if (time_bits_ == 0 && fault_.empty()) fault_ = "packets of mpeg4 without a header";
  if (packed_ && interlaced_ && fault_.empty()) fault_ = "interlaced pictures of mpeg4 in packed packets";
}

void Mpeg4Inspector::read_layer(Bytes unit) {
  constexpr uint32_t kExtendedAspect = 15, kRectangle = 0;
  Bits bits(unit);
  bits.read(1 + 8);  // random accessible, kind of object
  uint32_t version = 1;
  if (bits.read(1)) {
    version = bits.read(4);
    bits.read(3);
  }
  if (bits.read(4) == kExtendedAspect) bits.read(8 + 8);
  if (bits.read(1)) {
    bits.read(2 + 1);  // chroma format, low delay
    if (bits.read(1)) bits.read(16), bits.read(16), bits.read(16), bits.read(15), bits.read(16);
  }
  const uint32_t shape = bits.read(2);
  bits.read(1);
  const uint32_t resolution = bits.read(16);
  bits.read(1);
  time_bits_ = std::max(1, static_cast<int>(std::bit_width(resolution > 0 ? resolution - 1 : 0)));
  if (bits.read(1)) bits.read(time_bits_);
  bits.read(1 + 13 + 1 + 13 + 1);
  interlaced_ = bits.read(1) != 0;
  bits.read(1);
  constexpr uint32_t kStaticSprite = 1;
  const uint32_t sprite = bits.read(version == 1 ? 1 : 2);
  if (bits.ended() || resolution == 0) {
    fault_ = kDamaged;
  } else if (shape != kRectangle || sprite == kStaticSprite) {
    fault_ = "pictures of mpeg4 with a shape";
  }
}

// Headers inside the stream that say what the extra data says change nothing.
bool Mpeg4Inspector::is_in_header(Bytes unit) const {
  return std::search(header_.begin(), header_.end(), unit.begin(), unit.end()) != header_.end();
}

Mpeg4Inspector::Pictures Mpeg4Inspector::read_pictures(Bytes packet) const {
  Pictures pictures;
  for_each_unit(packet, [&](Bytes unit) {
    if (unit[0] == kGroup) return;
    if (unit[0] != kPicture) {
      pictures.layer = pictures.layer || (unit[0] >= kFirstLayerCode && unit[0] <= kLastLayerCode);
      pictures.foreign_headers = pictures.foreign_headers || !is_in_header(unit);
      return;
    }
    Bits bits(unit.subspan(1));
    const char type = "IPBS"[bits.read(2)];
    while (bits.read(1) && !bits.ended()) {
    }
    const bool first_marker = bits.read(1) != 0;
    bits.read(time_bits_);
    const bool second_marker = bits.read(1) != 0;
    const bool coded = bits.read(1) != 0;
    pictures.damaged = pictures.damaged || !first_marker || !second_marker || bits.ended();
    pictures.types.push_back(coded ? type : 'N');
  });
  return pictures;
}

PacketTraits Mpeg4Inspector::inspect(Bytes packet) {
  PacketTraits traits;
  traits.fault = fault_;
  if (!fault_.empty()) return traits;
  const Pictures pictures = read_pictures(packet);
  const auto& types = pictures.types;
  if (pictures.damaged || types.empty()) {
    traits.fault = kDamaged;
  } else if (pictures.foreign_headers) {
    traits.fault = "headers change inside the stream";
  } else if (types.size() > 2 || (types.size() == 2 && (!packed_ || types[1] != 'B' || types[0] == 'N')) ||
             (rides_ && (types.size() > 1 || (types[0] != 'B' && types[0] != 'N') ||
                         (types[0] == 'N') != (packet.size() <= kEmptyPictureBytes)))) {
    traits.fault = "packets that are not one picture each";
  } else if (!rides_ && types[0] == 'N') {
    traits.fault = "packets without a picture";
  }
  if (!traits.fault.empty()) return traits;
  const bool gives_b = rides_ || types[0] == 'B';
  traits.key = traits.independent = !rides_ && types[0] == 'I';
  traits.referenced = !gives_b || packed_;
  if (interlaced_) {
    // The first B picture after a VOL header sets how the decoder scales the vectors of all later ones.
    scale_known_ = scale_known_ && !pictures.layer;
    if (gives_b && !std::exchange(scale_known_, true)) traits.referenced = true;
  }
  is_b_.push_back(gives_b);
  has_layer_.push_back(pictures.layer);
  rides_ = types.size() == 2 || (rides_ && types[0] == 'B');
  return traits;
}

std::string Mpeg4Inspector::fill_times(std::vector<PacketInfo>& packets, int64_t delay) const {
  if (packets.empty() || is_b_.size() != packets.size()) return {};
  const auto has_time = [](const PacketInfo& packet) { return packet.pts != kNoTime; };
  const bool told = std::all_of(packets.begin(), packets.end(), has_time);
  if (!told && (delay != 1 || !fill_from_decoding_times(packets))) return "packets without presentation time";
  if (told && packed_ && delay > 0) return "packets that are not one picture each";
  return shows_in_order(packets, delay) ? "" : "presentation times against the order of the pictures";
}

int64_t Mpeg4Inspector::warm_up_packets() const {
  if (!interlaced_) return 0;
  const auto first_b = std::find(is_b_.begin(), is_b_.end(), true);
  return first_b == is_b_.end() ? 0 : first_b - is_b_.begin() + 1;
}

void Mpeg4Inspector::keep_exact_starts(std::vector<PacketInfo>& packets) const {
  if (!interlaced_ || is_b_.size() != packets.size()) return;
  bool later_layer = false;
  for (size_t i = 1; i < packets.size(); ++i) {
    later_layer = later_layer || has_layer_[i];
    const bool b_follows = i + 1 < packets.size() && is_b_[i + 1];
    if (later_layer && (!has_layer_[i] || b_follows)) packets[i].start = false;
  }
}

bool Mpeg4Inspector::fill_from_decoding_times(std::vector<PacketInfo>& packets) const {
  int64_t next = kNoTime;
  for (size_t i = packets.size(); i-- > 0;) {
    PacketInfo& packet = packets[i];
    if (packet.dts == kNoTime || packet.discard || packet.duration <= 0) return false;
    if (packet.duration != packets[0].duration || (i > 0 && packet.dts <= packets[i - 1].dts)) return false;
    if (packet.pts != kNoTime && !(is_b_[i] && packet.pts == packet.dts)) return false;
    if (is_b_[i]) {
      packet.pts = packet.dts;
      continue;
    }
    // The last frame comes out when there are no more packets: one frame's duration after the one before.
    if (next == kNoTime) next = packets.size() == 1 ? 0 : checked_add(packets.back().dts, packet.duration);
    packet.pts = std::exchange(next, packet.dts);
  }
  return true;
}

// The decoder gives B pictures out at once and another one when the next of its kind comes, whatever the times say.
bool Mpeg4Inspector::shows_in_order(const std::vector<PacketInfo>& packets, int64_t delay) const {
  if (delay == 0 && std::find(is_b_.begin(), is_b_.end(), true) != is_b_.end()) return false;
  std::optional<int64_t> shown, held;
  const auto show = [&shown](int64_t time) { return time > std::exchange(shown, time).value_or(kNoTime); };
  for (size_t i = 0; i < packets.size(); ++i) {
    const int64_t time = packets[i].pts;
    if (is_b_[i] || delay == 0) {
      if (!show(time)) return false;
    } else if (const auto before = std::exchange(held, time); before && !show(*before)) {
      return false;
    }
  }
  return !held || show(*held);
}

}  // namespace vs::media
