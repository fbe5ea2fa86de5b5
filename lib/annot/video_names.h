// Which file names are videos.
#pragma once

#include <string_view>

namespace vs::annot {

/// True for the extensions of common video files (mp4, avi, mkv, webm, ...), in any case.
bool has_video_extension(std::string_view path);

}  // namespace vs::annot
