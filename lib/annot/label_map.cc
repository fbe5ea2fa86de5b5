#include "lib/annot/label_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "lib/annot/json_records_internal.h"
#include "lib/annot/parsers_internal.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/store/json.h"
#include "lib/store/share_folder.h"

namespace vs::annot {
namespace {

constexpr std::string_view kSchemaName = "vs.labels";
constexpr int kSchemaVersion = 1;
constexpr uint64_t kLargestFile = uint64_t{64} << 20;

/// Names by index; reports an index twice, left out or out of range, and a name twice.
class ClassOrder {
 public:
  explicit ClassOrder(ProblemList& problems) : problems_(&problems) {}

  void add(int64_t index, std::string_view name, int64_t line, int64_t column, const std::string& record = {}) {
    constexpr int64_t kMostClasses = 1000000;
    if (index < 0 || index >= kMostClasses) {
      problems_->add(ProblemCode::kLabelOutOfRange, line, column, std::to_string(index), "an index of a class", record);
      return;
    }
    if (!names_.emplace(name).second) {
      problems_->add(ProblemCode::kUnknownLabel, line, column, name, "each class name once", record);
      return;
    }
    if (!by_index_.emplace(index, name).second) {
      problems_->add(ProblemCode::kLabelOutOfRange, line, column, std::to_string(index), "each index once", record);
    }
  }

  std::vector<std::string> finish() {
    std::vector<std::string> classes;
    for (auto& [index, name] : by_index_) {
      if (index != static_cast<int64_t>(classes.size())) {
        problems_->add(ProblemCode::kLabelOutOfRange, 0, 0, std::to_string(index),
                       fmt::format("indices without a gap; {} is missing", classes.size()));
        break;
      }
      classes.push_back(name);
    }
    if (classes.empty() && problems_->empty()) {
      problems_->add(ProblemCode::kNoRecords, 0, 0, {}, "at least one class name");
    }
    return classes;
  }

 private:
  ProblemList* problems_;
  std::set<std::string, std::less<>> names_;
  std::map<int64_t, std::string> by_index_;
};

void read_names(std::string_view bytes, ClassOrder& order, ProblemList& problems) {
  int64_t index = 0;
  const std::vector<Line> lines = text_lines(bytes, problems);
  const bool header = lines.size() > 1 && trim_blanks(lines[0].text) == "action";
  for (size_t i = header ? 1 : 0; i < lines.size(); ++i) {
    order.add(index++, trim_blanks(lines[i].text), lines[i].number, 1);
  }
}

void read_numbered(std::string_view bytes, ClassOrder& order, ProblemList& problems) {
  for (const Line& line : text_lines(bytes, problems)) {
    const auto fields = blank_fields(line.text);
    int64_t number = 0;
    if (read_integer(fields[0].text, number) != IntegerForm::kInteger) {
      problems.add(ProblemCode::kNotAnInteger, line.number, fields[0].column, fields[0].text,
                   "a number from 1 and a class name");
    } else if (fields.size() < 2) {
      problems.add(ProblemCode::kMissingField, line.number, fields[0].column, fields[0].text,
                   "a number from 1 and a class name");
    } else {
      const size_t name = static_cast<size_t>(fields[1].text.data() - line.text.data());
      order.add(number - 1, trim_blanks(line.text.substr(name)), line.number, fields[1].column);
    }
  }
}

void read_something(std::string_view bytes, ClassOrder& order, ProblemList& problems) {
  JsonRecords records(bytes, problems);
  if (!records.document()) return;
  if (!records.document()->is_object()) {
    problems.add(ProblemCode::kBadJsonType, 0, 0, {}, "an object of class names and indices");
    return;
  }
  for (const auto& [name, value] : records.document()->items()) {
    const std::string pointer = pointer_step(name);
    int64_t index = 0;
    if (value.is_string()) {
      if (read_integer(value.get_ref<const std::string&>(), index) != IntegerForm::kInteger) {
        records.add(ProblemCode::kNotAnInteger, name, pointer, value.get<std::string>(), "an index");
        continue;
      }
    } else if (value.is_number_integer()) {
      index = value.is_number_unsigned() && value.get<uint64_t>() > uint64_t{std::numeric_limits<int32_t>::max()}
                  ? -1
                  : value.get<int64_t>();
    } else {
      records.add(ProblemCode::kBadJsonType, name, pointer, {}, "an index, as text or number");
      continue;
    }
    order.add(index, name, 0, 0, name);
  }
}

std::string folder_of_maps() { return store::find_share("labels"); }

bool is_label_map_json(std::string_view bytes) {
  const size_t start = bytes.find_first_not_of(" \t\r\n", byte_order_mark(bytes));
  return start != std::string_view::npos && bytes[start] == '{' &&
         bytes.substr(0, 4096).find("\"vs.labels/") != std::string_view::npos;
}

/// Index of each name, or nothing if some `from` name is not among `to`; then `missing` says which.
std::optional<std::vector<int32_t>> match(const std::vector<std::string>& from, const std::vector<std::string>& to,
                                          std::string& missing) {
  std::map<std::string, int32_t> index;
  for (size_t i = 0; i < to.size(); ++i) index.emplace(to[i], static_cast<int32_t>(i));
  std::vector<int32_t> result;
  for (const std::string& name : from) {
    const auto found = index.find(name);
    if (found == index.end()) {
      missing = name;
      return std::nullopt;
    }
    result.push_back(found->second);
  }
  return result;
}

std::vector<std::string> kinetics_spelling(const std::vector<std::string>& names) {
  std::vector<std::string> spelled;
  spelled.reserve(names.size());
  for (const std::string& name : names) spelled.push_back(kinetics_class_name(name));
  return spelled;
}

}  // namespace

LabelFile label_file_form(std::string_view bytes) {
  bytes.remove_prefix(byte_order_mark(bytes));
  const size_t start = bytes.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return LabelFile::kNames;
  bytes.remove_prefix(start);
  if (bytes[0] == '{') return LabelFile::kSomething;
  // Numbered only if the first line is number, blank, name: names may begin with a digit, but not with "1 ".
  const auto fields = blank_fields(bytes.substr(0, bytes.find('\n')));
  int64_t number = 0;
  if (fields.size() >= 2 && read_integer(fields[0].text, number) == IntegerForm::kInteger) return LabelFile::kNumbered;
  return LabelFile::kNames;
}

std::vector<std::string> parse_label_file(std::string_view bytes, const std::string& file) {
  ProblemList problems(file);
  ClassOrder order(problems);
  switch (label_file_form(bytes)) {
    case LabelFile::kNames:
      read_names(bytes, order, problems);
      break;
    case LabelFile::kNumbered:
      read_numbered(bytes, order, problems);
      break;
    case LabelFile::kSomething:
      read_something(bytes, order, problems);
      break;
  }
  auto classes = order.finish();
  problems.throw_if_any();
  return classes;
}

LabelMap parse_label_map(std::string_view bytes, const std::string& file) {
  const store::JsonText text(file, std::string(bytes));
  const store::Json document = store::parse_json(text);
  store::check_schema_number(document, kSchemaName, kSchemaVersion, &text);
  store::validate_json(document, "labels", &text);
  LabelMap map;
  map.name = document.at("name").get<std::string>();
  map.dataset = document.at("dataset").get<std::string>();
  map.source = document.at("source").get<std::string>();
  map.classes = document.at("classes").get<std::vector<std::string>>();
  const auto size = static_cast<int64_t>(map.classes.size());
  for (const auto& pair : document.at("flip_swaps")) {
    const auto first = pair.at(0).get<int64_t>(), second = pair.at(1).get<int64_t>();
    if (first < 0 || second < 0 || first >= size || second >= size) {
      throw DataError(file, fmt::format("flip swap {} with {} is outside the {} classes", first, second, size));
    }
    map.flip_swaps.emplace_back(static_cast<int32_t>(first), static_cast<int32_t>(second));
  }
  return map;
}

std::vector<std::string> label_map_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder_of_maps())) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

LabelMap load_label_map(const std::string& name_or_path) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(name_or_path, ignored)) {
    const std::string bytes = read_file(name_or_path, kLargestFile);
    if (is_label_map_json(bytes)) return parse_label_map(bytes, name_or_path);
    LabelMap map;
    map.name = name_or_path;
    map.source = name_or_path;
    map.classes = detect_format(bytes) == Format::kKineticsCsv
                      ? parse_annotations(bytes, name_or_path, Format::kKineticsCsv).classes
                      : parse_label_file(bytes, name_or_path);
    return map;
  }
  const auto names = label_map_names();
  if (std::find(names.begin(), names.end(), name_or_path) == names.end()) {
    const auto nearest = nearest_word(name_or_path, names);
    throw UsageError(fmt::format("label map \"{}\"", name_or_path), "neither a file nor a known map",
                     nearest ? fmt::format("nearest is \"{}\"", *nearest) : "known: " + join(names, ", "));
  }
  const std::string path = folder_of_maps() + "/" + name_or_path + ".json";
  return parse_label_map(read_file(path, kLargestFile), path);
}

std::string kinetics_class_name(std::string_view label) {
  std::string name;
  for (char c : label) {
    if (c != '"') name += c == ' ' ? '_' : c;
  }
  return name;
}

std::vector<int32_t> permutation_between(const LabelMap& from, const LabelMap& to) {
  std::string missing, missing_spelled;
  if (auto result = match(from.classes, to.classes, missing)) return *result;
  if (auto result = match(kinetics_spelling(from.classes), kinetics_spelling(to.classes), missing_spelled))
    return *result;
  const auto nearest = nearest_word(missing, to.classes);
  throw DataError(to.name, fmt::format("class \"{}\" of {} is not in it", missing, from.name),
                  nearest ? fmt::format("nearest is \"{}\"", *nearest) : std::string());
}

namespace {

/// A list of new indices in a JSON document.
std::vector<int32_t> read_indices(JsonRecords& records, const store::Json& list, const std::string& pointer) {
  std::vector<int32_t> indices;
  for (const auto& value : list) {
    const std::string record = std::to_string(indices.size());
    const auto label = records.label(value, 0, record, fmt::format("{}/{}", pointer, record));
    indices.push_back(label ? *label : -1);
  }
  return indices;
}

/// The list that `FILE:KEY` names: a member of the object in a JSON file. Nothing if it names none.
std::optional<std::vector<int32_t>> indices_of_member(const std::string& text) {
  const size_t colon = text.rfind(':');
  std::error_code ignored;
  if (colon == std::string::npos || !std::filesystem::is_regular_file(text.substr(0, colon), ignored)) {
    return std::nullopt;
  }
  const std::string file = text.substr(0, colon), key = text.substr(colon + 1);
  const std::string bytes = read_file(file, kLargestFile);
  const size_t start = bytes.find_first_not_of(" \t\r\n", byte_order_mark(bytes));
  if (start == std::string::npos || bytes[start] != '{') return std::nullopt;
  ProblemList problems(file);
  JsonRecords records(bytes, problems);
  const store::Json* document = records.document();
  const auto member = document ? document->find(key) : store::Json::const_iterator();
  if (!document || member == document->end() || !member->is_array()) return std::nullopt;
  std::vector<int32_t> indices = read_indices(records, *member, pointer_step(key));
  problems.throw_if_any();
  return indices;
}

}  // namespace

Relabeling load_relabeling(const std::string& text, const AnnotationSet& set) {
  Relabeling result;
  std::error_code ignored;
  const bool is_file = std::filesystem::is_regular_file(text, ignored);
  if (is_file) {
    const std::string bytes = read_file(text, kLargestFile);
    const size_t start = bytes.find_first_not_of(" \t\r\n", byte_order_mark(bytes));
    if (start != std::string::npos && bytes[start] == '[') {
      ProblemList problems(text);
      JsonRecords records(bytes, problems);
      if (const store::Json* list = records.list()) result.new_index = read_indices(records, *list, "");
      problems.throw_if_any();
      return result;
    }
  } else if (auto indices = indices_of_member(text)) {
    result.new_index = std::move(*indices);
    return result;
  }
  const size_t colon = text.find(':');
  LabelMap from, to;
  if (!is_file && colon != std::string::npos) {
    from = load_label_map(text.substr(0, colon));
    to = load_label_map(text.substr(colon + 1));
  } else {
    if (set.classes.empty()) {
      throw UsageError("--relabel " + text, "the names of the labels are not known",
                       "write --relabel FROM:TO, or give --classes");
    }
    from.name = "the annotations";
    from.classes = set.classes;
    to = load_label_map(text);
  }
  result.new_index = permutation_between(from, to);
  result.new_classes = to.classes;
  return result;
}

void relabel(AnnotationSet& set, const Relabeling& map, const std::string& file) {
  const auto renamed = [&](int32_t label, const Annotation& item) {
    const bool known = label >= 0 && static_cast<size_t>(label) < map.new_index.size() &&
                       map.new_index[static_cast<size_t>(label)] >= 0;
    if (!known) {
      throw DataError(item.line > 0 ? fmt::format("{}:{}", file, item.line) : file,
                      fmt::format("label {} of {} has no place in the new order of {} classes", label, item.path,
                                  map.new_index.size()));
    }
    return map.new_index[static_cast<size_t>(label)];
  };
  for (Annotation& item : set.items) {
    for (int32_t& label : item.labels) label = renamed(label, item);
    for (Segment& segment : item.segments) segment.label = renamed(segment.label, item);
    drop_repeats(item, set.losses);  // two classes may have become one
  }
  set.classes = map.new_classes;
  if (!map.new_classes.empty()) set.num_classes = static_cast<int64_t>(map.new_classes.size());
}

}  // namespace vs::annot
