// Lists from what lies on disk: folders of frames or of videos, with or without a dataset's annotations.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "lib/annot/annotation.h"

namespace vs::annot {

/// How the frames of a folder are counted.
struct FrameRule {
  std::string prefix = "img_";            ///< files whose names begin so are frames
  std::string flow_x_prefix = "flow_x_";  ///< flow images; x and y must be as many. Empty: not looked at
  std::string flow_y_prefix = "flow_y_";
  std::string name_template;  ///< such as `img_{:05}.jpg`: only names that it writes count; replaces `prefix`
};

/// One video found on disk.
struct FoundVideo {
  std::string path;         ///< relative to the folder looked through
  int64_t num_frames = -1;  ///< frame folders: at least 1
};

/// A video that is left out, and why.
struct LeftOut {
  std::string name;
  std::string reason;  ///< "no frame named img_*", "12 x and 11 y flow images"
};

/// What a folder holds, by name: the last `level` components, for videos without extension.
struct FolderIndex {
  Media media = Media::kFrames;
  std::map<std::string, FoundVideo> videos;
  std::vector<LeftOut> left_out;  ///< sorted by name
};

/// Folders at depth `level` (1 or 2; 0: every folder that holds a frame, named by its whole relative path). A folder
/// without frames is left out (at level 0 it is not noticed). Throws DataError if the folder cannot be read.
FolderIndex index_frame_folders(const std::string& folder, int level, const FrameRule& rule = {});
/// Files at depth `level` (0: any depth, files with a video's extension only). Of files that differ in their extension
/// alone the first in order counts, the others are left out. Hidden files are not looked at.
FolderIndex index_video_files(const std::string& folder, int level);

/// A list made from annotations and what is there.
struct BuiltList {
  AnnotationSet set;                 ///< in the order of the annotations; only videos that are present
  std::vector<LeftOut> left_out;     ///< present, but not usable
  std::vector<std::string> missing;  ///< named by the annotations, not in the folder
};

/// Finds every record's video by its exact name. Paths become those of the index, counts come from it.
BuiltList build_list(const AnnotationSet& annotations, const FolderIndex& index);
/// All videos of the index. With `classes_from_folders` the label is the position of the first folder of the path among
/// the sorted first folders (or among `classes`, where given; DataError if it is not there), else the set is
/// unlabelled.
AnnotationSet list_folder(const FolderIndex& index, bool classes_from_folders,
                          const std::vector<std::string>& classes = {});

/// Which labels an ActivityNet video list keeps.
enum class VideoLabels { kAll, kFirst };
/// Videos of one split ("train", "val") that have a frame folder `v_<id>`, in the order of the file; num_frames from
/// the index.
AnnotationSet activitynet_videos(const AnnotationSet& annotations, const std::string& split, const FolderIndex& index,
                                 VideoLabels labels);
/// One record a labelled segment: with fps = frames / duration, offset = trunc(start fps) and
/// num_frames = min(trunc(end fps), frames - 1) - offset + 1. Segments that hold no frame are left out.
AnnotationSet activitynet_clips(const AnnotationSet& annotations, const std::string& split, const FolderIndex& index);

}  // namespace vs::annot
