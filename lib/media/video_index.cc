#include "lib/media/video_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>

namespace vs::media {
namespace {

bool is_shown(const PacketInfo& packet) { return !packet.discard && !packet.hidden; }

// True if some packet is overtaken by more frames than the decoder holds back: it would drop or misplace frames.
bool reorders_more_than(const std::vector<PacketInfo>& packets, int64_t delay) {
  std::vector<int64_t> largest;  // the delay + 1 latest times so far, descending
  const auto keep = static_cast<size_t>(std::clamp<int64_t>(delay, 0, 64)) + 1;
  for (const PacketInfo& packet : packets) {
    if (!is_shown(packet)) continue;
    if (largest.size() == keep && largest.back() > packet.pts) return true;
    largest.insert(std::upper_bound(largest.begin(), largest.end(), packet.pts, std::greater<>()), packet.pts);
    if (largest.size() > keep) largest.pop_back();
  }
  return false;
}

std::string reason_for_distrust(const VideoIndex& index) {
  int64_t first = -1;
  for (size_t i = 0; i < index.packets.size(); ++i) {
    const PacketInfo& packet = index.packets[i];
    if (!is_shown(packet)) continue;
    if (packet.pts == kNoTime) return "packets without presentation time";
    if (first < 0) first = static_cast<int64_t>(i);
  }
  if (first < 0) return "no packets";
  if (!index.packets.front().start) return "does not begin with a key frame";
  const int64_t begin = index.packets.front().pts;
  if (begin == kNoTime) return "packets without presentation time";
  for (const PacketInfo& packet : index.packets) {
    if (is_shown(packet) && packet.pts < begin) return "frames are shown before the first key frame";
  }
  if (reorders_more_than(index.packets, index.reorder_delay))
    return "frames overtake each other more than the header says";
  return {};
}

}  // namespace

std::vector<int64_t> VideoIndex::key_frames() const {
  std::vector<int64_t> result;
  for (size_t i = 0; i < frames.size(); ++i) {
    if (frames[i].key) result.push_back(static_cast<int64_t>(i));
  }
  return result;
}

int64_t VideoIndex::start_packet(int64_t frame) const {
  const int64_t packet = frames.at(static_cast<size_t>(frame)).packet;
  const int64_t pts = packets.at(static_cast<size_t>(packet)).pts;
  auto start = std::upper_bound(starts.begin(), starts.end(), packet);
  while (start != starts.begin()) {
    --start;
    if (packets[static_cast<size_t>(*start)].pts <= pts) return *start;
  }
  return 0;
}

void derive_frames(VideoIndex& index, const std::string& doubt) {
  index.knowledge = FrameKnowledge::kNone;
  index.frames.clear();
  index.starts.clear();
  index.distrust = doubt.empty() ? reason_for_distrust(index) : doubt;
  if (!index.distrust.empty()) return;
  for (size_t i = 0; i < index.packets.size(); ++i) {
    const PacketInfo& packet = index.packets[i];
    const auto number = static_cast<int64_t>(i);
    if (packet.start && packet.pts != kNoTime) index.starts.push_back(number);
    if (is_shown(packet)) index.frames.push_back({packet.pts, packet.duration, number, packet.key});
  }
  std::stable_sort(index.frames.begin(), index.frames.end(),
                   [](const FrameTime& a, const FrameTime& b) { return a.ticks < b.ticks; });
  const auto repeated = std::adjacent_find(index.frames.begin(), index.frames.end(),
                                           [](const FrameTime& a, const FrameTime& b) { return a.ticks == b.ticks; });
  if (repeated != index.frames.end()) {
    index.distrust = fmt::format("two packets have the presentation time {}", repeated->ticks);
    index.frames.clear();
    index.starts.clear();
    return;
  }
  index.knowledge = FrameKnowledge::kPackets;
}

}  // namespace vs::media
