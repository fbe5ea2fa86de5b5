#include "lib/data/motion_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/data/dataset_names.h"
#include "lib/media/open_source.h"
#include "lib/store/motion_file.h"

namespace vs::data {
namespace {

constexpr std::size_t kListedMissing = 8;

}  // namespace

struct MotionSource::Impl {
  std::string path;
  bool is_curve = false;
  std::vector<std::string> warnings;
  std::optional<store::MotionFile> file;
  // Of a JSON file.
  std::vector<motion::NamedMotion> videos;
  std::unordered_map<std::string, std::size_t> positions;

  int64_t position(const std::string& name) const {
    if (file) return file->find(name);
    const auto found = positions.find(name);
    return found == positions.end() ? -1 : static_cast<int64_t>(found->second);
  }

  int64_t position(const DataItem& item) const {
    for (const std::string& name : lookup_names(item.name)) {
      if (const int64_t at = position(name); at >= 0) return at;
    }
    return -1;
  }

  std::vector<double> all_values(int64_t at) const {
    if (file) return file->video(at).motion;
    return videos[static_cast<std::size_t>(at)].values;
  }
};

MotionSource::MotionSource(const std::string& path, motion::Values json_values) : impl_(std::make_unique<Impl>()) {
  impl_->path = path;
  const media::SourceKind kind = media::source_kind(path);
  if (kind == media::SourceKind::kFolder) throw DataError(path, "is a folder, a motion file is needed");
  if (kind == media::SourceKind::kPack) {
    impl_->file.emplace(path);
    impl_->is_curve = impl_->file->info().kind == store::MotionKind::kCurve;
    return;
  }
  motion::MgsamplerMotion read = motion::read_mgsampler_json(path, read_file(path), json_values);
  impl_->is_curve = json_values == motion::Values::kCurve;
  impl_->warnings = std::move(read.warnings);
  impl_->videos = std::move(read.videos);
  for (std::size_t i = 0; i < impl_->videos.size(); ++i) impl_->positions.emplace(impl_->videos[i].name, i);
}

MotionSource::MotionSource(MotionSource&&) noexcept = default;
MotionSource& MotionSource::operator=(MotionSource&&) noexcept = default;
MotionSource::~MotionSource() = default;

const std::string& MotionSource::path() const { return impl_->path; }
bool MotionSource::is_curve() const { return impl_->is_curve; }
const std::vector<std::string>& MotionSource::warnings() const { return impl_->warnings; }
bool MotionSource::has(const DataItem& item) const { return impl_->position(item) >= 0; }

std::vector<double> MotionSource::values(const DataItem& item, int64_t num_frames) const {
  const std::string name = printable(item.name);
  const int64_t at = impl_->position(item);
  if (at < 0) {
    throw DataError(impl_->path, fmt::format("has no motion of \"{}\"", name), "make it of all videos with vs-motion");
  }
  std::vector<double> values = impl_->all_values(at);
  const auto count = static_cast<int64_t>(values.size());
  const int64_t offset = item.place.offset, needed = num_frames - 1;
  if (offset == 0 && count == needed) return values;
  if (offset == 0 && !item.place.is_part) {
    throw DataError(
        impl_->path,
        fmt::format("{} values of \"{}\", which has {} frames: {} are needed", count, name, num_frames, needed),
        "make it from the same frames");
  }
  if (count < needed || count - needed < offset) {
    throw DataError(impl_->path,
                    fmt::format("{} values of \"{}\", whose part ends at frame {}", count, name, offset + num_frames),
                    "make it from the whole video's frames");
  }
  if (impl_->is_curve) {
    throw DataError(impl_->path, fmt::format("the curve of \"{}\" cannot be cut to a part of it", name),
                    "make a file of raw motion");
  }
  return {values.begin() + offset, values.begin() + offset + needed};
}

void check_motion(const Dataset& data, const MotionSource& motion) {
  std::vector<std::string> listed;
  std::size_t missing = 0;
  for (const DataItem& item : data.items) {
    if (motion.has(item)) continue;
    if (++missing <= kListedMissing) listed.push_back(printable(item.name));
  }
  if (missing == 0) return;
  const std::size_t rest = missing - listed.size();
  throw DataError(motion.path(),
                  fmt::format("has no motion of {} of {} videos: {}{}", missing, data.items.size(), join(listed, ", "),
                              rest > 0 ? fmt::format(" and {} more", rest) : ""),
                  "make it of all videos with vs-motion");
}

}  // namespace vs::data
