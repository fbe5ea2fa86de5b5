// A list of annotated videos as items to work on: where each lies, what it is called, what it shows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/annot/annotation.h"
#include "lib/annot/format.h"
#include "lib/annot/read.h"
#include "lib/data/clip_reader.h"

namespace vs::data {

/// One video, or part of one.
struct DataItem {
  /// Names it in scores and tells its stream of random numbers: the record's path without the suffix of a video file;
  /// for parts "path@OFFSET"; where a list has one twice, the later ones get "#2", "#3".
  std::string id;
  std::string name;             ///< the record's path as the annotation file has it
  VideoPlace place;             ///< with the offset and count of the record
  std::vector<int32_t> labels;  ///< class indices from 0; empty: unlabelled
  int64_t line = 0;             ///< of the annotation file, 0: none
};

/// What becomes of videos that are not there.
enum class MissingVideos {
  kRefuse,        ///< an error that lists them
  kKeep,          ///< they stay items; reading them fails
  kLeaveOut,      ///< they are no items
  kNotLookedFor,  ///< nothing is looked for: the annotations alone are wanted
};

/// How a dataset is put together.
struct DatasetOptions {
  std::string root;             ///< folder or frames pack in which relative paths lie; empty: the working folder
  std::string suffix = ".mp4";  ///< put behind a path at which nothing lies
  std::string split;            ///< only records of this split; empty: all
  int64_t num_classes = 0;      ///< of the network, 0: as the annotations say
  bool labels_needed = true;    ///< false: unlabelled videos will do
  MissingVideos missing = MissingVideos::kRefuse;
};

/// A video that was not found.
struct MissingVideo {
  std::string id, path;
  int64_t line = 0;
};

/// Items in the order of the annotation file.
struct Dataset {
  std::string annotations;  ///< the file's name
  std::vector<DataItem> items;
  std::vector<std::string> classes;  ///< names in index order; empty: not known
  int64_t num_classes = 0;           ///< of the network or the annotations, else the highest label + 1
  bool multi_label = false;          ///< some item has several labels
  std::vector<MissingVideo> missing;
  std::vector<std::string> warnings;
};

/// Reads a file of any format and finds the videos; that they open is not tried.
///
/// format: none: detected. Labels are checked here, whatever `reading` says of it; options.root stands before
/// reading.data_prefix. Throws AnnotationErrors for bad lines, DataError for a file without records,
/// unlabelled records where labels are needed, labels outside [0, num_classes) (and says so where they seem to count
/// from 1), another number of class names, and missing videos.
Dataset read_dataset(const std::string& annotations, const std::optional<annot::Format>& format,
                     const annot::ReadOptions& reading, const DatasetOptions& options);

/// The same from records. annotations: names them in errors. ids: of the records, empty: made from their paths.
Dataset make_dataset(const std::string& annotations, const annot::AnnotationSet& set,
                     const std::vector<std::string>& ids, const DatasetOptions& options);

}  // namespace vs::data
