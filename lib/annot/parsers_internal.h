// One parser a format; parse_annotations chooses. Each adds to `problems` and returns what it could read.
#pragma once

#include <string_view>

#include "lib/annot/read.h"
#include "lib/annot/text_lines.h"

namespace vs::annot {

AnnotationSet parse_rawframes(std::string_view bytes, const ReadOptions& options, ProblemList& problems);
AnnotationSet parse_videos(std::string_view bytes, const ReadOptions& options, ProblemList& problems);
AnnotationSet parse_mmit(std::string_view bytes, const ReadOptions& options, ProblemList& problems);
AnnotationSet parse_actnet_list(std::string_view bytes, const ReadOptions& options, ProblemList& problems);
AnnotationSet parse_minik_list(std::string_view bytes, const ReadOptions& options, ProblemList& problems);
AnnotationSet parse_ucf101(std::string_view bytes, const ReadOptions& options, ProblemList& problems);
AnnotationSet parse_hmdb51(std::string_view bytes, const ReadOptions& options, ProblemList& problems);
AnnotationSet parse_kinetics_csv(std::string_view bytes, const ReadOptions& options, ProblemList& problems);
AnnotationSet parse_something_csv(std::string_view bytes, const ReadOptions& options, ProblemList& problems);
AnnotationSet parse_something_json(std::string_view bytes, const ReadOptions& options, ProblemList& problems);
AnnotationSet parse_rawframes_json(std::string_view bytes, const ReadOptions& options, ProblemList& problems);
AnnotationSet parse_videos_json(std::string_view bytes, const ReadOptions& options, ProblemList& problems);
AnnotationSet parse_diving48_json(std::string_view bytes, const ReadOptions& options, ProblemList& problems);
AnnotationSet parse_activitynet_json(std::string_view bytes, const ReadOptions& options, ProblemList& problems);

/// A record while its list is read: labels can only be judged when all lines are known.
struct PendingLabels {
  int64_t line = 0;
  int64_t end_column = 0;        ///< where a missing label would stand
  std::string_view text;         ///< the line, for messages
  bool has_label_field = false;  ///< even a bad one
  bool bad = false;              ///< already reported
  bool minus_one = false;        ///< the only label is -1
};

/// Reads label fields in order into `labels`, repeats included; false (and one problem) at the first bad one. A single
/// -1 sets `minus_one` and leaves `labels` empty.
bool read_labels(const std::vector<Field>& fields, size_t begin, const Line& line, int64_t num_classes,
                 std::vector<int32_t>& labels, bool& minus_one, ProblemList& problems);
/// A list without any label is unlabelled; else a line without one (kMissingLabel) or with -1 alone (kLabelOutOfRange)
/// is bad.
void check_labels_present(const std::vector<PendingLabels>& lines, int64_t num_classes, ProblemList& problems);
/// Reads a frame count of at least 1; false and a problem if it is none.
bool read_count(const Field& field, const Line& line, int64_t& count, ProblemList& problems);
/// Keeps the first of equal labels; what goes is a loss.
void drop_repeats(Annotation& item, std::vector<Loss>& losses);
/// Name of the extra that holds the ending of a file that became a name.
inline constexpr std::string_view kExtensionExtra = ".extension";
/// UCF101: the line has no class number.
inline constexpr std::string_view kNoNumberExtra = ".no_number";
/// Kinetics: times as written, where they are no plain digits; class names as written (a list, of the set), where the
/// folders are spelled in another way.
inline constexpr std::string_view kTimeStartExtra = ".time_start", kTimeEndExtra = ".time_end";
inline constexpr std::string_view kClassNamesExtra = ".class_names";
/// The last column of the Kinetics files, and what stands there where nothing else is known.
inline constexpr std::string_view kIsCcColumn = "is_cc", kIsCcDefault = "0";
/// The path without its extension, which goes to `extras`.
std::string take_extension(const std::string& path, Format format, std::vector<Extra>& extras);
/// A Something-Something template as class name: without `[` and `]`.
std::string without_brackets(std::string text);
/// data_prefix + "/" + path; an absolute path stays.
std::string with_prefix(const std::string& prefix, std::string_view path);
/// "a label" or "a label from 0 to 199".
std::string label_range(int64_t num_classes);
/// `path` without its extension (the part from the last dot of the last component, if the dot is not its first
/// character).
std::string without_extension(std::string_view path);
/// The last `level` components of a path.
std::string last_components(std::string_view path, int level);

}  // namespace vs::annot
