// Golden kinds of the systems' own lists: what their readers make of a line, and which label training takes.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "lib/annot/read.h"
#include "lib/core/random.h"
#include "lib/core/text.h"
#include "lib/data/training_label.h"
#include "lib/jobs/extract/layouts.h"
#include "tests/golden/golden.h"

namespace vs::golden {
namespace {

using Json = nlohmann::json;

/// Lines of a list as the bytes of a file.
std::string as_file(const std::vector<std::string>& lines) { return join(lines, "\n") + "\n"; }

/// path_<i>, num_frames_<i>, labels_<i>, the last padded with -1 to the width of the case.
void compare_focus_list(const Case& c, Report& report, size_t dataset, const std::string& name) {
  const std::string number = "_" + std::to_string(dataset);
  annot::ReadOptions options;
  options.drop_short = true;
  const auto format = name == "minik" ? annot::Format::kMinikList : annot::Format::kActnetList;
  const auto set = annot::parse_annotations(as_file(c.input_strings("lines" + number)), name, format, options);
  std::vector<std::string> paths;
  std::vector<int64_t> counts, labels;
  const uint64_t width = c.output_shape("labels" + number).at(1);
  for (const auto& item : set.items) {
    paths.push_back(item.path);
    counts.push_back(item.num_frames);
    auto distinct = data::distinct_labels(item.labels);
    distinct.resize(std::max<size_t>(distinct.size(), width), -1);
    labels.insert(labels.end(), distinct.begin(), distinct.end());
  }
  report.compare("path" + number, paths);
  report.compare("num_frames" + number, counts, {counts.size()});
  report.compare("labels" + number, labels, {counts.size(), width});
}

void compare_something_list(const Case& c, Report& report, const std::string& number) {
  annot::ReadOptions options;
  options.drop_short = true;
  const auto set = annot::parse_annotations(as_file(c.input_strings("sth_lines" + number)), "sth",
                                            annot::Format::kMinikList, options);
  std::vector<std::string> paths;
  std::vector<int64_t> counts, labels;
  for (const auto& item : set.items) {
    paths.push_back(item.path);
    counts.push_back(item.num_frames);
    labels.push_back(data::distinct_labels(item.labels).at(0));
  }
  report.compare("sth_path" + number, paths);
  report.compare("sth_num_frames" + number, counts, {counts.size()});
  report.compare("sth_label" + number, labels, {labels.size()});
}

void check_focus_lists(const Case& c, Report& report) {
  const Json& datasets = c.parameters().at("datasets");
  for (size_t i = 0; i < datasets.size(); ++i) compare_focus_list(c, report, i, datasets[i]);
  for (size_t i = 0; c.has_input("sth_lines_" + std::to_string(i)); ++i)
    compare_something_list(c, report, "_" + std::to_string(i));
}

/// A list that stands in the case as text, and how it is to be read.
struct TextList {
  std::string text;
  annot::Format format = annot::Format::kRawframes;
  annot::ReadOptions options;

  annot::AnnotationSet read(const std::string& name) const {
    return annot::parse_annotations(text, name, format, options);
  }
};

std::string only_text(const std::vector<std::string>& texts) { return texts.at(0); }

/// Labels as a set, which is what a vector of 0 and 1 of them is.
Json label_set(const Json& labels) {
  const auto values = labels.get<std::set<int64_t>>();
  return values;
}

/// A record as the reference's readers have it.
Json record_of(const annot::AnnotationSet& set, const annot::Annotation& item, bool offset, bool list_of_labels) {
  Json record;
  if (set.media == annot::Media::kFrames) {
    record["frame_dir"] = item.path;
    record["total_frames"] = item.num_frames;
    if (offset) record["offset"] = set.with_offset ? Json(item.offset) : Json(nullptr);
  } else {
    record["filename"] = item.path;
  }
  if (list_of_labels) {
    record["label"] = label_set(item.labels);
  } else {
    record["label"] = item.labels.at(0);
  }
  return record;
}

/// Compares JSON text as values: the case's own text counts as got where both mean the same.
void compare_json(const Case& c, Report& report, const std::string& name, const Json& got, const Json& want) {
  report.compare(name, std::vector<std::string>{got == want ? only_text(c.output_strings(name)) : got.dump()});
}

bool is_json_list(const std::string& text) { return trim(text).starts_with('['); }

/// "data_prefix imgs, multi_class", by the input's name.
TextList reskd_list(const Case& c, const std::string& name) {
  TextList list;
  list.text = only_text(c.input_strings(name));
  const bool videos = name.find("video") != std::string::npos || list.text.find("\"filename\"") != std::string::npos;
  if (is_json_list(list.text)) {
    list.format = videos ? annot::Format::kVideosJson : annot::Format::kRawframesJson;
  } else if (videos) {
    list.format = annot::Format::kVideos;
  }
  const std::string stated = c.parameters().at("options").value(name, "");
  for (const std::string_view part : split(stated, ',')) {
    const std::string_view word = trim(part);
    if (word == "multi_class") list.options.multi_class = true;
    if (word == "with_offset") list.options.with_offset = true;
    if (word.starts_with("data_prefix ")) list.options.data_prefix = word.substr(12);
  }
  return list;
}

bool is_refused(const TextList& list) {
  try {
    list.read("list");
    return false;
  } catch (const annot::AnnotationErrors&) {
    return true;
  }
}

/// Lines that a reader must refuse, by the case's names for them.
TextList faulty_list(const std::string& name) {
  TextList list;
  if (name == "no_label") list.text = "v_a 163 1\nv_b 122\n";  // a list without any label is an unlabelled one
  if (name == "two_labels_single_class") list.text = "v_a 163 1 2\n";
  if (name == "video_name_with_space") {
    list.text = "my video.mp4 3\n";
    list.format = annot::Format::kVideos;
  }
  return list;
}

/// Draws the k-th of the numbers it is asked to choose from.
class TheKth final : public RandomSource {
 public:
  explicit TheKth(int64_t k) : k_(k) {}
  double uniform() override { return 0; }
  int64_t below(int64_t count) override {
    count_ = count;
    return std::min(k_, count - 1);
  }
  int64_t count() const { return count_; }

 private:
  int64_t k_, count_ = 1;
};

/// What can be drawn for a video, with each choice once.
Json drawable_labels(const annot::Annotation& item) {
  Json labels = Json::array();
  for (int64_t k = 0, count = 1; k < count; ++k) {
    TheKth draw(k);
    labels.push_back(data::draw_label(item.labels, draw));
    count = draw.count();
  }
  return labels;
}

void check_reskd_annotations(const Case& c, Report& report) {
  for (const auto& [name, unused] : c.parameters().at("options").items()) {
    const TextList list = reskd_list(c, name);
    const auto set = list.read(name);
    Json got = Json::array();
    for (const auto& item : set.items)
      got.push_back(record_of(set, item, list.options.with_offset, list.options.multi_class));
    Json want = Json::parse(only_text(c.output_strings(name)));
    // The reference keeps repeats and order, which its vector of 0 and 1 loses; vs keeps labels as a set.
    for (Json& record : want)
      if (record.at("label").is_array()) record["label"] = label_set(record["label"]);
    compare_json(c, report, name, got, want);
  }
  Json drawable = Json::array();
  for (const auto& item : reskd_list(c, "raw_multi").read("raw_multi").items) drawable.push_back(drawable_labels(item));
  compare_json(c, report, "labels_that_training_may_take", drawable,
               Json::parse(only_text(c.output_strings("labels_that_training_may_take"))));
  const Json want = Json::parse(only_text(c.output_strings("errors")));
  Json got = Json::object();
  for (const auto& [name, unused] : want.items()) {
    const TextList list = faulty_list(name);
    got[name] = list.text.empty() ? "unknown to this checker" : is_refused(list) ? "rejected" : "accepted";
  }
  compare_json(c, report, "errors", got, want);
}

void check_rawframe_dataset(const Case& c, Report& report) {
  const jobs::Layout& files = jobs::layout_named("mmaction-opencv");
  for (const auto& [name, stated] : c.parameters().at("options").items()) {
    TextList list;
    list.text = only_text(c.input_strings(name));
    list.options.data_prefix = stated.value("data_prefix", "");
    list.options.multi_class = stated.value("multi_class", false);
    list.options.with_offset = stated.value("with_offset", false);
    list.options.num_classes = stated.value("num_classes", int64_t{0});
    const auto set = list.read(name);
    Json got = Json::array();
    for (const auto& item : set.items) {
      Json record = record_of(set, item, true, list.options.multi_class);
      record["filename_tmpl"] = stated.value("filename_tmpl", files.file_template);
      record["start_index"] = stated.value("start_index", files.start_index);
      record["modality"] = stated.value("modality", "RGB");
      got.push_back(record);
    }
    compare_json(c, report, name, got, Json::parse(only_text(c.output_strings(name))));
  }
}

}  // namespace

KindTable system_lists_kinds() {
  return {{{"adafocus.lists", check_focus_lists},
           {"reskd.annotations", check_reskd_annotations},
           {"ocsampler.rawframe_dataset", check_rawframe_dataset}},
          {}};
}

}  // namespace vs::golden
