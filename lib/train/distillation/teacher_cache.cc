#include "lib/train/distillation/teacher_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/progress.h"
#include "lib/core/text.h"
#include "lib/evaluate/batch_runner.h"
#include "lib/evaluate/experiment.h"
#include "lib/nn/device_option.h"
#include "lib/store/float16.h"
#include "lib/store/h5.h"
#include "lib/store/item_log.h"
#include "lib/store/json.h"
#include "lib/store/manifest.h"
#include "lib/store/pack_file.h"
#include "lib/store/pack_writer.h"
#include "lib/train/loop/autocast.h"

namespace vs::train {
namespace {

using store::Json;

constexpr int kVersion = 1;
constexpr float kLargestHalf = 65504;
constexpr uint64_t kHeldBytes = uint64_t{512} << 20, kLargeRow = uint64_t{64} << 10;

std::vector<std::string> columns_of(const std::vector<DistillationTerm>& terms) {
  std::vector<std::string> names;
  for (const DistillationTerm& term : terms) names.push_back(name_of(term.part));
  return names;
}

const char* axes_of(DistilledPart part) {
  switch (part) {
    case DistilledPart::kFeatures:
      return "row,clip,channel,time,height,width";
    case DistilledPart::kPooledFeatures:
      return "row,clip,channel";
    case DistilledPart::kScoreMaps:
      return "row,clip,class,time,height,width";
    case DistilledPart::kScores:
      break;
  }
  return "row,clip,class";
}

using Shapes = std::vector<std::vector<int64_t>>;

store::PackSchema schema_of(const std::vector<DistillationTerm>& terms, const Shapes& shapes, const Json& key,
                            bool half) {
  store::PackSchema schema;
  schema.schema = fmt::format("vs.teacher/{}", kVersion);
  schema.attributes = {{"key", key.dump()}};
  for (size_t i = 0; i < terms.size(); ++i) {
    store::Column column{.name = name_of(terms[i].part),
                         .type = half ? store::Type::kFloat16 : store::Type::kFloat32,
                         .units = "1",
                         .axes = axes_of(terms[i].part)};
    uint64_t values = 1;
    for (const int64_t extent : shapes[i]) {
      column.row_shape.push_back(static_cast<uint64_t>(extent));
      values *= static_cast<uint64_t>(extent);
    }
    // A video's outputs are what one read takes.
    if (values * sizeof(float) > kLargeRow) column.layout.chunk_rows = 1;
    schema.columns.push_back(std::move(column));
  }
  schema.columns.push_back({.name = "video_id", .type = store::Type::kString, .units = "1", .axes = "row"});
  schema.columns.push_back({.name = "view", .type = store::Type::kInt64, .units = "1", .axes = "row"});
  return schema;
}

/// All views of all videos, view by view.
class Places {
 public:
  Places(const data::Dataset& data, int64_t views) : data_(data), views_(static_cast<uint64_t>(views)) {}
  uint64_t size() const { return views_ * data_.items.size(); }
  data::LoadRequest at(uint64_t number) const {
    return {static_cast<int64_t>(number % data_.items.size()), number / data_.items.size()};
  }
  const data::DataItem& item(uint64_t number) const { return data_.items[number % data_.items.size()]; }
  uint64_t view(uint64_t number) const { return number / data_.items.size(); }

 private:
  const data::Dataset& data_;
  uint64_t views_;
};

/// Runs the teacher on samples as they come, several at once, and writes what it says in their order.
class OutputWriter {
 public:
  OutputWriter(const PreparedTraining& run, TaughtTask& task, const Places& places, bool half)
      : run_(run), task_(task), places_(places), half_(half) {}

  /// Shapes of what one video gives.
  Shapes shapes_of(data::Sample sample) {
    Shapes shapes;
    waiting_ = {kept_input_of(sample)};
    for (const at::Tensor& target : taught()) shapes.push_back(target.sizes().slice(1).vec());
    waiting_.clear();
    return shapes;
  }
  void begin(store::PackWriter& pack, Shapes shapes, uint64_t first) {
    pack_ = &pack;
    shapes_ = std::move(shapes);
    next_ = first;
  }
  void add(data::Sample sample) {
    if (!sample.failure.empty()) {
      flush();
      pack_->fail_item(outcome(next_), sample.failure);
      run_.log.warning(sample.failure);
      ++failed_;
      ++next_;
      return;
    }
    waiting_.push_back(kept_input_of(sample));
    if (static_cast<int64_t>(waiting_.size()) == run_.batch_size) flush();
  }
  void flush() {
    if (waiting_.empty()) return;
    std::vector<at::Tensor> targets = taught();
    const size_t videos = waiting_.size();
    for (size_t v = 0; v < videos; ++v, ++next_) {
      for (size_t i = 0; i < targets.size(); ++i) append(i, targets[i][static_cast<int64_t>(v)]);
      pack_->append_text("video_id", places_.item(next_).id);
      pack_->append_one<int64_t>("view", static_cast<int64_t>(places_.view(next_)));
      pack_->end_item(outcome(next_));
    }
    waiting_.clear();
  }
  int64_t num_failed() const { return failed_; }

 private:
  /// Input that does not share the sample's memory, or keeps it on the GPU where it is.
  at::Tensor kept_input_of(data::Sample& sample) const {
    const at::Tensor input = evaluate::input_of(sample.input, run_.layout, run_.device);
    return input.is_cpu() ? input.clone() : input;
  }
  std::vector<at::Tensor> taught() {
    const Autocast autocast(run_.device.type(), run_.dtype);
    std::vector<at::Tensor> targets = task_.teach(evaluate::stacked(waiting_, run_.device).to(run_.device));
    for (at::Tensor& target : targets) target = target.to(at::kCPU, at::kFloat).contiguous();
    return targets;
  }
  store::ItemOutcome outcome(uint64_t number) {
    item_ = {.id = fmt::format("{} view {}", places_.item(number).id, places_.view(number)),
             .path = places_.item(number).place.path};
    return {&item_, number, std::nullopt};
  }
  void append(size_t column, const at::Tensor& row) {
    const std::string& id = places_.item(next_).id;
    if (row.sizes() != at::IntArrayRef(shapes_[column]))
      throw DataError(id,
                      fmt::format("the teacher gives [{}] where others have [{}]", fmt::join(row.sizes(), ", "),
                                  fmt::join(shapes_[column], ", ")),
                      "the training pipeline must end in one size");
    const std::span<const float> values(row.const_data_ptr<float>(), static_cast<size_t>(row.numel()));
    halves_.clear();
    for (const float value : values) {
      if (!std::isfinite(value)) throw DataError(id, "an output of the teacher is not finite", "see its weights");
      if (!half_) continue;
      if (std::fabs(value) > kLargestHalf)
        throw DataError(id, fmt::format("an output of {:g} is beyond float16", value), "--cache-dtype float32");
      halves_.push_back(store::to_float16(value));
    }
    const std::string& name = name_of(task_.options().terms[column].part);
    if (half_) {
      pack_->append<store::Float16>(name, halves_);
    } else {
      pack_->append<float>(name, values);
    }
  }

  const PreparedTraining& run_;
  TaughtTask& task_;
  const Places& places_;
  bool half_;
  store::PackWriter* pack_ = nullptr;
  Shapes shapes_;
  std::vector<at::Tensor> waiting_;
  std::vector<store::Float16> halves_;
  store::Item item_;
  uint64_t next_ = 0;
  int64_t failed_ = 0;
};

/// Shapes of the outputs for the first video that can be read.
Shapes first_shapes(const PreparedTraining& run, const Places& places, OutputWriter& outputs) {
  Shapes shapes;
  data::LoaderOptions loading = run.loading;
  loading.workers = 0;
  std::string reason;
  data::load(
      run.data, run.data.items.size(), [&](uint64_t number) { return places.at(number); }, run.maker, loading,
      [&](data::Sample sample) {
        if (!sample.failure.empty()) {
          if (reason.empty()) reason = sample.failure;
          return true;
        }
        shapes = outputs.shapes_of(std::move(sample));
        return false;
      });
  if (shapes.empty()) throw DataError(run.data.annotations, "no video can be read, the first because of: " + reason);
  return shapes;
}

}  // namespace

Json cache_key(const PreparedTraining& run, const TeachingOptions& options, const Json& reading, bool half) {
  Json parts = Json::array();
  for (const auto& name : columns_of(options.terms)) parts.push_back(name);
  return {{"teacher",
           {{"model", run.document.at("train").at("distillation").at("teacher").at("model")},
            {"sha256", store::file_record(options.teacher_weights).sha256}}},
          {"parts", parts},
          {"teacher_size", options.teacher_size},
          {"views", options.views},
          {"seed", run.seed},
          {"pipeline", run.document.at("data").at("train")},
          {"videos", run.data_hash},
          {"reading", reading},
          {"dtype", nn::name_of_dtype(run.dtype)},
          {"stored", half ? "float16" : "float32"}};
}

bool cache_is_there(const std::string& path) { return std::filesystem::exists(path); }

void compute_teacher_outputs(const PreparedTraining& run, TaughtTask& task, const CacheOptions& options,
                             const Json& key, const std::vector<std::string>& command) {
  const TeachingOptions& teaching = task.options();
  const Places places(run.data, teaching.views);
  OutputWriter outputs(run, task, places, options.half);
  const Shapes shapes = first_shapes(run, places, outputs);
  store::PackWriter pack(options.path, schema_of(teaching.terms, shapes, key, options.half), key, options.force);
  const uint64_t first = pack.first();
  run.log.info(fmt::format("the teacher looks at {} views of {} videos{}", teaching.views, run.data.items.size(),
                           first > 0 ? fmt::format(", {} of them are done", first) : ""));
  outputs.begin(pack, shapes, first);
  Progress progress(run.log, places.size() - first, "views");
  data::load(
      run.data, places.size() - first, [&](uint64_t number) { return places.at(first + number); }, run.maker,
      run.loading,
      [&](data::Sample sample) {
        outputs.add(std::move(sample));
        progress.add(1);
        return true;
      });
  outputs.flush();
  progress.finish();
  store::Manifest manifest(run.log.program(), command, key, key);
  manifest.set_seed(run.seed);
  manifest.add_input(teaching.teacher_weights);
  manifest.set_outcome(
      {.done = static_cast<int64_t>(places.size()) - outputs.num_failed(), .failed = outputs.num_failed()}, {});
  pack.finish(manifest.inner_document(std::filesystem::path(options.path).parent_path().string()));
  manifest.add_output(options.path);
  manifest.write(store::manifest_path(options.path, false));
  pack.done();
}

struct TeacherFile::Impl {
  struct Column {
    std::string name;
    std::vector<int64_t> row_shape;
    at::Tensor held;  ///< all rows; undefined where they are read one by one
  };

  store::H5File file;
  const data::Dataset& data;
  std::vector<Column> columns;
  std::vector<int64_t> rows;  ///< of view * items + item; -1: none

  at::Tensor row(const Column& column, int64_t number) const {
    if (column.held.defined()) return column.held[number];
    const std::vector<float> values = file.read_rows<float>(column.name, static_cast<uint64_t>(number), 1);
    return at::tensor(values).view(column.row_shape);
  }
};

TeacherFile::TeacherFile(const std::string& path, const Json& key, const std::vector<DistillationTerm>& terms,
                         const data::Dataset& data, int64_t views) {
  std::vector<std::string> needed = columns_of(terms);
  const std::vector<std::string> names = needed;
  needed.insert(needed.end(), {"video_id", "view"});
  store::H5File file = store::open_pack(path, "vs.teacher", kVersion, {});
  if (!file.has_attribute("/", "key")) throw DataError(path, "has no attribute \"key\"");
  const Json found = store::parse_json(store::JsonText(path + ", key", file.read_text("/", "key")));
  if (const auto difference = store::first_difference(found, key))
    throw UsageError("--cache-teacher " + path, "is of another teacher, or other views: " + *difference,
                     "name another file, or --force computes it again");
  for (const auto& name : needed) {
    if (!file.has_dataset(name)) throw DataError(path, "has no dataset \"" + name + "\"");
  }
  impl_ = std::make_unique<Impl>(Impl{std::move(file), data, {}, {}});
  const std::vector<std::string> ids = impl_->file.read_strings("video_id");
  const std::vector<int64_t> of_view = impl_->file.read<int64_t>("view");
  uint64_t bytes = 0;
  for (const auto& name : names) bytes += impl_->file.info(name).size() * sizeof(float);
  for (const auto& name : names) {
    const store::DatasetInfo info = impl_->file.info(name);
    if (info.shape.size() < 2 || info.shape[0] != ids.size() || of_view.size() != ids.size())
      throw DataError(path, "dataset \"" + name + "\" has another number of rows than there are videos");
    Impl::Column column{name, {info.shape.begin() + 1, info.shape.end()}, {}};
    if (bytes <= kHeldBytes) {
      std::vector<int64_t> shape(info.shape.begin(), info.shape.end());
      column.held = at::tensor(impl_->file.read<float>(name)).view(shape);
    }
    impl_->columns.push_back(std::move(column));
  }
  std::unordered_map<std::string, size_t> places;
  for (size_t i = 0; i < data.items.size(); ++i) places.emplace(data.items[i].id, i);
  impl_->rows.assign(data.items.size() * static_cast<size_t>(views), -1);
  for (size_t row = 0; row < ids.size(); ++row) {
    const auto place = places.find(ids[row]);
    if (place == places.end() || of_view[row] < 0 || of_view[row] >= views)
      throw DataError(
          path, fmt::format("holds view {} of \"{}\", which is none of the run's", of_view[row], printable(ids[row])));
    impl_->rows[static_cast<size_t>(of_view[row]) * data.items.size() + place->second] = static_cast<int64_t>(row);
  }
}

TeacherFile::~TeacherFile() = default;

std::vector<at::Tensor> TeacherFile::of(const std::vector<int64_t>& items, int64_t view) {
  std::vector<at::Tensor> targets;
  for (const Impl::Column& column : impl_->columns) {
    std::vector<at::Tensor> rows;
    for (const int64_t item : items) {
      const size_t place = static_cast<size_t>(view) * impl_->data.items.size() + static_cast<size_t>(item);
      const int64_t row = impl_->rows.at(place);
      if (row < 0)
        throw DataError(impl_->data.items[static_cast<size_t>(item)].id,
                        fmt::format("{} has no view {} of it: it could not be read then", impl_->file.path(), view),
                        "compute the file anew with --force");
      rows.push_back(impl_->row(column, row));
    }
    targets.push_back(at::stack(rows));
  }
  return targets;
}

}  // namespace vs::train
