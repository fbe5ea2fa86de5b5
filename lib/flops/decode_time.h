// What it takes to get the frames of a clip out of a video file.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace vs::flops {

struct DecodeTime {
  std::string path;
  int64_t frames = 0;   ///< of the video
  int64_t decoded = 0;  ///< up to the last one needed
  int64_t used = 0;     ///< frames of one clip
  double seconds = 0;   ///< median of three
};

/// Times the decoding of one clip: `clip_frames` frames, each from the middle of an equal part of the video, turned to
/// RGB; everything up to the last of them has to be decoded. One thread of the caller, the decoder's own as it likes.
/// Throws DataError for what cannot be decoded.
DecodeTime measure_decoding(const std::string& path, int64_t clip_frames);

std::string decode_text(const std::vector<DecodeTime>& times);
nlohmann::ordered_json decode_json(const std::vector<DecodeTime>& times);

}  // namespace vs::flops
