// Reading annotation files of every format.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/annot/annotation.h"
#include "lib/annot/format.h"
#include "lib/annot/problem.h"

namespace vs::annot {

/// How a file is to be read. Only the format in question looks at an option.
struct ReadOptions {
  std::string data_prefix;        ///< put before every relative path
  bool multi_class = false;       ///< lists: several labels a line
  bool with_offset = false;       ///< rawframes: an offset stands before the count
  int64_t num_classes = 0;        ///< labels must be below; 0: not checked (the number of `classes`, where given)
  bool check_label_range = true;  ///< false: labels may be any number of 31 bits, whatever num_classes says
  char delimiter = 0;             ///< lists: between fields; 0: runs of blanks and tabs
  int level = 2;  ///< folders above a name: 2 keeps the class folder, 1 the name alone (Kinetics, UCF101, Something)
  std::vector<std::string>
      classes;  ///< names in index order; Kinetics and ActivityNet files without it: their own names, sorted
  bool names_as_written = false;  ///< Kinetics: class names keep their blanks, instead of the spelling of the folders
  bool unlabelled = false;        ///< Kinetics: a test file, whose label column means nothing
  bool drop_short = false;        ///< AR-Net lists: training leaves out videos of fewer than 3 frames
  std::string hmdb51_class;       ///< HMDB51: class of the file; empty: taken from the file name
};

/// Reads bytes of a named format; `name` stands in the messages. kAnnotations is not read here (read_annotations does).
///
/// Throws AnnotationErrors with every bad line; then there are no records. UsageError if the format needs an option
/// that is not there (class names).
AnnotationSet parse_annotations(std::string_view bytes, const std::string& name, Format format,
                                const ReadOptions& options = {});

/// A file that was read, and as what.
struct ReadResult {
  AnnotationSet set;
  Format format = Format::kRawframes;
  char delimiter = 0;  ///< of a list: that of the options, or a comma that was seen
};

/// Reads a file, `-` for standard input; without a format it is detected (DataError if nothing fits),
/// and a list `file,label` is read by its commas.
ReadResult read_annotations(const std::string& path, std::optional<Format> format = std::nullopt,
                            const ReadOptions& options = {});

}  // namespace vs::annot
