#include "lib/store/scores_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/sha256.h"
#include "lib/core/text.h"
#include "lib/store/json.h"
#include "lib/store/pack_file.h"
#include "lib/store/pack_writer.h"

namespace vs::store {
namespace {

constexpr int kScoresVersion = 1;
constexpr uint64_t kPatchAxes = 2;

constexpr std::array<std::string_view, 2> kKindNames{"logits", "probabilities"};
constexpr std::array<std::string_view, 3> kAverageNames{"prob", "score", "none"};

template <class Enum, size_t kCount>
std::string name_of(Enum value, const std::array<std::string_view, kCount>& names) {
  return std::string(names[static_cast<size_t>(value)]);
}

Column offsets_column(const std::string& name, const char* units, const char* axes, const std::string& formula) {
  return {.name = name, .type = Type::kInt64, .units = units, .axes = axes, .formula = formula, .cumulative = true};
}

PackSchema scores_schema(const ScoresInfo& info) {
  const auto classes = static_cast<uint64_t>(info.num_classes);
  PackSchema schema;
  schema.schema = fmt::format("vs.scores/{}", kScoresVersion);
  schema.attributes = {{"values", name_of(info.kind, kKindNames)},
                       {"average", name_of(info.average, kAverageNames)},
                       {"classes", class_names_hash(info.class_names)},
                       {"recipe", info.recipe},
                       {"parameters", info.parameters}};
  schema.texts = {{"class_names", "class", info.class_names}};
  schema.columns = {
      {.name = "scores", .type = Type::kFloat32, .units = "1", .axes = "row, class", .row_shape = {classes}},
      offsets_column("offsets", "row", "video", "video v has the rows scores[offsets[v]:offsets[v + 1]]"),
      {.name = "video_id", .type = Type::kString, .units = "1", .axes = "video"},
      {.name = "gflops", .type = Type::kFloat64, .units = "10^9 multiply-adds", .axes = "video"},
      offsets_column("label_offsets", "label", "video",
                     "video v has the labels labels[label_offsets[v]:label_offsets[v + 1]]"),
      {.name = "labels", .type = Type::kInt64, .units = "class", .axes = "label"}};
  if (info.has_picks) {
    schema.columns.push_back(offsets_column(
        "pick_offsets", "pick", "row", "row r looked at the frames pick_frames[pick_offsets[r]:pick_offsets[r + 1]]"));
    schema.columns.push_back({.name = "pick_frames", .type = Type::kInt64, .units = "frame", .axes = "pick"});
  }
  if (info.patch_size > 0) {
    schema.attributes.emplace_back("patch_size", std::to_string(info.patch_size));
    schema.columns.push_back({.name = "pick_patches",
                              .type = Type::kFloat32,
                              .units = "pixel",
                              .axes = "pick, (y, x)",
                              .row_shape = {kPatchAxes}});
  }
  if (info.num_stages > 0) {
    schema.columns.push_back({.name = "stage_logits",
                              .type = Type::kFloat32,
                              .units = "1",
                              .axes = "video, stage, class",
                              .row_shape = {static_cast<uint64_t>(info.num_stages), classes}});
  }
  return schema;
}

void check_info(const ScoresInfo& info, const std::string& path) {
  if (info.num_classes < 1) throw UsageError(path, fmt::format("scores of {} classes", info.num_classes));
  if (!info.class_names.empty() && static_cast<int64_t>(info.class_names.size()) != info.num_classes) {
    throw UsageError(path, fmt::format("{} class names for {} classes", info.class_names.size(), info.num_classes),
                     "give the label map that the network was trained with");
  }
  if (info.num_stages < 0 || info.patch_size < 0) throw UsageError(path, "a count is negative");
  if (info.patch_size > 0 && !info.has_picks) throw UsageError(path, "patches are kept without their frames");
}

/// Refuses what is not finite in rows of `classes` values; `row_name` says what a row is.
void check_finite(const std::vector<float>& values, size_t classes, const std::string& place, const char* row_name) {
  const auto bad = std::find_if(values.begin(), values.end(), [](float value) { return !std::isfinite(value); });
  if (bad == values.end()) return;
  const auto index = static_cast<size_t>(bad - values.begin());
  throw DataError(place, fmt::format("score of class {} in {} {} is not a finite number", index % classes, row_name,
                                     index / classes));
}

void check_labels(const std::vector<int64_t>& labels, int64_t classes, const std::string& place) {
  for (const int64_t label : labels) {
    if (label >= 0 && label < classes) continue;
    throw DataError(place, fmt::format("label {} is not in 0..{}", label, classes - 1),
                    "scores and labels must be of the same class list");
  }
}

void check_picks(const VideoScores& video, const std::string& place) {
  if (std::any_of(video.pick_frames.begin(), video.pick_frames.end(), [](int64_t frame) { return frame < 0; }))
    throw DataError(place, "a picked frame is negative");
  if (!std::all_of(video.pick_patches.begin(), video.pick_patches.end(), [](float at) { return std::isfinite(at); }))
    throw DataError(place, "place of a patch is not finite");
}

}  // namespace

std::string class_names_hash(const std::vector<std::string>& names) {
  if (names.empty()) return "";
  Sha256 hash;
  for (const std::string& name : names) {
    // With its length before it: no two lists look the same.
    const std::string text = fmt::format("{}:{}", name.size(), name);
    hash.update({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  }
  return hash.finish();
}

nlohmann::ordered_json describe_scores(const ScoresInfo& info) {
  return {{"classes", info.num_classes},
          {"class names", class_names_hash(info.class_names)},
          {"values", name_of(info.kind, kKindNames)},
          {"average", name_of(info.average, kAverageNames)},
          {"recipe", info.recipe},
          {"parameters", parse_json(JsonText("parameters", info.parameters))},
          {"stages", info.num_stages},
          {"picks", info.has_picks},
          {"patch size", info.patch_size}};
}

struct ScoresWriter::Impl {
  ScoresInfo info;
  PackWriter pack;

  Impl(const ScoresInfo& file_info, PackWriter writer) : info(file_info), pack(std::move(writer)) {}

  /// Sizes are the caller's fault, values the video's.
  void check(const VideoScores& video) const {
    const auto classes = static_cast<size_t>(info.num_classes);
    const size_t rows = video.scores.size() / classes;
    int64_t picks = 0;
    for (const int64_t count : video.pick_counts) picks += count;
    const bool counts_fit = info.has_picks ? video.pick_counts.size() == rows &&
                                                 static_cast<int64_t>(video.pick_frames.size()) == picks &&
                                                 std::all_of(video.pick_counts.begin(), video.pick_counts.end(),
                                                             [](int64_t count) { return count >= 0; })
                                           : video.pick_counts.empty() && video.pick_frames.empty();
    const size_t corners = info.patch_size > 0 ? kPatchAxes * video.pick_frames.size() : 0;
    if (rows == 0 || video.scores.size() % classes != 0 || !counts_fit || video.pick_patches.size() != corners ||
        video.stage_logits.size() != static_cast<size_t>(info.num_stages) * classes)
      throw std::logic_error("scores of a video do not fit the file");
    if (video.video_id.empty()) throw std::logic_error("scores of a video without a name");
    check_finite(video.scores, classes, video.video_id, "row");
    check_finite(video.stage_logits, classes, video.video_id, "stage");
    check_labels(video.labels, info.num_classes, video.video_id);
    check_picks(video, video.video_id);
  }
};

ScoresWriter::ScoresWriter(std::string path, const ScoresInfo& info, const nlohmann::ordered_json& key, bool force) {
  check_info(info, path);
  impl_ = std::make_unique<Impl>(info, PackWriter(std::move(path), scores_schema(info), key, force));
}
ScoresWriter::ScoresWriter(ScoresWriter&&) noexcept = default;
ScoresWriter& ScoresWriter::operator=(ScoresWriter&&) noexcept = default;
ScoresWriter::~ScoresWriter() = default;

uint64_t ScoresWriter::first() const { return impl_->pack.first(); }
ItemRunResult ScoresWriter::before(const std::vector<Item>& items) const { return impl_->pack.before(items); }

void ScoresWriter::add(const ItemOutcome& outcome, const VideoScores& video) {
  impl_->check(video);
  const ScoresInfo& info = impl_->info;
  PackWriter& pack = impl_->pack;
  pack.append<float>("scores", video.scores);
  pack.append_one<int64_t>("offsets", static_cast<int64_t>(video.scores.size()) / info.num_classes);
  pack.append_text("video_id", video.video_id);
  pack.append_one<double>("gflops", video.gflops);
  pack.append_one<int64_t>("label_offsets", static_cast<int64_t>(video.labels.size()));
  pack.append<int64_t>("labels", video.labels);
  if (info.has_picks) {
    pack.append<int64_t>("pick_offsets", video.pick_counts);
    pack.append<int64_t>("pick_frames", video.pick_frames);
  }
  if (info.patch_size > 0) pack.append<float>("pick_patches", video.pick_patches);
  if (info.num_stages > 0) pack.append<float>("stage_logits", video.stage_logits);
  pack.end_item(outcome);
}

void ScoresWriter::fail(const ItemOutcome& outcome, const std::string& reason) {
  impl_->pack.fail_item(outcome, reason);
}
void ScoresWriter::finish(const nlohmann::ordered_json& inner_manifest) { impl_->pack.finish(inner_manifest); }
void ScoresWriter::done() { impl_->pack.done(); }

struct ScoresFile::Impl {
  H5File file;
  VideoIndex videos;
  ScoresInfo info;
  std::vector<int64_t> offsets, label_offsets, labels, pick_offsets;
  std::vector<double> gflops;

  explicit Impl(const std::string& path)
      : file(open_pack(path, "vs.scores", kScoresVersion,
                       {"scores", "offsets", "video_id", "gflops", "label_offsets", "labels", "class_names"})),
        videos(file) {
    const std::vector<uint64_t> shape = shape_of("scores", 2);
    info.num_classes = static_cast<int64_t>(shape[1]);
    if (shape[1] == 0) throw DataError(path, "scores of no classes");
    info.kind = static_cast<ScoreKind>(choice("values", kKindNames));
    info.average = static_cast<RowAverage>(choice("average", kAverageNames));
    info.recipe = attribute("recipe");
    info.parameters = attribute("parameters");
    parse_json(JsonText(path + ", parameters", info.parameters));
    info.class_names = file.read_strings("class_names");
    if (!info.class_names.empty() && info.class_names.size() != shape[1])
      throw DataError(path, fmt::format("{} class names for {} classes", info.class_names.size(), shape[1]));
    if (attribute("classes") != class_names_hash(info.class_names))
      throw DataError(path, "its class names are not those that its hash says");
    offsets = read_offsets(file, "offsets", videos.size(), shape[0]);
    for (size_t v = 0; v + 1 < offsets.size(); ++v) {
      if (offsets[v] == offsets[v + 1]) throw DataError(path, "has no scores of " + name(v));
    }
    label_offsets = read_offsets(file, "label_offsets", videos.size(), count_rows(file, "labels"));
    labels = file.read<int64_t>("labels");
    check_labels(labels, info.num_classes, path);
    if (count_rows(file, "gflops") != videos.size()) throw DataError(path, "datasets of videos differ in length");
    gflops = file.read<double>("gflops");
    open_picks(shape[0]);
    if (!file.has_dataset("stage_logits")) return;
    const std::vector<uint64_t> stages = shape_of("stage_logits", 3);
    if (stages[0] != videos.size() || stages[1] == 0 || stages[2] != shape[1])
      throw DataError(path, "dataset \"stage_logits\" has another shape than the scores");
    info.num_stages = static_cast<int64_t>(stages[1]);
  }

  void open_picks(uint64_t rows) {
    info.has_picks = file.has_dataset("pick_frames");
    if (!info.has_picks) return;
    if (!file.has_dataset("pick_offsets")) throw DataError(file.path(), "has no dataset \"pick_offsets\"");
    const uint64_t picks = count_rows(file, "pick_frames");
    pick_offsets = read_offsets(file, "pick_offsets", rows, picks);
    if (!file.has_dataset("pick_patches")) return;
    if (shape_of("pick_patches", 2) != std::vector<uint64_t>{picks, kPatchAxes})
      throw DataError(file.path(), "dataset \"pick_patches\" has another shape than the picks");
    const auto size = parse_integer(attribute("patch_size"));
    if (!size || *size < 1) throw DataError(file.path(), "patch_size is no size");
    info.patch_size = *size;
  }

  std::string name(size_t video) const { return "\"" + printable(videos.ids()[video]) + "\""; }

  std::string attribute(const std::string& attribute_name) const {
    if (!file.has_attribute("/", attribute_name))
      throw DataError(file.path(), "has no attribute \"" + attribute_name + "\"");
    return file.read_text("/", attribute_name);
  }

  template <size_t kCount>
  size_t choice(const std::string& attribute_name, const std::array<std::string_view, kCount>& names) const {
    const std::string value = attribute(attribute_name);
    const auto found = std::find(names.begin(), names.end(), value);
    if (found == names.end())
      throw DataError(file.path(), fmt::format("{} \"{}\" is unknown", attribute_name, printable(value)));
    return static_cast<size_t>(found - names.begin());
  }

  std::vector<uint64_t> shape_of(const std::string& dataset, size_t axes) const {
    std::vector<uint64_t> shape = file.info(dataset).shape;
    if (shape.size() != axes)
      throw DataError(file.path(), fmt::format("dataset \"{}\" has {} axes, not {}", dataset, shape.size(), axes));
    return shape;
  }

  /// Rows [begin, end) of a dataset of scores, all of one video.
  std::vector<float> read_finite(const std::string& dataset, size_t video, uint64_t begin, uint64_t end,
                                 const char* row_name) const {
    auto values = file.read_rows<float>(dataset, begin, end - begin);
    check_finite(values, static_cast<size_t>(info.num_classes), file.path() + ", " + name(video), row_name);
    return values;
  }

  std::vector<float> read_all(const std::string& dataset) const {
    auto values = file.read<float>(dataset);
    if (std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); })) return values;
    for (size_t v = 0; v < videos.size(); ++v) read_video(v);  // finds the one
    return values;
  }

  VideoScores read_video(size_t at) const {
    const auto begin = static_cast<uint64_t>(offsets[at]), end = static_cast<uint64_t>(offsets[at + 1]);
    VideoScores video;
    video.video_id = videos.ids()[at];
    video.scores = read_finite("scores", at, begin, end, "row");
    video.labels.assign(labels.begin() + label_offsets[at], labels.begin() + label_offsets[at + 1]);
    video.gflops = gflops[at];
    if (info.has_picks) {
      for (uint64_t row = begin; row < end; ++row)
        video.pick_counts.push_back(pick_offsets[row + 1] - pick_offsets[row]);
      const auto first = static_cast<uint64_t>(pick_offsets[begin]);
      const uint64_t picks = static_cast<uint64_t>(pick_offsets[end]) - first;
      video.pick_frames = file.read_rows<int64_t>("pick_frames", first, picks);
      if (info.patch_size > 0) video.pick_patches = file.read_rows<float>("pick_patches", first, picks);
      check_picks(video, file.path() + ", " + name(at));
    }
    if (info.num_stages > 0) video.stage_logits = read_finite("stage_logits", at, at, at + 1, "stage");
    return video;
  }
};

ScoresFile::ScoresFile(const std::string& path) : impl_(std::make_unique<Impl>(path)) {}
ScoresFile::ScoresFile(ScoresFile&&) noexcept = default;
ScoresFile& ScoresFile::operator=(ScoresFile&&) noexcept = default;
ScoresFile::~ScoresFile() = default;

const ScoresInfo& ScoresFile::info() const { return impl_->info; }
int64_t ScoresFile::num_videos() const { return static_cast<int64_t>(impl_->videos.size()); }
const std::vector<std::string>& ScoresFile::video_ids() const { return impl_->videos.ids(); }
int64_t ScoresFile::find(const std::string& video_id) const { return impl_->videos.find(video_id); }

VideoScores ScoresFile::video(int64_t video) const {
  impl_->videos.check(video);
  return impl_->read_video(static_cast<size_t>(video));
}

const std::vector<int64_t>& ScoresFile::offsets() const { return impl_->offsets; }
std::vector<float> ScoresFile::scores() const { return impl_->read_all("scores"); }
const std::vector<double>& ScoresFile::gflops() const { return impl_->gflops; }

std::vector<std::vector<int64_t>> ScoresFile::labels() const {
  std::vector<std::vector<int64_t>> lists;
  for (size_t v = 0; v < impl_->videos.size(); ++v) {
    lists.emplace_back(impl_->labels.begin() + impl_->label_offsets[v],
                       impl_->labels.begin() + impl_->label_offsets[v + 1]);
  }
  return lists;
}

std::vector<float> ScoresFile::stage_logits() const {
  return impl_->info.num_stages > 0 ? impl_->read_all("stage_logits") : std::vector<float>();
}

}  // namespace vs::store
