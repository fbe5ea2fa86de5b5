#include <algorithm>
#include <functional>

#include "lib/annot/json_records_internal.h"
#include "lib/annot/parsers_internal.h"

namespace vs::annot {
namespace {

/// Calls `read` for each object of a list; other elements are problems. What it returns becomes an item.
void for_each_record(JsonRecords& records, AnnotationSet& set,
                     const std::function<std::optional<Annotation>(const store::Json&, const std::string& record,
                                                                   const std::string& pointer)>& read) {
  const store::Json* list = records.list();
  if (!list) return;
  int64_t index = 0;
  for (const store::Json& object : *list) {
    const std::string record = std::to_string(index++);
    const std::string pointer = "/" + record;
    if (!object.is_object()) {
      records.add(ProblemCode::kBadJsonType, record, pointer, {}, "an object");
      continue;
    }
    if (auto item = read(object, record, pointer)) set.items.push_back(std::move(*item));
  }
}

std::string dumped(const store::Json& value) {
  constexpr size_t kLongest = 60;
  return value.dump().substr(0, kLongest);
}

bool read_json_labels(JsonRecords& records, const store::Json& value, const ReadOptions& options,
                      const std::string& record, const std::string& pointer, std::vector<int32_t>& labels) {
  if (!value.is_array()) {
    records.add(ProblemCode::kBadJsonType, record, pointer, dumped(value), "a list of labels");
    return false;
  }
  if (value.empty()) {
    records.add(ProblemCode::kMissingLabel, record, pointer, {}, label_range(options.num_classes));
    return false;
  }
  if (!options.multi_class && value.size() > 1) {
    records.add(ProblemCode::kExtraField, record, pointer, dumped(value), "one label (several need --multi-class)");
    return false;
  }
  for (size_t i = 0; i < value.size(); ++i) {
    const auto label = records.label(value[i], options.num_classes, record, pointer + "/" + std::to_string(i));
    if (!label) return false;
    labels.push_back(*label);
  }
  return true;
}

/// An unlabelled list: every label is [-1]. Read as a whole, since -1 among labels is out of range.
bool all_minus_one(const store::Json& list) {
  return std::all_of(list.begin(), list.end(), [](const store::Json& object) {
    if (!object.is_object()) return false;
    const auto label = object.find("label");
    return label != object.end() && label->is_array() && label->size() == 1 && (*label)[0] == -1;
  });
}

AnnotationSet parse_list(std::string_view bytes, const ReadOptions& options, ProblemList& problems, Media media,
                         const std::string& path_key) {
  AnnotationSet set;
  set.media = media;
  set.multi_label = options.multi_class;
  JsonRecords records(bytes, problems);
  const bool unlabelled = records.document() && records.document()->is_array() && all_minus_one(*records.document());
  for_each_record(records, set, [&](const store::Json& object, const std::string& record, const std::string& pointer) {
    Annotation item;
    const store::Json* path_value = records.member(object, path_key, record, pointer);
    if (!path_value) return std::optional<Annotation>();
    const auto path = records.text(*path_value, record, pointer + pointer_step(path_key), "a path");
    if (!path) return std::optional<Annotation>();
    item.path = with_prefix(options.data_prefix, *path);
    if (media == Media::kFrames) {
      const store::Json* count = records.member(object, "total_frames", record, pointer);
      if (!count) return std::optional<Annotation>();
      constexpr int64_t kMost = int64_t{1} << 53;
      if (!count->is_number_integer() || (count->is_number_unsigned() && count->get<uint64_t>() > uint64_t{kMost})) {
        records.add(ProblemCode::kBadJsonType, record, pointer + "/total_frames", dumped(*count), "a number of frames");
        return std::optional<Annotation>();
      }
      item.num_frames = count->get<int64_t>();
      if (item.num_frames < 1) {
        records.add(ProblemCode::kNotPositive, record, pointer + "/total_frames", dumped(*count),
                    "a number of frames, at least 1");
        return std::optional<Annotation>();
      }
    }
    const store::Json* label = records.member(object, "label", record, pointer);
    if (!label) return std::optional<Annotation>();
    if (!unlabelled && !read_json_labels(records, *label, options, record, pointer + "/label", item.labels)) {
      return std::optional<Annotation>();
    }
    drop_repeats(item, set.losses);
    if (media == Media::kFrames) {
      keep_extras(object, Format::kRawframesJson, {path_key, "label", "total_frames"}, item.extras);
    } else {
      keep_extras(object, Format::kVideosJson, {path_key, "label"}, item.extras);
    }
    return std::optional<Annotation>(std::move(item));
  });
  return set;
}

}  // namespace

std::string without_brackets(std::string text) {
  std::erase_if(text, [](char c) { return c == '[' || c == ']'; });
  return text;
}

AnnotationSet parse_rawframes_json(std::string_view bytes, const ReadOptions& options, ProblemList& problems) {
  return parse_list(bytes, options, problems, Media::kFrames, "frame_dir");
}

AnnotationSet parse_videos_json(std::string_view bytes, const ReadOptions& options, ProblemList& problems) {
  return parse_list(bytes, options, problems, Media::kVideos, "filename");
}

AnnotationSet parse_diving48_json(std::string_view bytes, const ReadOptions& options, ProblemList& problems) {
  AnnotationSet set;
  set.media = Media::kNames;
  JsonRecords records(bytes, problems);
  for_each_record(records, set, [&](const store::Json& object, const std::string& record, const std::string& pointer) {
    const store::Json* name = records.member(object, "vid_name", record, pointer);
    if (!name) return std::optional<Annotation>();
    const store::Json* label = records.member(object, "label", record, pointer);
    if (!label) return std::optional<Annotation>();
    const auto text = records.text(*name, record, pointer + "/vid_name", "a video name");
    if (!text) return std::optional<Annotation>();
    const auto index = records.label(*label, options.num_classes, record, pointer + "/label");
    if (!index) return std::optional<Annotation>();
    Annotation item;
    item.path = with_prefix(options.data_prefix, *text);
    item.labels = {*index};
    keep_extras(object, Format::kDiving48Json, {"vid_name", "label"}, item.extras);
    return std::optional<Annotation>(std::move(item));
  });
  return set;
}

AnnotationSet parse_something_json(std::string_view bytes, const ReadOptions& options, ProblemList& problems) {
  AnnotationSet set;
  set.media = Media::kNames;
  JsonRecords records(bytes, problems);
  // The test file has names only.
  const store::Json* document = records.document();
  const bool labelled = document && document->is_array() &&
                        std::any_of(document->begin(), document->end(), [](const store::Json& object) {
                          return object.is_object() && object.contains("template");
                        });
  std::map<std::string, int32_t> index_of;
  for (size_t i = 0; i < options.classes.size(); ++i) index_of.emplace(options.classes[i], static_cast<int32_t>(i));
  for_each_record(records, set, [&](const store::Json& object, const std::string& record, const std::string& pointer) {
    const store::Json* id = records.member(object, "id", record, pointer);
    if (!id) return std::optional<Annotation>();
    const auto text = records.text(*id, record, pointer + "/id", "a video id as text");
    if (!text) return std::optional<Annotation>();
    Annotation item;
    item.path = with_prefix(options.data_prefix, last_components(*text, options.level));
    if (labelled) {
      const store::Json* value = records.member(object, "template", record, pointer);
      if (!value) return std::optional<Annotation>();
      const auto name = records.text(*value, record, pointer + "/template", "a class name");
      if (!name) return std::optional<Annotation>();
      const auto found = index_of.find(without_brackets(*name));
      if (found == index_of.end()) {
        records.add(ProblemCode::kUnknownLabel, record, pointer + "/template", *name, "a name of the label file");
        return std::optional<Annotation>();
      }
      item.labels = {found->second};
    }
    keep_extras(object, Format::kSomethingJson, {"id"}, item.extras);
    return std::optional<Annotation>(std::move(item));
  });
  set.classes = options.classes;
  return set;
}

}  // namespace vs::annot
