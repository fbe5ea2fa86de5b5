#include "lib/store/motion_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/store/json.h"
#include "lib/store/pack_file.h"
#include "lib/store/pack_writer.h"

namespace vs::store {
namespace {

constexpr int kMotionVersion = 1;

std::string extra_name(const std::string& method) { return "motion_" + method; }

Column values_column(const std::string& name, const MotionInfo& info, const std::string& formula) {
  return {.name = name,
          .type = Type::kFloat64,
          .units = info.units,
          .axes = info.kind == MotionKind::kRaw ? "frame pair" : "frame",
          .formula = formula};
}

PackSchema motion_schema(const MotionInfo& info) {
  PackSchema schema;
  schema.schema = fmt::format("vs.motion/{}", kMotionVersion);
  schema.attributes = {{"method", info.method},
                       {"kind", info.kind == MotionKind::kRaw ? "raw" : "curve"},
                       {"parameters", info.parameters}};
  schema.columns.push_back(values_column("motion", info, info.formula));
  for (const auto& method : info.extra) schema.columns.push_back(values_column(extra_name(method), info, ""));
  schema.columns.push_back({.name = "offsets",
                            .type = Type::kInt64,
                            .units = "value",
                            .axes = "video",
                            .formula = "video v has the values motion[offsets[v]:offsets[v + 1]]",
                            .cumulative = true});
  schema.columns.push_back({.name = "video_id", .type = Type::kString, .units = "1", .axes = "video"});
  schema.columns.push_back({.name = "num_frames", .type = Type::kInt64, .units = "frame", .axes = "video"});
  return schema;
}

bool all_finite(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
}

}  // namespace

struct MotionWriter::Impl {
  MotionInfo info;
  PackWriter pack;
};

MotionWriter::MotionWriter(std::string path, const MotionInfo& info, const nlohmann::ordered_json& key, bool force)
    : impl_(new Impl{info, PackWriter(std::move(path), motion_schema(info), key, force)}) {}
MotionWriter::MotionWriter(MotionWriter&&) noexcept = default;
MotionWriter& MotionWriter::operator=(MotionWriter&&) noexcept = default;
MotionWriter::~MotionWriter() = default;

uint64_t MotionWriter::first() const { return impl_->pack.first(); }
ItemRunResult MotionWriter::before(const std::vector<Item>& items) const { return impl_->pack.before(items); }

void MotionWriter::add(const ItemOutcome& outcome, const VideoMotion& motion) {
  if (motion.extra.size() != impl_->info.extra.size()) throw std::logic_error("one list of values a method is needed");
  if (!all_finite(motion.motion)) throw DataError(motion.video_id, "motion is not finite");
  for (const auto& values : motion.extra) {
    if (values.size() != motion.motion.size()) throw std::logic_error("lists of motion differ in length");
    if (!all_finite(values)) throw DataError(motion.video_id, "motion is not finite");
  }
  PackWriter& pack = impl_->pack;
  pack.append<double>("motion", motion.motion);
  for (size_t i = 0; i < motion.extra.size(); ++i)
    pack.append<double>(extra_name(impl_->info.extra[i]), motion.extra[i]);
  pack.append_one<int64_t>("offsets", static_cast<int64_t>(motion.motion.size()));
  pack.append_text("video_id", motion.video_id);
  pack.append_one<int64_t>("num_frames", motion.num_frames);
  pack.end_item(outcome);
}

void MotionWriter::fail(const ItemOutcome& outcome, const std::string& reason) {
  impl_->pack.fail_item(outcome, reason);
}

void MotionWriter::finish(const nlohmann::ordered_json& inner_manifest) { impl_->pack.finish(inner_manifest); }
void MotionWriter::done() { impl_->pack.done(); }

struct MotionFile::Impl {
  H5File file;
  VideoIndex videos;
  MotionInfo info;
  std::vector<int64_t> offsets, num_frames;

  std::string attribute(const std::string& name) const {
    if (!file.has_attribute("/", name)) throw DataError(file.path(), "has no attribute \"" + name + "\"");
    return file.read_text("/", name);
  }

  explicit Impl(const std::string& path)
      : file(open_pack(path, "vs.motion", kMotionVersion, {"motion", "offsets", "video_id", "num_frames"})),
        videos(file) {
    info.method = attribute("method");
    const std::string kind = attribute("kind");
    if (kind != "raw" && kind != "curve") throw DataError(path, "kind \"" + printable(kind) + "\" is unknown");
    info.kind = kind == "raw" ? MotionKind::kRaw : MotionKind::kCurve;
    info.parameters = attribute("parameters");
    parse_json(JsonText(path + ", parameters", info.parameters));
    if (file.has_attribute("motion", "units")) info.units = file.read_text("motion", "units");
    if (file.has_attribute("motion", "formula")) info.formula = file.read_text("motion", "formula");
    const uint64_t values = count_rows(file, "motion");
    for (const auto& name : file.list_datasets()) {
      if (!name.starts_with(extra_name(""))) continue;
      if (count_rows(file, name) != values) throw DataError(path, "dataset \"" + name + "\" differs in length");
      info.extra.push_back(name.substr(extra_name("").size()));
    }
    offsets = read_offsets(file, "offsets", videos.size(), values);
    if (count_rows(file, "num_frames") != videos.size()) throw DataError(path, "datasets of videos differ in length");
    num_frames = file.read<int64_t>("num_frames");
    if (std::any_of(num_frames.begin(), num_frames.end(), [](int64_t n) { return n < 0; }))
      throw DataError(path, "num_frames is negative");
  }

  std::vector<double> read(const std::string& name, size_t video) const {
    const auto begin = static_cast<uint64_t>(offsets[video]), end = static_cast<uint64_t>(offsets[video + 1]);
    auto values = file.read_rows<double>(name, begin, end - begin);
    if (!all_finite(values))
      throw DataError(file.path(), "motion of \"" + printable(videos.ids()[video]) + "\" is not finite");
    return values;
  }
};

MotionFile::MotionFile(const std::string& path) : impl_(std::make_unique<Impl>(path)) {}
MotionFile::MotionFile(MotionFile&&) noexcept = default;
MotionFile& MotionFile::operator=(MotionFile&&) noexcept = default;
MotionFile::~MotionFile() = default;

const MotionInfo& MotionFile::info() const { return impl_->info; }
int64_t MotionFile::num_videos() const { return static_cast<int64_t>(impl_->videos.size()); }
const std::vector<std::string>& MotionFile::video_ids() const { return impl_->videos.ids(); }
int64_t MotionFile::find(const std::string& video_id) const { return impl_->videos.find(video_id); }

VideoMotion MotionFile::video(int64_t video) const {
  impl_->videos.check(video);
  const auto at = static_cast<size_t>(video);
  VideoMotion motion;
  motion.video_id = impl_->videos.ids()[at];
  motion.num_frames = impl_->num_frames[at];
  motion.motion = impl_->read("motion", at);
  for (const auto& method : impl_->info.extra) motion.extra.push_back(impl_->read(extra_name(method), at));
  return motion;
}

}  // namespace vs::store
