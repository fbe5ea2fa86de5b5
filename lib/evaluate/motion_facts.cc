#include "lib/evaluate/motion_facts.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "lib/core/error.h"
#include "lib/jobs/motion/measure_video.h"

namespace vs::evaluate {
namespace {

jobs::MotionMethod method_named(const std::string& name) {
  if (name == "mad") return jobs::MotionMethod::kMad;
  return name == "luma" ? jobs::MotionMethod::kLuma : jobs::MotionMethod::kSsim;
}

jobs::PackMap packs_of(const data::Dataset& data) {
  jobs::PackMap packs;
  for (const auto& item : data.items) {
    if (item.place.pack) packs.emplace(item.place.path, item.place.pack);
  }
  return packs;
}

/// Measures each video when it is asked for.
class MeasuredMotion final : public data::MotionProvider {
 public:
  MeasuredMotion(const DataOptions& options, const data::Dataset& data)
      : opener_(packs_of(data), options.clips.name_template) {
    how_.method = method_named(options.motion_method);
    how_.allow_short = options.clips.short_video != data::ShortVideo::kFail;
  }

  bool is_curve() const override { return false; }
  std::vector<double> values(const data::DataItem& item, int64_t num_frames) const override {
    std::string id = item.id;
    if (item.place.pack && item.place.pack_video >= 0)
      id = item.place.pack->video_ids()[static_cast<size_t>(item.place.pack_video)];
    const auto measured = jobs::measure_video({.id = std::move(id), .path = item.place.path}, how_, opener_);
    const std::vector<double>& all = measured.motion.motion;
    const auto begin = static_cast<size_t>(item.place.offset), count = static_cast<size_t>(num_frames - 1);
    if (begin + count > all.size())
      throw DataError(item.place.path, "has fewer frames than its annotation says", "--short-video says what to do");
    return {all.begin() + static_cast<std::ptrdiff_t>(begin), all.begin() + static_cast<std::ptrdiff_t>(begin + count)};
  }

 private:
  jobs::ItemOpener opener_;
  jobs::MotionOptions how_;
};

}  // namespace

std::unique_ptr<data::MotionProvider> motion_for(const nlohmann::ordered_json& steps, const DataOptions& options,
                                                 const data::Dataset& data) {
  const bool needed = std::any_of(steps.begin(), steps.end(), [](const auto& step) {
    return step.is_object() && step.value("type", std::string()) == "MGSampleFrames";
  });
  const bool given = !options.motion.empty() || !options.motion_method.empty();
  if (!needed && given)
    throw UsageError(options.motion.empty() ? "--motion-method" : "--motion",
                     "this recipe's pipeline does not sample by motion", "leave it out");
  if (!needed) return nullptr;
  if (!given)
    throw UsageError("--motion", "this recipe's pipeline samples by motion",
                     "give a file of vs-motion, or --motion-method ssim to measure it now");
  if (options.motion.empty()) return std::make_unique<MeasuredMotion>(options, data);
  auto file = std::make_unique<data::MotionSource>(options.motion, options.motion_values);
  data::check_motion(data, *file);
  return file;
}

}  // namespace vs::evaluate
