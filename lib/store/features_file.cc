#include "lib/store/features_file.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/store/float16.h"
#include "lib/store/json.h"
#include "lib/store/pack_file.h"
#include "lib/store/pack_writer.h"

namespace vs::store {
namespace {

constexpr int kFeaturesVersion = 1;
constexpr float kLargestHalf = 65504;

PackSchema features_schema(const FeaturesInfo& info) {
  if (info.row_values() == 0) throw std::logic_error("a row of features has values");
  PackSchema schema;
  schema.schema = fmt::format("vs.features/{}", kFeaturesVersion);
  schema.attributes = {{"layer", info.layer},
                       {"recipe", info.recipe},
                       {"weights_sha256", info.weights_sha256},
                       {"parameters", info.parameters}};
  std::string axes = "row,channel";
  for (size_t axis = 1; axis < info.row_shape.size(); ++axis) axes += fmt::format(",position {}", axis);
  schema.columns = {
      {.name = "features",
       .type = info.type == FeatureType::kFloat16 ? Type::kFloat16 : Type::kFloat32,
       .units = "1",
       .axes = axes,
       .row_shape = info.row_shape},
      {.name = "frame_index", .type = Type::kInt64, .units = "frame", .axes = "row"},
      {.name = "time_s", .type = Type::kFloat64, .units = "s", .axes = "row"},
      {.name = "offsets",
       .type = Type::kInt64,
       .units = "row",
       .axes = "video",
       .formula = "video v has the rows features[offsets[v]:offsets[v + 1]]",
       .cumulative = true},
      {.name = "video_id", .type = Type::kString, .units = "1", .axes = "video"},
  };
  return schema;
}

}  // namespace

uint64_t FeaturesInfo::row_values() const { return DatasetInfo{Type::kFloat32, row_shape}.size(); }

struct FeaturesWriter::Impl {
  FeaturesInfo info;
  PackWriter pack;
  std::vector<float> values;
  std::vector<Float16> halves;

  void append(std::span<const uint8_t> part, const std::string& video_id) {
    values.resize(part.size() / sizeof(float));
    std::memcpy(values.data(), part.data(), values.size() * sizeof(float));
    const bool half = info.type == FeatureType::kFloat16;
    for (const float value : values) {
      if (!std::isfinite(value)) throw DataError(video_id, "a feature is not finite", "see the weights");
      if (half && std::fabs(value) > kLargestHalf)
        throw DataError(video_id, fmt::format("a feature of {:g} is beyond float16", value), "use --dtype float32");
    }
    if (!half) return pack.append<float>("features", values);
    halves.clear();
    for (const float value : values) halves.push_back(to_float16(value));
    pack.append<Float16>("features", halves);
  }
};

FeaturesWriter::FeaturesWriter(std::string path, const FeaturesInfo& info, const Json& key, bool force)
    : impl_(new Impl{info, PackWriter(std::move(path), features_schema(info), key, force), {}, {}}) {}
FeaturesWriter::FeaturesWriter(FeaturesWriter&&) noexcept = default;
FeaturesWriter& FeaturesWriter::operator=(FeaturesWriter&&) noexcept = default;
FeaturesWriter::~FeaturesWriter() = default;

uint64_t FeaturesWriter::first() const { return impl_->pack.first(); }
ItemRunResult FeaturesWriter::before(const std::vector<Item>& items) const { return impl_->pack.before(items); }

void FeaturesWriter::add(const ItemOutcome& outcome, const VideoFeatures& video, const ByteSpool& values) {
  const size_t rows = video.frame_index.size();
  if (video.time_s.size() != rows || values.size() != rows * impl_->info.row_values() * sizeof(float))
    throw std::logic_error("rows and their values differ in number");
  static_assert(ByteSpool::kBlockBytes % sizeof(float) == 0, "no value lies in two parts");
  PackWriter& pack = impl_->pack;
  values.for_each_part([&](std::span<const uint8_t> part) { impl_->append(part, video.video_id); });
  pack.append<int64_t>("frame_index", video.frame_index);
  pack.append<double>("time_s", video.time_s);
  pack.append_one<int64_t>("offsets", static_cast<int64_t>(rows));
  pack.append_text("video_id", video.video_id);
  pack.end_item(outcome);
}

void FeaturesWriter::fail(const ItemOutcome& outcome, const std::string& reason) {
  impl_->pack.fail_item(outcome, reason);
}

void FeaturesWriter::finish(const Json& inner_manifest) { impl_->pack.finish(inner_manifest); }
void FeaturesWriter::done() { impl_->pack.done(); }

struct FeaturesFile::Impl {
  H5File file;
  VideoIndex videos;
  FeaturesInfo info;
  std::vector<int64_t> offsets;

  std::string attribute(const std::string& name) const {
    if (!file.has_attribute("/", name)) throw DataError(file.path(), "has no attribute \"" + name + "\"");
    return file.read_text("/", name);
  }

  explicit Impl(const std::string& path)
      : file(open_pack(path, "vs.features", kFeaturesVersion,
                       {"features", "frame_index", "time_s", "offsets", "video_id"})),
        videos(file) {
    info.layer = attribute("layer");
    info.recipe = attribute("recipe");
    info.weights_sha256 = attribute("weights_sha256");
    info.parameters = attribute("parameters");
    parse_json(JsonText(path + ", parameters", info.parameters));
    const DatasetInfo dataset = file.info("features");
    if (dataset.type != Type::kFloat32 && dataset.type != Type::kFloat16)
      throw DataError(path, "dataset \"features\" holds neither float32 nor float16");
    info.type = dataset.type == Type::kFloat16 ? FeatureType::kFloat16 : FeatureType::kFloat32;
    if (dataset.shape.size() < 2) throw DataError(path, "dataset \"features\" has no rows");
    info.row_shape.assign(dataset.shape.begin() + 1, dataset.shape.end());
    if (info.row_values() == 0) throw DataError(path, "dataset \"features\" has rows without values");
    offsets = read_offsets(file, "offsets", videos.size(), dataset.shape[0]);
    if (count_rows(file, "frame_index") != dataset.shape[0] || count_rows(file, "time_s") != dataset.shape[0])
      throw DataError(path, "datasets of rows differ in length");
  }

  uint64_t begin(int64_t video) const {
    videos.check(video);
    return static_cast<uint64_t>(offsets[static_cast<size_t>(video)]);
  }
  uint64_t count(int64_t video) const {
    return static_cast<uint64_t>(offsets[static_cast<size_t>(video) + 1]) - begin(video);
  }
};

FeaturesFile::FeaturesFile(const std::string& path) : impl_(std::make_unique<Impl>(path)) {}
FeaturesFile::FeaturesFile(FeaturesFile&&) noexcept = default;
FeaturesFile& FeaturesFile::operator=(FeaturesFile&&) noexcept = default;
FeaturesFile::~FeaturesFile() = default;

const FeaturesInfo& FeaturesFile::info() const { return impl_->info; }
int64_t FeaturesFile::num_videos() const { return static_cast<int64_t>(impl_->videos.size()); }
const std::vector<std::string>& FeaturesFile::video_ids() const { return impl_->videos.ids(); }
int64_t FeaturesFile::find(const std::string& video_id) const { return impl_->videos.find(video_id); }

int64_t FeaturesFile::num_rows(int64_t video) const {
  impl_->videos.check(video);
  return static_cast<int64_t>(impl_->count(video));
}

VideoFeatures FeaturesFile::video(int64_t video) const {
  const uint64_t begin = impl_->begin(video), count = impl_->count(video);
  return {impl_->videos.ids()[static_cast<size_t>(video)], impl_->file.read_rows<int64_t>("frame_index", begin, count),
          impl_->file.read_rows<double>("time_s", begin, count)};
}

std::vector<float> FeaturesFile::rows(int64_t video, int64_t begin, int64_t count) const {
  const int64_t there = num_rows(video);
  if (begin < 0 || count < 0 || begin > there || count > there - begin)
    throw std::logic_error("rows beyond those of the video");
  return impl_->file.read_rows<float>("features", impl_->begin(video) + static_cast<uint64_t>(begin),
                                      static_cast<uint64_t>(count));
}

}  // namespace vs::store
