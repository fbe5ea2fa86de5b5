#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "lib/annot/csv.h"
#include "lib/annot/label_map.h"
#include "lib/annot/losses.h"
#include "lib/annot/parsers_internal.h"
#include "lib/core/text.h"
#include "lib/store/json.h"

namespace vs::annot {
namespace {

std::map<std::string, int32_t, std::less<>> index_of(const std::vector<std::string>& classes) {
  std::map<std::string, int32_t, std::less<>> index;
  for (size_t i = 0; i < classes.size(); ++i) index.emplace(classes[i], static_cast<int32_t>(i));
  return index;
}

void require_classes(const ReadOptions& options, const ProblemList& problems, std::string_view what) {
  if (!options.classes.empty()) return;
  throw UsageError(problems.file(), fmt::format("this format needs class names, {}", what), "give them with --classes");
}

std::string unknown_label_expected(std::string_view name, const std::vector<std::string>& classes) {
  const auto nearest = nearest_word(name, classes);
  return nearest ? fmt::format("a known class, nearest is \"{}\"", *nearest) : "a known class";
}

/// Whole seconds of a Kinetics time such as "20" or "20.0", cut; nothing if it is not a decimal number of at least 0.
std::optional<int64_t> whole_seconds(std::string_view text) {
  constexpr double kMost = 1e12;
  const auto value = parse_real(trim_blanks(text));
  if (!value || *value < 0 || *value > kMost) return std::nullopt;
  return static_cast<int64_t>(std::trunc(*value));
}

/// Positions of the columns in a Kinetics file, from its header.
struct KineticsColumns {
  size_t label = 0, id = 0, start = 0, end = 0, split = 0;
  size_t count = 0, needed = 0;
  std::vector<std::pair<size_t, std::string>> others = {};  ///< further ones and their names
  static constexpr size_t kNone = static_cast<size_t>(-1);
};

std::optional<KineticsColumns> kinetics_columns(const CsvRow& header, ProblemList& problems) {
  const auto find = [&](std::string_view name) {
    for (size_t i = 0; i < header.fields.size(); ++i) {
      if (trim_blanks(header.fields[i].text) == name) return i;
    }
    return KineticsColumns::kNone;
  };
  KineticsColumns columns{
      find("label"), find("youtube_id"), find("time_start"), find("time_end"), find("split"), header.fields.size(), 0};
  for (size_t i = 0; i < header.fields.size(); ++i) {
    const bool known =
        i == columns.label || i == columns.id || i == columns.start || i == columns.end || i == columns.split;
    if (!known) columns.others.emplace_back(i, trim_blanks(header.fields[i].text));
  }
  for (const auto& [column, name] :
       {std::pair(columns.id, "youtube_id"), {columns.start, "time_start"}, {columns.end, "time_end"}}) {
    if (column == KineticsColumns::kNone) {
      problems.add(ProblemCode::kMissingField, header.line, 1, header.fields[0].text,
                   fmt::format("a header with the column {}", name));
      return std::nullopt;
    }
  }
  columns.needed =
      std::max({columns.label == KineticsColumns::kNone ? 0 : columns.label, columns.id, columns.start, columns.end}) +
      1;
  return columns;
}

std::string split_of(std::string_view text) {
  if (text == "validate" || text == "validation") return "val";
  return std::string(text);
}

/// What a Kinetics row has beside name, label and split, and what is spelled in another way than we write it.
void keep_kinetics_extras(const CsvRow& row, const KineticsColumns& columns, Annotation& item) {
  const auto keep = [&](std::string_view name, const std::string& text) {
    item.extras.push_back({Format::kKineticsCsv, std::string(name), store::json_line(text)});
  };
  const auto keep_time = [&](std::string_view name, const std::string& text) {
    if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) keep(name, text);
  };
  keep_time(kTimeStartExtra, row.fields[columns.start].text);
  keep_time(kTimeEndExtra, row.fields[columns.end].text);
  for (const auto& [at, name] : columns.others) {
    if (at >= row.fields.size() || name.empty() || row.fields[at].text.empty()) continue;
    if (name != kIsCcColumn || row.fields[at].text != kIsCcDefault) keep(name, row.fields[at].text);
  }
}

/// The class names as the file writes them, where that differs from the folders' spelling, as an extra of the set.
void keep_kinetics_spellings(const std::vector<CsvRow>& rows, size_t column, AnnotationSet& set) {
  std::set<std::string> names;
  for (const CsvRow& row : rows) {
    if (row.fields.size() > column && kinetics_class_name(row.fields[column].text) != row.fields[column].text) {
      names.insert(row.fields[column].text);
    }
  }
  if (!names.empty())
    set.extras.push_back({Format::kKineticsCsv, std::string(kClassNamesExtra), store::json_line(names)});
}

}  // namespace

AnnotationSet parse_kinetics_csv(std::string_view bytes, const ReadOptions& options, ProblemList& problems) {
  AnnotationSet set;
  set.media = Media::kNames;
  std::vector<CsvRow> rows = csv_rows(bytes, problems);
  if (rows.empty()) {
    if (problems.empty()) problems.add(ProblemCode::kNoRecords, 0, 0, {}, "a header and rows");
    return set;
  }
  const auto columns = kinetics_columns(rows[0], problems);
  if (!columns) return set;
  rows.erase(rows.begin());
  const bool labelled = columns->label != KineticsColumns::kNone && !options.unlabelled;
  const auto spelled = [&](const std::string& name) {
    if (!options.names_as_written) return kinetics_class_name(name);
    std::string text = name;
    std::erase(text, '"');
    return text;
  };
  if (!options.classes.empty()) {
    for (const std::string& name : options.classes) set.classes.push_back(spelled(name));
  } else if (labelled) {
    std::set<std::string> names;
    for (const CsvRow& row : rows) {
      if (row.fields.size() > columns->label) names.insert(spelled(row.fields[columns->label].text));
    }
    set.classes.assign(names.begin(), names.end());
  }
  if (labelled) keep_kinetics_spellings(rows, columns->label, set);
  const auto classes = index_of(set.classes);
  for (const CsvRow& row : rows) {
    if (row.fields.size() < columns->needed) {
      problems.add(ProblemCode::kMissingField, row.line, 0, row.fields[0].text,
                   fmt::format("at least {} fields", columns->needed));
      continue;
    }
    if (row.fields.size() > columns->count) {
      const CsvField& field = row.fields[columns->count];
      problems.add(ProblemCode::kExtraField, field.line, field.column, field.text,
                   fmt::format("{} fields, as in the header", columns->count));
      continue;
    }
    const CsvField& id = row.fields[columns->id];
    if (trim_blanks(id.text).empty()) {
      problems.add(ProblemCode::kMissingField, id.line, id.column, {}, "a youtube_id");
      continue;
    }
    const CsvField& start = row.fields[columns->start];
    const CsvField& end = row.fields[columns->end];
    const auto start_s = whole_seconds(start.text), end_s = whole_seconds(end.text);
    if (!start_s || !end_s) {
      const CsvField& bad = start_s ? end : start;
      problems.add(ProblemCode::kNotANumber, bad.line, bad.column, bad.text, "a time in seconds");
      continue;
    }
    Annotation item;
    item.line = row.line;
    item.path = fmt::format("{}_{:06d}_{:06d}", trim_blanks(id.text), *start_s, *end_s);
    item.duration_s = static_cast<double>(*end_s - *start_s);
    if (columns->split < row.fields.size()) item.split = split_of(trim_blanks(row.fields[columns->split].text));
    if (labelled) {
      const CsvField& label = row.fields[columns->label];
      const std::string name = spelled(label.text);
      if (name.empty()) {
        problems.add(ProblemCode::kMissingLabel, label.line, label.column, {}, "a class name");
        continue;
      }
      const auto found = classes.find(name);
      if (found == classes.end()) {
        problems.add(ProblemCode::kUnknownLabel, label.line, label.column, label.text,
                     unknown_label_expected(name, set.classes));
        continue;
      }
      item.labels = {found->second};
      if (options.level == 2) item.path = kinetics_class_name(name) + "/" + item.path;
    }
    keep_kinetics_extras(row, *columns, item);
    item.path = with_prefix(options.data_prefix, item.path);
    set.items.push_back(std::move(item));
  }
  if (rows.empty() && problems.empty()) problems.add(ProblemCode::kNoRecords, 0, 0, {}, "rows below the header");
  return set;
}

AnnotationSet parse_something_csv(std::string_view bytes, const ReadOptions& options, ProblemList& problems) {
  AnnotationSet set;
  set.media = Media::kNames;
  const std::vector<Line> lines = text_lines(bytes, problems);
  const bool labelled = std::any_of(lines.begin(), lines.end(),
                                    [](const Line& line) { return line.text.find(';') != std::string_view::npos; });
  if (labelled) require_classes(options, problems, "one a line in the dataset's label file");
  const auto classes = index_of(options.classes);
  for (const Line& line : lines) {
    const auto fields = delimited_fields(line.text, ';');
    if (fields[0].text.empty()) {
      problems.add(ProblemCode::kMissingField, line.number, 1, line.text, "id;label");
      continue;
    }
    if (fields.size() > 2) {
      problems.add(ProblemCode::kExtraField, line.number, fields[2].column, fields[2].text, "id;label");
      continue;
    }
    Annotation item;
    item.line = line.number;
    item.path = with_prefix(options.data_prefix, last_components(fields[0].text, options.level));
    if (labelled) {
      if (fields.size() < 2 || fields[1].text.empty()) {
        problems.add(ProblemCode::kMissingLabel, line.number, column_of(line.text, line.text.size()), line.text,
                     "id;label");
        continue;
      }
      const auto found = classes.find(fields[1].text);
      if (found == classes.end()) {
        problems.add(ProblemCode::kUnknownLabel, line.number, fields[1].column, fields[1].text,
                     unknown_label_expected(fields[1].text, options.classes));
        continue;
      }
      item.labels = {found->second};
    }
    set.items.push_back(std::move(item));
  }
  set.classes = options.classes;
  if (lines.empty() && problems.empty()) problems.add(ProblemCode::kNoRecords, 0, 0, {}, "at least one record");
  return set;
}

AnnotationSet parse_ucf101(std::string_view bytes, const ReadOptions& options, ProblemList& problems) {
  require_classes(options, problems, "those of classInd.txt");
  AnnotationSet set;
  set.media = Media::kNames;
  const auto classes = index_of(options.classes);
  const std::vector<Line> lines = text_lines(bytes, problems);
  for (const Line& line : lines) {
    const auto fields = blank_fields(line.text);
    if (fields.size() > 2) {
      problems.add(ProblemCode::kExtraField, line.number, fields[2].column, fields[2].text,
                   "Class/name.avi and a number");
      continue;
    }
    const size_t slash = fields[0].text.rfind('/');
    const std::string folder =
        slash == std::string_view::npos ? std::string() : last_components(fields[0].text.substr(0, slash), 1);
    const auto found = classes.find(folder);
    if (found == classes.end()) {
      problems.add(ProblemCode::kUnknownLabel, line.number, fields[0].column, fields[0].text,
                   "Class/name.avi, " + unknown_label_expected(folder, options.classes));
      continue;
    }
    int64_t number = 0;
    if (fields.size() == 2 && read_integer(fields[1].text, number) == IntegerForm::kNotAnInteger) {
      problems.add(ProblemCode::kNotAnInteger, line.number, fields[1].column, fields[1].text,
                   "the number of the class, from 1");
      continue;
    }
    Annotation item;
    item.line = line.number;
    // The test lists have no numbers.
    if (fields.size() < 2) item.extras.push_back({Format::kUcf101, std::string(kNoNumberExtra), "true"});
    const std::string name = take_extension(std::string(fields[0].text), Format::kUcf101, item.extras);
    item.path = with_prefix(options.data_prefix, last_components(name, options.level));
    item.labels = {found->second};
    set.items.push_back(std::move(item));
  }
  set.classes = options.classes;
  if (lines.empty() && problems.empty()) problems.add(ProblemCode::kNoRecords, 0, 0, {}, "at least one record");
  return set;
}

AnnotationSet parse_hmdb51(std::string_view bytes, const ReadOptions& options, ProblemList& problems) {
  require_classes(options, problems, "those of its class folders");
  std::string class_name = options.hmdb51_class;
  if (class_name.empty()) {
    const std::string file = last_components(problems.file(), 1);
    const size_t end = file.rfind("_test_split");
    if (end == std::string::npos) {
      throw UsageError(problems.file(), "the file name does not say the class",
                       "name it like brush_hair_test_split1.txt");
    }
    class_name = file.substr(0, end);
  }
  AnnotationSet set;
  set.media = Media::kNames;
  set.classes = options.classes;
  const auto classes = index_of(options.classes);
  const auto found = classes.find(class_name);
  if (found == classes.end()) {
    problems.add(ProblemCode::kUnknownLabel, 0, 0, class_name, unknown_label_expected(class_name, options.classes));
    return set;
  }
  const std::vector<Line> lines = text_lines(bytes, problems);
  for (const Line& line : lines) {
    const auto fields = blank_fields(line.text);
    constexpr std::string_view kExpected = "name.avi and 1 (train), 2 (test) or 0 (unused)";
    if (fields.size() != 2) {
      problems.add(fields.size() < 2 ? ProblemCode::kMissingField : ProblemCode::kExtraField, line.number,
                   fields.back().column, fields.back().text, kExpected);
      continue;
    }
    int64_t use = 0;
    if (read_integer(fields[1].text, use) != IntegerForm::kInteger) {
      problems.add(ProblemCode::kNotAnInteger, line.number, fields[1].column, fields[1].text, kExpected);
      continue;
    }
    if (use < 0 || use > 2) {
      problems.add(ProblemCode::kLabelOutOfRange, line.number, fields[1].column, fields[1].text, kExpected);
      continue;
    }
    if (use == 0) {
      note_loss(set.losses, "the mark 0 (unused)", std::string(fields[0].text));
      continue;
    }
    Annotation item;
    item.line = line.number;
    const std::string name = take_extension(std::string(fields[0].text), Format::kHmdb51, item.extras);
    item.path = with_prefix(options.data_prefix, options.level == 2 ? fmt::format("{}/{}", class_name, name) : name);
    item.labels = {found->second};
    item.split = use == 1 ? "train" : "test";
    set.items.push_back(std::move(item));
  }
  if (lines.empty() && problems.empty()) problems.add(ProblemCode::kNoRecords, 0, 0, {}, "at least one record");
  return set;
}

}  // namespace vs::annot
