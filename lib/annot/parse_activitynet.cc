#include <algorithm>
#include <set>

#include "lib/annot/json_records_internal.h"
#include "lib/annot/losses.h"
#include "lib/annot/parsers_internal.h"

namespace vs::annot {
namespace {

std::string split_name(const std::string& subset) {
  if (subset == "training") return "train";
  if (subset == "validation") return "val";
  if (subset == "testing") return "test";
  return subset;
}

std::optional<double> number_member(JsonRecords& records, const store::Json& object, const std::string& key,
                                    const std::string& record, const std::string& pointer) {
  const store::Json* value = records.member(object, key, record, pointer);
  if (!value) return std::nullopt;
  if (!value->is_number()) {
    records.add(ProblemCode::kBadJsonType, record, pointer + pointer_step(key), {}, "a number");
    return std::nullopt;
  }
  return value->get<double>();
}

/// All label texts of the database, sorted: the order that goes without a class list.
std::vector<std::string> sorted_labels(const store::Json& database) {
  std::set<std::string> names;
  for (const auto& video : database) {
    if (!video.is_object()) continue;
    const auto annotations = video.find("annotations");
    if (annotations == video.end() || !annotations->is_array()) continue;
    for (const auto& annotation : *annotations) {
      if (!annotation.is_object()) continue;
      const auto label = annotation.find("label");
      if (label != annotation.end() && label->is_string()) names.insert(label->get<std::string>());
    }
  }
  return {names.begin(), names.end()};
}

/// Keys of a video's annotations that records have no place for.
std::set<std::string> unknown_annotation_keys(const store::Json& annotations) {
  std::set<std::string> keys;
  for (const auto& annotation : annotations) {
    for (const auto& member : annotation.items()) {
      if (member.key() != "segment" && member.key() != "label") keys.insert(member.key());
    }
  }
  return keys;
}

class DatabaseReader {
 public:
  DatabaseReader(JsonRecords& records, const std::vector<std::string>& classes) : records_(&records) {
    for (size_t i = 0; i < classes.size(); ++i) index_of_.emplace(classes[i], static_cast<int32_t>(i));
  }

  std::optional<Annotation> read(const std::string& id, const store::Json& video) {
    const std::string pointer = "/database" + pointer_step(id);
    if (!records_->text(id, id, pointer, "a video id")) return std::nullopt;
    if (!video.is_object()) {
      records_->add(ProblemCode::kBadJsonType, id, pointer, {}, "an object");
      return std::nullopt;
    }
    Annotation item;
    const auto duration = number_member(*records_, video, "duration", id, pointer);
    if (!duration) return std::nullopt;
    item.duration_s = *duration;
    const store::Json* subset = records_->member(video, "subset", id, pointer);
    if (!subset) return std::nullopt;
    const auto subset_text = records_->text(*subset, id, pointer + "/subset", "training, validation or testing");
    if (!subset_text) return std::nullopt;
    item.split = split_name(*subset_text);
    const store::Json* annotations = records_->member(video, "annotations", id, pointer);
    if (!annotations) return std::nullopt;
    if (!annotations->is_array()) {
      records_->add(ProblemCode::kBadJsonType, id, pointer + "/annotations", {}, "a list");
      return std::nullopt;
    }
    for (size_t i = 0; i < annotations->size(); ++i) {
      const std::string place = pointer + "/annotations/" + std::to_string(i);
      const auto segment = read_segment((*annotations)[i], item.duration_s, id, place);
      if (!segment) return std::nullopt;
      item.segments.push_back(*segment);
      item.labels.push_back(segment->label);
    }
    // A video may well have several segments of one class: its labels are a set, in the order of their first segments.
    std::vector<Loss> none;
    drop_repeats(item, none);
    keep_extras(video, Format::kActivitynetJson, {"duration", "subset", "annotations"}, item.extras);
    return item;
  }

 private:
  std::optional<Segment> read_segment(const store::Json& value, double duration_s, const std::string& id,
                                      const std::string& pointer) {
    if (!value.is_object()) {
      records_->add(ProblemCode::kBadJsonType, id, pointer, {}, "an object");
      return std::nullopt;
    }
    const store::Json* label = records_->member(value, "label", id, pointer);
    if (!label) return std::nullopt;
    const auto name = records_->text(*label, id, pointer + "/label", "a class name");
    if (!name) return std::nullopt;
    const store::Json* bounds = records_->member(value, "segment", id, pointer);
    if (!bounds) return std::nullopt;
    const bool two_numbers =
        bounds->is_array() && bounds->size() == 2 && (*bounds)[0].is_number() && (*bounds)[1].is_number();
    if (!two_numbers) {
      records_->add(ProblemCode::kBadJsonType, id, pointer + "/segment", {}, "two numbers, start and end in seconds");
      return std::nullopt;
    }
    Segment segment;
    segment.start_s = (*bounds)[0].get<double>();
    segment.end_s = (*bounds)[1].get<double>();
    const auto found = index_of_.find(*name);
    if (found == index_of_.end()) {
      records_->add(ProblemCode::kUnknownLabel, id, pointer + "/label", *name, "a name of the class list");
      return std::nullopt;
    }
    segment.label = found->second;
    // An end behind the video's is cut off where frames are counted: real files have some.
    if (!(segment.start_s >= 0 && segment.end_s > segment.start_s && segment.start_s < duration_s)) {
      records_->add(ProblemCode::kBadSegment, id, pointer + "/segment", bounds->dump(),
                    "0 <= start < end, start inside the video");
      return std::nullopt;
    }
    return segment;
  }

  JsonRecords* records_;
  std::map<std::string, int32_t> index_of_;
};

}  // namespace

AnnotationSet parse_activitynet_json(std::string_view bytes, const ReadOptions& options, ProblemList& problems) {
  AnnotationSet set;
  set.media = Media::kNames;
  set.multi_label = true;
  JsonRecords records(bytes, problems);
  if (!records.document()) return set;
  if (!records.document()->is_object()) {
    problems.add(ProblemCode::kBadJsonType, 0, 0, {}, "an object with the key \"database\"");
    return set;
  }
  const auto database = records.document()->find("database");
  if (database == records.document()->end()) {
    problems.add(ProblemCode::kMissingKey, 0, 0, {}, "\"database\"");
    return set;
  }
  if (!database->is_object()) {
    problems.add(ProblemCode::kBadJsonType, 0, 0, {}, "\"database\" as an object");
    return set;
  }
  set.classes = options.classes.empty() ? sorted_labels(*database) : options.classes;
  DatabaseReader reader(records, set.classes);
  keep_extras(*records.document(), Format::kActivitynetJson, {"database"}, set.extras);
  for (const auto& [id, video] : database->items()) {
    auto item = reader.read(id, video);
    if (!item) continue;
    for (const std::string& key : unknown_annotation_keys(video["annotations"])) {
      note_loss(set.losses, "`" + key + "` in annotations", id);
    }
    item->path = with_prefix(options.data_prefix, "v_" + id);
    set.items.push_back(std::move(*item));
  }
  if (database->empty()) problems.add(ProblemCode::kNoRecords, 0, 0, {}, "at least one video");
  return set;
}

}  // namespace vs::annot
