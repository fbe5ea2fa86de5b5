// Writing annotations in every format that holds one file.
#pragma once

#include <string>

#include "lib/annot/annotation.h"
#include "lib/annot/format.h"

namespace vs::annot {

/// How a file is written.
struct WriteOptions {
  char delimiter = 0;     ///< kRawframes, kVideos: between fields; 0: one blank
  std::string extension;  ///< put behind names (Media::kNames) that become video files, such as ".mp4"
};

/// The whole file as text. Line ends are LF; the order is that of the set.
///
/// Unlabelled sets have no label field (lists), -1 (JSON lists) or no class (the others). Throws DataError naming the
/// record if the format cannot hold it: a path with blanks where blanks separate, several labels where one fits, no
/// frame count or class name where one is needed, a label on some records only. kHmdb51 is one file a class: a second
/// class is a DataError. UsageError for kAnnotations (HDF5, see annotations_file.h).
std::string format_annotations(const AnnotationSet& set, Format format, const WriteOptions& options = {});

/// The format that a file name asks for: .json, .csv, .h5 and others by the set's media; rawframes or videos otherwise.
Format format_for_output(const std::string& file_name, const AnnotationSet& set);

}  // namespace vs::annot
