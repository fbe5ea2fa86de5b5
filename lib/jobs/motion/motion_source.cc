#include "lib/jobs/motion/motion_source.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/store/manifest.h"

namespace vs::jobs {
namespace {

// A JSON motion file made by vs has a manifest beside it that says what the numbers are; other files are raw unless
// the user says otherwise.
motion::Values values_of_json(const std::string& path, const MotionOptions& options) {
  if (options.input_values_given) return options.input_values;
  const std::string manifest = store::manifest_path(path, false);
  std::error_code error;
  if (!std::filesystem::is_regular_file(manifest, error)) return motion::Values::kRaw;
  const auto document = store::read_manifest(manifest);
  const auto parameters = document.find("parameters");
  if (parameters == document.end() || !parameters->is_object()) return motion::Values::kRaw;
  const auto values = parameters->find("values");
  const bool curve = values != parameters->end() && values->is_string() && *values == "curve";
  return curve ? motion::Values::kCurve : motion::Values::kRaw;
}

MotionSource from_json(const std::string& path, const MotionOptions& options, Log& log) {
  const motion::Values values = values_of_json(path, options);
  auto read = std::make_shared<motion::MgsamplerMotion>(motion::read_mgsampler_json(path, read_file(path), values));
  for (const auto& warning : read->warnings) log.warning(warning);
  MotionSource source;
  source.info.method = "unknown";
  source.info.kind = values == motion::Values::kRaw ? store::MotionKind::kRaw : store::MotionKind::kCurve;
  auto places = std::make_shared<std::unordered_map<std::string, std::size_t>>();
  for (std::size_t i = 0; i < read->videos.size(); ++i) {
    const std::string& name = read->videos[i].name;
    if (name.empty()) throw DataError(path, "a video has no name");
    source.items.push_back({name, path});
    places->emplace(name, i);
  }
  source.read = [read, places](const store::Item& item) {
    MeasuredVideo video;
    video.motion.video_id = item.id;
    video.motion.motion = read->videos[places->at(item.id)].values;
    video.motion.num_frames = static_cast<int64_t>(video.motion.motion.size()) + 1;
    return video;
  };
  return source;
}

MotionSource from_hdf5(const std::string& path) {
  auto file = std::make_shared<store::MotionFile>(path);
  MotionSource source;
  source.info = file->info();
  source.info.extra.clear();
  for (const auto& id : file->video_ids()) source.items.push_back({id, path});
  source.read = [file, path](const store::Item& item) {
    MeasuredVideo video;
    video.motion = file->video(file->find(item.id));
    video.motion.extra.clear();
    const auto values = static_cast<int64_t>(video.motion.motion.size());
    if (values != video.motion.num_frames - 1) {
      throw DataError(path, fmt::format("\"{}\" has {} frames and {} values", item.id, video.motion.num_frames, values),
                      "there must be one value less than frames");
    }
    return video;
  };
  return source;
}

}  // namespace

MotionSource open_motion_source(const MotionOptions& options, Log& log) {
  MotionInputs inputs = collect_motion_inputs(options, log);
  if (!inputs.motion_file.empty()) {
    const bool json = inputs.motion_file.ends_with(".json");
    MotionSource source = json ? from_json(inputs.motion_file, options, log) : from_hdf5(inputs.motion_file);
    source.hash_items = false;
    source.opens_videos = false;
    source.shared_inputs = {inputs.motion_file};
    if (source.items.empty()) throw DataError(inputs.motion_file, "no video in it");
    return source;
  }
  MotionSource source;
  source.items = std::move(inputs.items);
  source.hash_items = inputs.packs.empty();
  source.shared_inputs = std::move(inputs.packs);
  source.info.method = method_name(options);
  source.info.units = method_units(options.method);
  source.info.formula = method_formula(options.method);
  source.read = [options](const store::Item& item) { return measure_video(item, options); };
  return source;
}

}  // namespace vs::jobs
