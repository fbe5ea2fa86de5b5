// The videos below a folder.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/core/log.h"

namespace vs::jobs {

/// One video below a folder that was searched.
struct FoundVideo {
  std::string path;
  bool is_folder = false;  ///< a folder of pictures
  int64_t levels = 0;      ///< folders between the folder that was searched and the video
  bool operator<(const FoundVideo& other) const { return path < other.path; }
};

/// Files with a video's suffix and, if wanted, folders that hold pictures, sorted by path.
///
/// Links to folders are followed unless they lead back into a folder that is being searched (told by device and inode).
/// Hidden files and folders, folders that may not be read, and what is no regular file are left out; a link to nothing
/// counts as the file it is named as. The interrupt flag is looked at. Throws DataError if a folder cannot be searched.
std::vector<FoundVideo> search_folder(const std::string& folder, bool frame_folders, Log& log);

}  // namespace vs::jobs
