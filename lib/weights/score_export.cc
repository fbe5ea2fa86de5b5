#include "lib/weights/score_export.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/store/json.h"
#include "lib/weights/byte_file.h"
#include "lib/weights/pickle.h"
#include "lib/weights/pickle_array.h"

namespace vs::weights {
namespace {

using store::Json;

constexpr uint64_t kLargestFile = uint64_t{1} << 32;

/// Collects rows and checks them.
class Collector {
 public:
  /// most_values: of scores and labels together; a pickle may refer to one list again and again.
  Collector(const std::string& path, uint64_t most_values) : path_(&path), left_(most_values) {}

  /// The rows of one video: shape [classes] or [clips, classes].
  void add(const PickledArray& array) {
    const size_t axes = array.shape.size();
    if (axes != 1 && axes != 2) bad(fmt::format("an array of {} axes", axes));
    add_rows(array.values, array.shape.back());
    end_video();
  }

  /// `values` holds rows of `classes` values.
  void add_rows(std::span<const double> values, int64_t classes) {
    if (values.empty() || classes < 1) bad("no scores");
    charge(values.size());
    if (result_.num_classes == 0) result_.num_classes = classes;
    if (classes != result_.num_classes) bad(fmt::format("{} classes, the first has {}", classes, result_.num_classes));
    const auto wrong = std::find_if(values.begin(), values.end(), [](double value) { return !std::isfinite(value); });
    if (wrong != values.end()) {
      bad(fmt::format("score of class {} is not a finite number", (wrong - values.begin()) % classes));
    }
    result_.scores.insert(result_.scores.end(), values.begin(), values.end());
  }

  void end_video() {
    const int64_t rows =
        result_.num_classes > 0 ? static_cast<int64_t>(result_.scores.size()) / result_.num_classes : 0;
    if (rows == result_.offsets.back()) bad("no scores");
    result_.offsets.push_back(rows);
  }

  void add_name(std::string_view name) { result_.video_ids.emplace_back(name); }

  void add_labels(std::span<const double> values) {
    charge(values.size());
    std::vector<int64_t> labels;
    constexpr double kLargest = 1e9;
    for (const double value : values) {
      if (!(value >= 0 && value <= kLargest && value == std::floor(value))) bad("a label that is no class");
      labels.push_back(static_cast<int64_t>(value));
    }
    result_.labels.push_back(std::move(labels));
  }

  ScoreExport finish() {
    if (result_.num_videos() == 0) throw DataError(*path_, "holds no scores");
    std::unordered_set<std::string_view> names;
    for (const std::string& name : result_.video_ids) {
      if (!names.insert(name).second) throw DataError(*path_, "names video \"" + printable(name) + "\" twice");
    }
    if (!result_.labels.empty() && static_cast<int64_t>(result_.labels.size()) != result_.num_videos()) {
      throw DataError(*path_, "has labels of some videos only");
    }
    return std::move(result_);
  }

  [[noreturn]] void bad(const std::string& finding) const {
    throw DataError(fmt::format("{}, video {}", *path_, result_.num_videos()), finding);
  }

 private:
  void charge(uint64_t values) {
    if (values > left_) bad("more values than the file has bytes");
    left_ -= values;
  }

  const std::string* path_;
  uint64_t left_;
  ScoreExport result_;
};

/// One array [videos, classes] or [videos, clips, classes].
void add_block(const PickledArray& array, const std::string& path, Collector& collector) {
  const size_t axes = array.shape.size();
  if (axes != 2 && axes != 3) throw DataError(path, fmt::format("holds an array of {} axes, not 2 or 3", axes));
  if (array.values.empty()) throw DataError(path, "holds no scores");
  const auto videos = static_cast<size_t>(array.shape[0]);
  const size_t length = array.values.size() / videos;
  for (size_t v = 0; v < videos; ++v) {
    collector.add_rows(std::span(array.values).subspan(v * length, length), array.shape.back());
    collector.end_video();
  }
}

class PickleScores {
 public:
  PickleScores(const PickleDocument& document, const std::string& path, Collector& collector)
      : document_(&document), arrays_(document, path), path_(&path), collector_(&collector) {}

  void run() {
    const PickleValue& root = document_->root;
    if (arrays_.is_array(root)) return add_block(arrays_.read(root), *path_, *collector_);
    if (root.kind == PickleKind::kDict) {
      const auto& items = document_->items(root);
      for (size_t i = 0; i + 1 < items.size(); i += 2) {
        if (items[i].kind != PickleKind::kText) collector_->bad("a name that is no text");
        collector_->add_name(document_->text(items[i]));
        add_video(items[i + 1]);
      }
      return;
    }
    if (!is_sequence(root))
      throw DataError(*path_, "not a list of scores", "give what a test program wrote with --out");
    for (const PickleValue& video : document_->items(root)) add_video(video);
  }

 private:
  static bool is_sequence(const PickleValue& value) {
    return value.kind == PickleKind::kList || value.kind == PickleKind::kTuple;
  }
  static bool is_number(const PickleValue& value) {
    return value.kind == PickleKind::kReal || value.kind == PickleKind::kInt;
  }

  /// A list of plain numbers or numpy's.
  std::vector<double> numbers(const PickleValue& list) {
    std::vector<double> values;
    for (const PickleValue& item : document_->items(list)) {
      if (is_number(item)) {
        values.push_back(item.kind == PickleKind::kReal ? item.real() : static_cast<double>(item.number));
        continue;
      }
      if (!arrays_.is_array(item)) collector_->bad("something that is no score");
      const PickledArray array = arrays_.read(item);
      if (!array.shape.empty()) collector_->bad("lists and numbers in one row");
      values.push_back(array.values.front());
    }
    return values;
  }

  void add_video(const PickleValue& video) {
    if (video.kind == PickleKind::kDict) return add_result(video);
    if (arrays_.is_array(video)) return collector_->add(arrays_.read(video));
    if (!is_sequence(video)) collector_->bad("not scores but " + what(video));
    for (const PickleValue& row : document_->items(video)) {
      // The first entry tells rows from numbers.
      if (is_sequence(row)) {
        const std::vector<double> values = numbers(row);
        collector_->add_rows(values, static_cast<int64_t>(values.size()));
        continue;
      }
      PickledArray array;
      if (arrays_.is_array(row)) array = arrays_.read(row);
      if (array.shape.size() != 1) {
        if (&row != document_->items(video).data()) collector_->bad("lists and numbers in one video");
        const std::vector<double> values = numbers(video);
        collector_->add_rows(values, static_cast<int64_t>(values.size()));
        break;
      }
      collector_->add_rows(array.values, array.shape[0]);
    }
    collector_->end_video();
  }

  /// mmaction2's result of one video.
  void add_result(const PickleValue& result) {
    const auto scores = field(result, "pred_score", "pred_scores");
    if (!scores || scores->kind == PickleKind::kDict) collector_->bad("a result without pred_score");
    add_video(*scores);
    const auto labels = field(result, "gt_label", "gt_labels");
    if (!labels) return;
    if (is_sequence(*labels)) return collector_->add_labels(numbers(*labels));
    if (is_number(*labels)) {
      const auto label = static_cast<double>(labels->number);
      return collector_->add_labels(std::span(&label, 1));
    }
    if (!arrays_.is_array(*labels)) collector_->bad("a result whose gt_label is no number");
    collector_->add_labels(arrays_.read(*labels).values);
  }

  /// The value under `name`, or that under "item" of `older`.
  std::optional<PickleValue> field(const PickleValue& dict, std::string_view name, std::string_view older) const {
    check_result(dict);
    if (auto value = document_->find(dict, name)) return value;
    const auto group = document_->find(dict, older);
    if (!group || group->kind != PickleKind::kDict) return group;
    check_result(*group);
    return document_->find(*group, "item");
  }

  /// Looking a key up takes time in the number of keys.
  void check_result(const PickleValue& dict) const {
    constexpr size_t kMostItems = 1000;
    if (document_->items(dict).size() > kMostItems) collector_->bad("a dict that is no result of a test program");
  }

  std::string what(const PickleValue& value) const {
    if (value.kind != PickleKind::kCall) return document_->class_of(value);
    return document_->class_of(document_->items(value)[0]);
  }

  const PickleDocument* document_;
  PickleArrays arrays_;
  const std::string* path_;
  Collector* collector_;
};

class JsonScores {
 public:
  explicit JsonScores(Collector& collector) : collector_(&collector) {}

  void run(const Json& root) {
    for (const auto& entry : root.items()) {
      if (root.is_object()) collector_->add_name(entry.key());
      add_video(entry.value());
    }
  }

 private:
  std::vector<double> numbers(const Json& list) const {
    std::vector<double> values;
    for (const Json& item : list) {
      if (!item.is_number()) collector_->bad("something that is no score");
      values.push_back(item.get<double>());
    }
    return values;
  }

  void add_row(const Json& row) {
    const std::vector<double> values = numbers(row);
    collector_->add_rows(values, static_cast<int64_t>(values.size()));
  }

  void add_video(const Json& video) {
    if (video.is_object()) return add_result(video);
    if (!video.is_array()) collector_->bad("not a list of scores");
    if (!video.empty() && video.front().is_array()) {
      for (const Json& row : video) {
        if (!row.is_array()) collector_->bad("lists and numbers in one video");
        add_row(row);
      }
    } else {
      add_row(video);
    }
    collector_->end_video();
  }

  void add_result(const Json& result) {
    const Json* scores = field(result, "pred_score", "pred_scores");
    if (!scores || scores->is_object()) collector_->bad("a result without pred_score");
    add_video(*scores);
    const Json* labels = field(result, "gt_label", "gt_labels");
    if (!labels) return;
    collector_->add_labels(numbers(labels->is_array() ? *labels : Json::array({*labels})));
  }

  static const Json* field(const Json& object, const char* name, const char* older) {
    if (const auto found = object.find(name); found != object.end()) return &*found;
    const auto group = object.find(older);
    if (group == object.end()) return nullptr;
    if (!group->is_object()) return &*group;
    const auto item = group->find("item");
    return item == group->end() ? nullptr : &*item;
  }

  Collector* collector_;
};

/// The first byte that is no blank; 0 if there is none.
uint8_t first_byte(std::span<const uint8_t> bytes) {
  const auto found = std::find_if(bytes.begin(), bytes.end(), [](uint8_t byte) {
    return byte != ' ' && byte != '\t' && byte != '\r' && byte != '\n';
  });
  return found == bytes.end() ? 0 : *found;
}

}  // namespace

ScoreExport read_score_export(const std::string& path) {
  const ByteFile file(path);
  if (file.size() > kLargestFile) throw DataError(path, "is too large for a list of scores");
  const std::vector<uint8_t> bytes = file.read_at(0, file.size());
  Collector collector(path, bytes.size());
  constexpr uint8_t kPickle = 0x80;
  if (const uint8_t first = first_byte(bytes); first == kPickle) {
    const auto document = read_pickle(bytes, path, PickleCalls::kKept);
    if (!document) throw DataError(path, "truncated: its pickle has no end", "copy it again");
    PickleScores(*document, path, collector).run();
  } else if (first == '[' || first == '{') {
    const Json root = store::parse_json(store::JsonText(path, std::string(bytes.begin(), bytes.end())));
    JsonScores(collector).run(root);
  } else {
    throw DataError(path, "neither a pickle of protocol 2 or later nor JSON", "give a list of scores");
  }
  return collector.finish();
}

}  // namespace vs::weights
