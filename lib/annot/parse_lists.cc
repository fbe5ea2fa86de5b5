#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_set>
#include <utility>

#include "lib/annot/losses.h"
#include "lib/annot/parsers_internal.h"
#include "lib/store/json.h"

namespace vs::annot {
namespace {

constexpr std::string_view kCountExpected = "a number of frames, at least 1";
constexpr int64_t kShortestForTraining = 3;

std::vector<Field> fields_of(const Line& line, char delimiter) {
  return delimiter == 0 || delimiter == ' ' || delimiter == '\t' ? blank_fields(line.text)
                                                                 : delimited_fields(line.text, delimiter);
}

int64_t end_column(const Line& line) { return column_of(line.text, line.text.size()); }

void note_no_records(const AnnotationSet& set, ProblemList& problems) {
  if (set.items.empty() && problems.empty()) problems.add(ProblemCode::kNoRecords, 0, 0, {}, "at least one record");
}

bool read_offset(const Field& field, const Line& line, int64_t& offset, ProblemList& problems) {
  constexpr std::string_view kExpected = "an offset, at least 0";
  const bool integer = read_integer(field.text, offset) == IntegerForm::kInteger;
  if (integer && offset >= 0) return true;
  problems.add(integer ? ProblemCode::kNegativeOffset : ProblemCode::kNotAnInteger, line.number, field.column,
               field.text, kExpected);
  return false;
}

/// Reads a list line by line into `set`. read: fills path (as written), count, offset and labels of a record, and what
/// the line has of labels; false if the line is bad and reported.
AnnotationSet read_list(std::string_view bytes, const ReadOptions& options, ProblemList& problems, AnnotationSet set,
                        const std::function<bool(const Line&, Annotation&, PendingLabels&)>& read) {
  std::vector<PendingLabels> pending;
  for (const Line& line : text_lines(bytes, problems)) {
    PendingLabels state;
    state.line = line.number;
    state.end_column = end_column(line);
    state.text = line.text;
    Annotation item;
    item.line = line.number;
    state.bad = !read(line, item, state);
    if (!state.bad) {
      item.path = with_prefix(options.data_prefix, item.path);
      drop_repeats(item, set.losses);
      set.items.push_back(std::move(item));
    }
    pending.push_back(state);
  }
  check_labels_present(pending, options.num_classes, problems);
  note_no_records(set, problems);
  return set;
}

}  // namespace

std::string label_range(int64_t num_classes) {
  return num_classes > 0 ? fmt::format("a label from 0 to {}", num_classes - 1) : "a label, counted from 0";
}

std::string with_prefix(const std::string& prefix, std::string_view path) {
  if (prefix.empty() || path.starts_with('/')) return std::string(path);
  return prefix.ends_with('/') ? prefix + std::string(path) : prefix + "/" + std::string(path);
}

std::string without_extension(std::string_view path) {
  const size_t slash = path.rfind('/');
  const size_t name = slash == std::string_view::npos ? 0 : slash + 1;
  const size_t dot = path.rfind('.');
  // Dots that begin a name are part of it.
  if (dot == std::string_view::npos || dot < name || path.find_first_not_of('.', name) >= dot) return std::string(path);
  return std::string(path.substr(0, dot));
}

std::string last_components(std::string_view path, int level) {
  size_t begin = path.size();
  for (int i = 0; i < level && begin != std::string_view::npos && begin > 0; ++i) begin = path.rfind('/', begin - 1);
  return std::string(begin == std::string_view::npos || begin == 0 ? path : path.substr(begin + 1));
}

std::string take_extension(const std::string& path, Format format, std::vector<Extra>& extras) {
  std::string name = without_extension(path);
  if (name.size() < path.size()) {
    extras.push_back({format, std::string(kExtensionExtra), store::json_line(path.substr(name.size()))});
  }
  return name;
}

void drop_repeats(Annotation& item, std::vector<Loss>& losses) {
  if (item.labels.size() < 2) return;
  std::unordered_set<int32_t> seen;
  const size_t repeats = std::erase_if(item.labels, [&](int32_t label) { return !seen.insert(label).second; });
  if (repeats > 0) note_loss(losses, "repeated labels", item.path);
}

bool read_count(const Field& field, const Line& line, int64_t& count, ProblemList& problems) {
  if (read_integer(field.text, count) != IntegerForm::kInteger) {
    problems.add(ProblemCode::kNotAnInteger, line.number, field.column, field.text, kCountExpected);
    return false;
  }
  if (count < 1) {
    problems.add(ProblemCode::kNotPositive, line.number, field.column, field.text, kCountExpected);
    return false;
  }
  return true;
}

bool read_labels(const std::vector<Field>& fields, size_t begin, const Line& line, int64_t num_classes,
                 std::vector<int32_t>& labels, bool& minus_one, ProblemList& problems) {
  std::vector<int64_t> values;
  for (size_t i = begin; i < fields.size(); ++i) {
    int64_t value = 0;
    const IntegerForm form = read_integer(fields[i].text, value);
    if (form == IntegerForm::kNotAnInteger) {
      problems.add(ProblemCode::kNotAnInteger, line.number, fields[i].column, fields[i].text, label_range(num_classes));
      return false;
    }
    values.push_back(form == IntegerForm::kTooLarge ? std::numeric_limits<int64_t>::max() : value);
  }
  minus_one = values.size() == 1 && values[0] == -1;
  if (minus_one) return true;
  const int64_t limit = num_classes > 0 ? num_classes : int64_t{std::numeric_limits<int32_t>::max()} + 1;
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] < 0 || values[i] >= limit) {
      const Field& field = fields[begin + i];
      problems.add(ProblemCode::kLabelOutOfRange, line.number, field.column, field.text, label_range(num_classes));
      return false;
    }
    labels.push_back(static_cast<int32_t>(values[i]));
  }
  return true;
}

void check_labels_present(const std::vector<PendingLabels>& lines, int64_t num_classes, ProblemList& problems) {
  const bool labelled = std::any_of(lines.begin(), lines.end(),
                                    [](const PendingLabels& line) { return line.has_label_field && !line.minus_one; });
  if (!labelled) return;
  for (const PendingLabels& line : lines) {
    if (line.bad) continue;
    if (line.minus_one) {
      problems.add(ProblemCode::kLabelOutOfRange, line.line, line.end_column, "-1", label_range(num_classes));
    } else if (!line.has_label_field) {
      problems.add(ProblemCode::kMissingLabel, line.line, line.end_column, line.text, label_range(num_classes));
    }
  }
}

AnnotationSet parse_rawframes(std::string_view bytes, const ReadOptions& options, ProblemList& problems) {
  AnnotationSet set;
  set.media = Media::kFrames;
  set.multi_label = options.multi_class;
  set.with_offset = options.with_offset;
  const size_t before_labels = options.with_offset ? 3 : 2;
  return read_list(
      bytes, options, problems, std::move(set), [&](const Line& line, Annotation& item, PendingLabels& state) {
        const auto fields = fields_of(line, options.delimiter);
        state.has_label_field = fields.size() > before_labels;
        if (fields.size() < before_labels || fields[0].text.empty()) {
          problems.add(ProblemCode::kMissingField, line.number, end_column(line), line.text,
                       options.with_offset ? "folder, offset, number of frames and label"
                                           : "folder, number of frames and label");
          return false;
        }
        item.path = fields[0].text;
        if (options.with_offset && !read_offset(fields[1], line, item.offset, problems)) return false;
        if (!read_count(fields[before_labels - 1], line, item.num_frames, problems)) return false;
        if (!options.multi_class && fields.size() > before_labels + 1) {
          // Two labels, or a path with blanks: an extra field that is no integer says so by itself.
          for (size_t i = before_labels; i < fields.size(); ++i) {
            int64_t unused = 0;
            if (read_integer(fields[i].text, unused) == IntegerForm::kNotAnInteger) {
              problems.add(ProblemCode::kNotAnInteger, line.number, fields[i].column, fields[i].text,
                           label_range(options.num_classes));
              return false;
            }
          }
          problems.add(ProblemCode::kExtraField, line.number, fields[before_labels + 1].column,
                       fields[before_labels + 1].text, "one label (several need --multi-class)");
          return false;
        }
        return read_labels(fields, before_labels, line, options.num_classes, item.labels, state.minus_one, problems);
      });
}

AnnotationSet parse_videos(std::string_view bytes, const ReadOptions& options, ProblemList& problems) {
  AnnotationSet set;
  set.media = Media::kVideos;
  set.multi_label = options.multi_class;
  return read_list(
      bytes, options, problems, std::move(set), [&](const Line& line, Annotation& item, PendingLabels& state) {
        const auto fields = fields_of(line, options.delimiter);
        state.has_label_field = fields.size() > 1;
        if (fields[0].text.empty()) {
          problems.add(ProblemCode::kMissingField, line.number, 1, line.text, "file and label");
          return false;
        }
        item.path = fields[0].text;
        if (!options.multi_class && fields.size() > 2) {
          problems.add(ProblemCode::kExtraField, line.number, fields[2].column, fields[2].text,
                       "file and label (a path with blanks needs --delimiter, several labels --multi-class)");
          return false;
        }
        return read_labels(fields, 1, line, options.num_classes, item.labels, state.minus_one, problems);
      });
}

AnnotationSet parse_mmit(std::string_view bytes, const ReadOptions& options, ProblemList& problems) {
  ReadOptions as_videos = options;
  as_videos.multi_class = true;
  as_videos.delimiter = ',';
  AnnotationSet set = parse_videos(bytes, as_videos, problems);
  set.media = Media::kNames;
  for (Annotation& item : set.items) item.path = take_extension(item.path, Format::kMmitCsv, item.extras);
  return set;
}

AnnotationSet parse_actnet_list(std::string_view bytes, const ReadOptions& options, ProblemList& problems) {
  ReadOptions as_rawframes = options;
  as_rawframes.multi_class = true;
  as_rawframes.with_offset = false;
  as_rawframes.delimiter = ',';
  AnnotationSet set = parse_rawframes(bytes, as_rawframes, problems);
  if (options.drop_short) {
    std::erase_if(set.items, [](const Annotation& item) { return item.num_frames < kShortestForTraining; });
  }
  return set;
}

AnnotationSet parse_minik_list(std::string_view bytes, const ReadOptions& options, ProblemList& problems) {
  AnnotationSet set;
  set.media = Media::kFrames;
  set.multi_label = true;
  set = read_list(
      bytes, options, problems, std::move(set), [&](const Line& line, Annotation& item, PendingLabels& state) {
        const auto fields = blank_fields(line.text);
        state.has_label_field = true;
        if (fields.size() < 3) {
          problems.add(ProblemCode::kMissingField, line.number, end_column(line), line.text,
                       "path, number of frames and label");
          return false;
        }
        const size_t count_at = fields.size() - 2;
        const size_t path_end = static_cast<size_t>(fields[count_at].text.data() - line.text.data());
        item.path = trim_blanks(line.text.substr(0, path_end));
        return read_count(fields[count_at], line, item.num_frames, problems) &&
               read_labels(fields, count_at + 1, line, options.num_classes, item.labels, state.minus_one, problems);
      });
  if (options.drop_short) {
    std::erase_if(set.items, [](const Annotation& item) { return item.num_frames < kShortestForTraining; });
  }
  return set;
}

}  // namespace vs::annot
