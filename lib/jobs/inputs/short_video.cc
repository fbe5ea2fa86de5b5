#include "lib/jobs/inputs/short_video.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace vs::jobs {

int64_t promised_frames(const media::VideoInfo& info, int64_t hidden_by_edit_list) {
  if (info.header_frames >= 0) return std::max<int64_t>(0, info.header_frames - hidden_by_edit_list);
  const Fraction rate = info.avg_frame_rate.numerator > 0 ? info.avg_frame_rate : info.r_frame_rate;
  if (!info.duration_s || rate.numerator <= 0) return -1;
  const double frames = *info.duration_s * rate.value();
  return frames < 1e12 ? static_cast<int64_t>(std::floor(frames * 0.98)) : -1;
}

std::optional<std::string> shortage(media::VideoDecoder& decoder, int64_t decoded) {
  if (!decoder.is_damaged()) return std::nullopt;
  const auto& packets = decoder.packet_index().packets;
  const int64_t hidden =
      std::count_if(packets.begin(), packets.end(), [](const auto& packet) { return packet.discard; });
  const int64_t promised = promised_frames(decoder.info(), hidden);
  if (decoded >= promised) return std::nullopt;
  return fmt::format("{} frames promised, {} decodable", promised, decoded);
}

}  // namespace vs::jobs
