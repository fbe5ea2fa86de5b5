// Damaged videos that give fewer frames than they promise.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lib/media/video_decoder.h"

namespace vs::jobs {

/// The most frames that a damaged video of this header would still be called whole with: what the container counts,
/// less what its edit list hides, or else duration x rate less 2 %. -1 where nothing is promised.
int64_t promised_frames(const media::VideoInfo& info, int64_t hidden_by_edit_list);

/// "431 frames promised, 300 decodable" for a video that was read to its end with damage and gave fewer frames than
/// it promises; nothing for any other. decoded: frames it gave.
std::optional<std::string> shortage(media::VideoDecoder& decoder, int64_t decoded);

}  // namespace vs::jobs
