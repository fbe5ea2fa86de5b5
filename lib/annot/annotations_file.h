// Annotations as `vs.annotations/1` (HDF5).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "lib/annot/annotation.h"
#include "lib/annot/read.h"
#include "lib/store/annotations_file.h"

namespace vs::annot {

/// Reads a `vs.annotations/1` file. Of the options data_prefix and num_classes count. Throws DataError.
AnnotationSet read_annotations_file(const std::string& path, const ReadOptions& options = {});

/// The set as rows of a table: video_id is the path without extension, an offset becomes the first frame of a part.
store::AnnotationTable to_table(const AnnotationSet& set);
/// The other way round.
AnnotationSet from_table(const store::AnnotationTable& table);

}  // namespace vs::annot
