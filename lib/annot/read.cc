#include "lib/annot/read.h"

#include <fmt/format.h>

#include "lib/annot/annotations_file.h"
#include "lib/annot/parsers_internal.h"
#include "lib/core/file.h"
#include "lib/core/text.h"

namespace vs::annot {
namespace {

using Parser = AnnotationSet (*)(std::string_view, const ReadOptions&, ProblemList&);

Parser parser_of(Format format) {
  switch (format) {
    case Format::kRawframes:
      return parse_rawframes;
    case Format::kVideos:
      return parse_videos;
    case Format::kRawframesJson:
      return parse_rawframes_json;
    case Format::kVideosJson:
      return parse_videos_json;
    case Format::kKineticsCsv:
      return parse_kinetics_csv;
    case Format::kSomethingCsv:
      return parse_something_csv;
    case Format::kSomethingJson:
      return parse_something_json;
    case Format::kUcf101:
      return parse_ucf101;
    case Format::kHmdb51:
      return parse_hmdb51;
    case Format::kMmitCsv:
      return parse_mmit;
    case Format::kDiving48Json:
      return parse_diving48_json;
    case Format::kActivitynetJson:
      return parse_activitynet_json;
    case Format::kActnetList:
      return parse_actnet_list;
    case Format::kMinikList:
      return parse_minik_list;
    case Format::kAnnotations:
      break;
  }
  throw std::logic_error("vs.annotations/1 is read from a file, not from bytes");
}

}  // namespace

AnnotationSet parse_annotations(std::string_view bytes, const std::string& name, Format format,
                                const ReadOptions& options) {
  ProblemList problems(name);
  ReadOptions checked = options;
  const int64_t num_classes =
      options.num_classes > 0 ? options.num_classes : static_cast<int64_t>(options.classes.size());
  checked.num_classes = options.check_label_range ? num_classes : 0;
  AnnotationSet set = parser_of(format)(bytes, checked, problems);
  problems.throw_if_any();
  if (set.classes.empty()) set.classes = options.classes;
  set.num_classes = num_classes > 0 ? num_classes : static_cast<int64_t>(set.classes.size());
  return set;
}

ReadResult read_annotations(const std::string& path, std::optional<Format> format, const ReadOptions& options) {
  const std::string bytes = path == "-" ? read_standard_input() : read_file(path);
  const std::string name = path == "-" ? "standard input" : path;
  if (bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff")) {
    throw DataError(name, "is text in UTF-16, UTF-8 is needed", "iconv -f UTF-16 -t UTF-8 makes it");
  }
  ReadOptions seen = options;
  if (!format) {
    format = detect_format(bytes, path);
    if (options.delimiter != 0) {
      // A delimiter that is named belongs to a plain list.
      if (format == Format::kActnetList) format = Format::kRawframes;
      if (format == Format::kMmitCsv) format = Format::kVideos;
    } else if (format == Format::kVideos && is_comma_list(bytes)) {
      seen.delimiter = ',';
    }
  }
  if (!format && bytes.find_first_not_of(" \t\r\n") == std::string::npos) {
    ProblemList problems(name);
    problems.add(ProblemCode::kNoRecords, 0, 0, {}, "at least one record");
    problems.throw_if_any();
  }
  if (!format)
    throw DataError(name, "of no known annotation format", "name it with --from: " + join(format_names(), ", "));
  if (*format == Format::kAnnotations) {
    if (path == "-") throw UsageError(name, "vs.annotations/1 cannot be read from a pipe", "give the file's name");
    return {read_annotations_file(path, options), *format, 0};
  }
  return {parse_annotations(bytes, name, *format, seen), *format, seen.delimiter};
}

}  // namespace vs::annot
