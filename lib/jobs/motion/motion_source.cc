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

// What is said about a JSON motion file elsewhere: on the command line, or in the manifest beside a file made by vs.
// Other files hold raw motion by an unknown method.
struct JsonFacts {
  motion::Values values = motion::Values::kRaw;
  std::string method = "unknown";
};

JsonFacts facts_of_json(const std::string& path, const MotionOptions& options) {
  JsonFacts facts;
  const std::string manifest = store::manifest_path(path, false);
  std::error_code error;
  if (std::filesystem::is_regular_file(manifest, error)) {
    const auto document = store::read_manifest(manifest);
    const auto text = [&](const char* name) -> std::string {
      const auto parameters = document.find("parameters");
      if (parameters == document.end() || !parameters->is_object()) return {};
      const auto value = parameters->find(name);
      return value != parameters->end() && value->is_string() ? value->get<std::string>() : std::string();
    };
    if (text("values") == "curve") facts.values = motion::Values::kCurve;
    if (!text("method").empty()) facts.method = text("method");
  }
  if (options.input_values_given) facts.values = options.input_values;
  if (options.method_given) facts.method = method_name(options);
  return facts;
}

MotionSource from_json(const std::string& path, const MotionOptions& options, Log& log) {
  const JsonFacts facts = facts_of_json(path, options);
  const motion::Values values = facts.values;
  auto read = std::make_shared<motion::MgsamplerMotion>(motion::read_mgsampler_json(path, read_file(path), values));
  for (const auto& warning : read->warnings) log.warning(warning);
  MotionSource source;
  source.info.method = facts.method;
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
