// Everything that is known about a video file without, or with, decoding it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/media/video_info.h"

namespace vs::media {

/// What became of a file.
enum class VideoState {
  kOk,                 ///< decodes without a message
  kDecodesWithErrors,  ///< FFmpeg reports damage but hands on frames
  kNoFrames,           ///< a video stream, but not one frame of it decodes
  kNoVideo,            ///< a valid file without a video stream
  kCannotOpen,         ///< no stream can be read
};

/// "ok", "decodes_with_errors", "no_frames", "no_video", "cannot_open".
std::string video_state_name(VideoState state);

/// How much work a probe may do.
enum class ProbeDepth {
  kHeader,   ///< opens the file
  kPackets,  ///< reads all packets too: key frames, and the number of frames where packets tell it
  kDecode,   ///< decodes everything: the number of frames in any case, and damage
};

struct VideoProbe {
  VideoState state = VideoState::kCannotOpen;  ///< as far as the depth shows it
  std::string reason;                          ///< what is wrong, empty if nothing
  VideoInfo info;                              ///< defaults for kNoVideo and kCannotOpen
  int64_t size_bytes = 0;
  int64_t packets = -1;           ///< of the chosen stream, -1: not read
  int64_t decodable_frames = -1;  ///< -1: not known at this depth
  bool exact_seeking = false;     ///< frames can be reached by the index
  std::string no_exact_seeking_because;
  std::vector<int64_t> key_frames;  ///< indices of key frames, where frames are known
  std::vector<std::string> warnings;
};

/// Looks at a file. A bad one is a result, not an exception; RunError and Interrupted pass through.
VideoProbe probe_video(const std::string& path, ProbeDepth depth, const VideoOptions& options = {});

}  // namespace vs::media
