#include "lib/annot/write.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "lib/annot/json_records_internal.h"
#include "lib/annot/kinetics_name.h"
#include "lib/annot/label_map.h"
#include "lib/annot/parsers_internal.h"
#include "lib/annot/text_lines.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/store/json.h"

namespace vs::annot {
namespace {

[[noreturn]] void cannot_hold(const Annotation& item, Format format, std::string_view finding, std::string_view hint) {
  throw DataError(printable(item.path), fmt::format("{}, which {} cannot hold", finding, name_of(format)),
                  std::string(hint));
}

class Writer {
 public:
  Writer(const AnnotationSet& set, Format format, const WriteOptions& options)
      : set_(&set), format_(format), options_(options) {
    unlabelled_ = is_unlabelled(set);
  }

  std::string rawframes() const {
    std::string out;
    const char separator = options_.delimiter ? options_.delimiter : ' ';
    for (const Annotation& item : set_->items) {
      out += field(item.path, item, separator);
      if (set_->with_offset) out += fmt::format("{}{}", separator, item.offset);
      out += fmt::format("{}{}", separator, frames(item));
      for (int32_t label : labels(item)) out += fmt::format("{}{}", separator, label);
      out += '\n';
    }
    return out;
  }

  std::string videos() const {
    std::string out;
    const char separator = options_.delimiter ? options_.delimiter : ' ';
    for (const Annotation& item : set_->items) {
      out += field(video_path(item), item, separator);
      for (int32_t label : labels(item)) out += fmt::format("{}{}", separator, label);
      out += '\n';
    }
    return out;
  }

  std::string json_list() const {
    store::Json list = store::Json::array();
    for (const Annotation& item : set_->items) {
      store::Json object;
      if (format_ == Format::kRawframesJson) {
        if (set_->with_offset) cannot_hold(item, format_, "it has an offset", "use --to rawframes");
        object["frame_dir"] = item.path;
        object["total_frames"] = frames(item);
      } else {
        object["filename"] = video_path(item);
      }
      object["label"] = unlabelled_ ? std::vector<int32_t>{-1} : labels(item);
      put_extras(object, format_, item.extras);
      list.push_back(std::move(object));
    }
    return store::json_document(list);
  }

  std::string kinetics_csv() const {
    const std::map<std::string, std::string> spellings = kinetics_spellings();
    const std::vector<std::string> columns = kinetics_columns();
    std::string out = "label,youtube_id,time_start,time_end,split";
    for (const std::string& name : columns) out += "," + quoted(name);
    out += '\n';
    for (const Annotation& item : set_->items) {
      const auto name = kinetics_name(last_components(name_of_item(item), 1));
      if (!name) {
        cannot_hold(item, format_, "its name is not ID_START_END", "such as _4YTwq0-73Y_000015_000025");
      }
      std::string label = unlabelled_ ? std::string() : class_name(item);
      const auto spelling = spellings.find(label);
      if (spelling != spellings.end()) label = spelling->second;
      const std::string split = item.split == "val" ? "validate" : item.split.empty() ? "train" : item.split;
      out += fmt::format("{},{},{},{},{}", quoted(label), quoted(name->id), time(item, kTimeStartExtra, name->start_s),
                         time(item, kTimeEndExtra, name->end_s), quoted(split));
      for (const std::string& column : columns) {
        const Extra* extra = find_extra(item.extras, format_, column);
        out += "," + (extra || column != kIsCcColumn ? quoted(text_of(extra)) : std::string(kIsCcDefault));
      }
      out += '\n';
    }
    return out;
  }

  std::string something_csv() const {
    std::string out;
    for (const Annotation& item : set_->items) {
      out += field(name_of_item(item), item, ';');
      if (!unlabelled_) out += ";" + field(class_name(item), item, ';');
      out += '\n';
    }
    return out;
  }

  std::string something_json() const {
    store::Json list = store::Json::array();
    for (const Annotation& item : set_->items) {
      store::Json object;
      object["id"] = name_of_item(item);
      put_extras(object, format_, item.extras);
      // The template as it was written, with brackets, if it still is that of the class.
      if (!unlabelled_ && without_brackets(text_of(find_extra(item.extras, format_, "template"))) != class_name(item)) {
        object["template"] = class_name(item);
      }
      list.push_back(std::move(object));
    }
    return store::json_document(list);
  }

  std::string ucf101() const {
    std::string out;
    for (const Annotation& item : set_->items) {
      const std::string path = file_of(item, ".avi");
      const std::string folder = class_name(item);
      if (last_components(path, 2) != folder + "/" + last_components(path, 1)) {
        cannot_hold(item, format_, fmt::format("its folder is not its class {}", folder), {});
      }
      out += field(last_components(path, 2), item, ' ');
      if (!find_extra(item.extras, format_, kNoNumberExtra)) out += fmt::format(" {}", one_label(item) + 1);
      out += '\n';
    }
    return out;
  }

  std::string hmdb51() const {
    std::string out;
    for (const Annotation& item : set_->items) {
      if (one_label(item) != one_label(set_->items[0])) {
        cannot_hold(item, format_, "a second class", "write one file a class: -o '{}_test_split1.txt'");
      }
      const bool train = item.split == "train";
      if (!train && item.split != "test" && item.split != "val") {
        cannot_hold(item, format_, "neither training nor test",
                    "divide it with vs-annot split --parts train=0.7,test=0.3");
      }
      out += field(last_components(file_of(item, ".avi"), 1), item, ' ') + (train ? " 1\n" : " 2\n");
    }
    return out;
  }

  std::string mmit_csv() const {
    std::string out;
    for (const Annotation& item : set_->items) {
      out += field(file_of(item, ".mp4"), item, ',');
      for (int32_t label : labels(item)) out += fmt::format(",{}", label);
      out += '\n';
    }
    return out;
  }

  std::string diving48_json() const {
    store::Json list = store::Json::array();
    for (const Annotation& item : set_->items) {
      store::Json object;
      object["vid_name"] = name_of_item(item);
      object["label"] = one_label(item);
      put_extras(object, format_, item.extras);
      list.push_back(std::move(object));
    }
    return store::json_document(list);
  }

  std::string activitynet_json() const {
    store::Json database = store::Json::object();
    std::set<std::string> ids;
    for (const Annotation& item : set_->items) {
      const std::string name = last_components(name_of_item(item), 1);
      if (item.duration_s < 0)
        cannot_hold(item, format_, "its duration is not known", "convert from an ActivityNet JSON file");
      store::Json video;
      video["duration"] = item.duration_s;
      video["subset"] = activitynet_subset(item.split);
      put_extras(video, format_, item.extras);
      video["annotations"] = store::Json::array();
      const auto add = [&](double start_s, double end_s, int32_t label) {
        store::Json annotation;
        annotation["segment"] = {start_s, end_s};
        annotation["label"] = class_name_of(label, item);
        video["annotations"].push_back(std::move(annotation));
      };
      for (const Segment& segment : item.segments) add(segment.start_s, segment.end_s, segment.label);
      if (item.segments.empty()) {
        for (int32_t label : item.labels) add(0, item.duration_s, label);
      }
      const std::string id = name.starts_with("v_") ? name.substr(2) : name;
      if (!ids.insert(id).second) cannot_hold(item, format_, "the video occurs twice", {});
      // Looking a key up takes time in their number: the ids are known to be new.
      database.get_ref<store::Json::object_t&>().push_back({id, std::move(video)});
    }
    store::Json document = store::Json::object();
    put_extras(document, format_, set_->extras);
    if (!document.contains("version")) document["version"] = "VERSION 1.3";
    document["database"] = std::move(database);
    return store::json_document(document);
  }

  std::string actnet_list() const {
    std::string out;
    for (const Annotation& item : set_->items) {
      no_offset(item);
      out += field(item.path, item, ',') + fmt::format(",{}", frames(item));
      for (int32_t label : labels(item)) out += fmt::format(",{}", label);
      out += '\n';
    }
    return out;
  }

  std::string minik_list() const {
    std::string out;
    for (const Annotation& item : set_->items) {
      no_offset(item);
      const int64_t label = unlabelled_ ? -1 : one_label(item);
      if (trim_blanks(item.path) != item.path) cannot_hold(item, format_, "blanks at an end of its path", {});
      out += fmt::format("{} {} {}\n", field(item.path, item, '\n'), frames(item), label);
    }
    return out;
  }

 private:
  /// The text, if it can stand between separators.
  std::string field(const std::string& text, const Annotation& item, char separator) const {
    if (text.empty()) cannot_hold(item, format_, "an empty path", {});
    if (first_bad_utf8(text)) cannot_hold(item, format_, "a name that is not UTF-8", {});
    if (first_control(text)) cannot_hold(item, format_, "a control character in its path", {});
    const bool blanks = separator == ' ' || separator == '\t';
    if (blanks && text.find_first_of(" \t") != std::string::npos) {
      cannot_hold(item, format_, "a path with blanks", "write with --to-delimiter , or --to annotations");
    }
    if (!blanks && (text.find(separator) != std::string::npos || (separator != '\n' && trim_blanks(text) != text))) {
      cannot_hold(item, format_, fmt::format("a path with \"{}\" or with blanks at an end", separator),
                  "use another format");
    }
    return text;
  }

  void no_offset(const Annotation& item) const {
    if (set_->with_offset) cannot_hold(item, format_, "it has an offset", "use --to rawframes");
  }

  int64_t frames(const Annotation& item) const {
    if (item.num_frames < 1) {
      cannot_hold(item, format_, "its number of frames is not known", "count them with --frames FOLDER");
    }
    return item.num_frames;
  }

  /// The file of a name: --extension, else the ending it was read with, else the format's usual one.
  std::string file_of(const Annotation& item, std::string_view usual) const {
    if (set_->media == Media::kVideos) return item.path;
    const std::string ending = text_of(find_extra(item.extras, format_, kExtensionExtra));
    return item.path + (!options_.extension.empty() ? options_.extension
                        : !ending.empty()           ? ending
                                                    : std::string(usual));
  }

  /// Class names as the file that was read has them, by their spelling in folders.
  std::map<std::string, std::string> kinetics_spellings() const {
    std::map<std::string, std::string> spellings;
    if (const Extra* extra = find_extra(set_->extras, format_, kClassNamesExtra)) {
      for (const std::string& name : text_list(*extra)) spellings.emplace(kinetics_class_name(name), name);
    }
    return spellings;
  }

  /// Names of the columns behind the fifth.
  std::vector<std::string> kinetics_columns() const {
    std::vector<std::string> columns{std::string(kIsCcColumn)};
    for (const Annotation& item : set_->items) {
      for (const Extra& extra : item.extras) {
        if (extra.format != format_ || extra.name.starts_with('.')) continue;
        if (std::find(columns.begin(), columns.end(), extra.name) == columns.end()) columns.push_back(extra.name);
      }
    }
    return columns;
  }

  /// A time as it was read ("20.0"), if the name still has it.
  std::string time(const Annotation& item, std::string_view extra, int64_t seconds) const {
    const std::string text = text_of(find_extra(item.extras, format_, extra));
    const auto value = parse_real(trim_blanks(text));
    return value && std::trunc(*value) == static_cast<double>(seconds) ? quoted(text) : fmt::format("{}", seconds);
  }

  static std::string activitynet_subset(const std::string& split) {
    if (split.empty() || split == "train") return "training";
    return split == "val" ? "validation" : split == "test" ? "testing" : split;
  }

  std::string video_path(const Annotation& item) const {
    if (set_->media == Media::kVideos) return item.path;
    if (options_.extension.empty()) {
      cannot_hold(item, format_, "it names no video file",
                  "give --extension .mp4, or find the files with --videos FOLDER");
    }
    return item.path + options_.extension;
  }

  std::string name_of_item(const Annotation& item) const {
    return set_->media == Media::kVideos ? without_extension(item.path) : item.path;
  }

  const std::vector<int32_t>& labels(const Annotation& item) const {
    if (item.labels.empty() && !unlabelled_)
      cannot_hold(item, format_, "no label although others have one", "keep one part of the file with --subset");
    return item.labels;
  }

  int32_t one_label(const Annotation& item) const {
    if (labels(item).size() != 1)
      cannot_hold(item, format_, fmt::format("{} labels", item.labels.size()), "use a format for several");
    return item.labels[0];
  }

  const std::string& class_name_of(int32_t label, const Annotation& item) const {
    if (label < 0 || static_cast<size_t>(label) >= set_->classes.size()) {
      cannot_hold(item, format_, fmt::format("no name for label {}", label), "give the names with --classes");
    }
    return set_->classes[static_cast<size_t>(label)];
  }

  const std::string& class_name(const Annotation& item) const { return class_name_of(one_label(item), item); }

  static std::string quoted(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string out = "\"";
    for (char c : text) out.append(c == '"' ? 2 : 1, c);
    return out + "\"";
  }

  const AnnotationSet* set_;
  Format format_;
  WriteOptions options_;
  bool unlabelled_ = false;
};

}  // namespace

std::string format_annotations(const AnnotationSet& set, Format format, const WriteOptions& options) {
  const Writer writer(set, format, options);
  switch (format) {
    case Format::kRawframes:
      return writer.rawframes();
    case Format::kVideos:
      return writer.videos();
    case Format::kRawframesJson:
    case Format::kVideosJson:
      return writer.json_list();
    case Format::kKineticsCsv:
      return writer.kinetics_csv();
    case Format::kSomethingCsv:
      return writer.something_csv();
    case Format::kSomethingJson:
      return writer.something_json();
    case Format::kUcf101:
      return writer.ucf101();
    case Format::kMmitCsv:
      return writer.mmit_csv();
    case Format::kDiving48Json:
      return writer.diving48_json();
    case Format::kActivitynetJson:
      return writer.activitynet_json();
    case Format::kActnetList:
      return writer.actnet_list();
    case Format::kMinikList:
      return writer.minik_list();
    case Format::kHmdb51:
      return writer.hmdb51();
    case Format::kAnnotations:
      throw UsageError("--to annotations", "vs.annotations/1 is no text", "give an output file with --output");
  }
  throw std::logic_error("format without a writer");
}

Format format_for_output(const std::string& file_name, const AnnotationSet& set) {
  const bool frames = set.media == Media::kFrames;
  if (file_name.ends_with(".h5") || file_name.ends_with(".hdf5")) return Format::kAnnotations;
  if (file_name.ends_with(".json")) return frames ? Format::kRawframesJson : Format::kVideosJson;
  return frames ? Format::kRawframes : Format::kVideos;
}

}  // namespace vs::annot
