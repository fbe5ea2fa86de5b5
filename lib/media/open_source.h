// Any path to frames: a video file, a folder of pictures, a frames pack.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "lib/core/file_template.h"
#include "lib/media/frame_source.h"
#include "lib/media/video_info.h"

namespace vs::media {

/// What a path holds.
enum class SourceKind { kVideo, kFolder, kPack };

/// A folder, an HDF5 file (by its first bytes), or a video (anything else). Throws DataError if the path does not
/// exist.
SourceKind source_kind(const std::string& path);

/// Details for each kind; those of other kinds do not matter.
struct SourceOptions {
  VideoOptions video;
  std::optional<FileTemplate> name_template;  ///< of the pictures of a folder; none: found from the names
  double folder_frame_rate = 0;               ///< frames a second of a folder, 0: unknown
  std::string video_id;                       ///< in a pack; empty: the only one
};

/// Opens what the path is. Throws DataError naming the path.
std::unique_ptr<FrameSource> open_source(const std::string& path, const SourceOptions& options = {});

}  // namespace vs::media
