// Looking at the videos and frame folders that annotations name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/core/file_template.h"
#include "lib/media/video_probe.h"

namespace vs::jobs {

/// How files are looked at.
struct FileCheckOptions {
  media::ProbeDepth depth = media::ProbeDepth::kDecode;
  std::optional<FileTemplate> name_template;  ///< none: found from the folder's names
  std::string frame_prefix;                   ///< without a template: names that count
  int64_t start_index = -1;                   ///< number of a folder's first frame; -1: 0 if there is a frame 0, else 1
  bool allow_short = false;                   ///< `short`, `gap` and `damaged` are notes
};

/// One thing found about a file. `kind` is one word, such as "missing" or "short".
struct FileFinding {
  bool error = true;
  std::string kind, text;
};

/// A video file: it opens, has a video stream and frames, decodes without damage, as many frames as promised. Kinds:
/// `missing`, `cannot_open`, `no_video`, `no_frames`, `short`, `longer` (note), `damaged`.
std::vector<FileFinding> check_video_file(const std::string& path, const FileCheckOptions& options);

/// A frame folder of which frames up to `needed` (counted from the start index) are listed. Kinds: `missing`,
/// `no_frames`, `short`, `gap` (a number below the last one is not there), `longer` (note).
std::vector<FileFinding> check_frame_folder(const std::string& path, int64_t needed, const FileCheckOptions& options);

}  // namespace vs::jobs
