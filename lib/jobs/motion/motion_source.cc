#include "lib/jobs/motion/motion_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/parallel.h"
#include "lib/jobs/motion/file_values.h"
#include "lib/jobs/motion/pa_weights.h"
#include "lib/plugin/load.h"
#include "lib/store/manifest.h"

namespace vs::jobs {
namespace {

// What is said about a JSON motion file elsewhere: on the command line, or in the manifest beside a file made by vs.
// Other files hold raw motion by an unknown method.
struct JsonFacts {
  motion::Values values = motion::Values::kRaw;
  std::string method = "unknown";
};

JsonFacts facts_of_json(const std::string& path, const MotionOptions& options, std::vector<std::string>& read) {
  JsonFacts facts;
  const std::string manifest = store::manifest_path(path, false);
  std::error_code error;
  if (std::filesystem::is_regular_file(manifest, error)) {
    const auto document = store::read_manifest(manifest);
    read.push_back(manifest);
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
  MotionSource source;
  const JsonFacts facts = facts_of_json(path, options, source.side_inputs);
  const motion::Values values = facts.values;
  auto read = std::make_shared<motion::MgsamplerMotion>(motion::read_mgsampler_json(path, read_file(path), values));
  for (const auto& warning : read->warnings) log.warning(warning);
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
    const auto& motion = video.motion.motion;
    if (file->info().kind == store::MotionKind::kCurve && !std::is_sorted(motion.begin(), motion.end())) {
      throw DataError(path, fmt::format("the curve of \"{}\" falls", item.id), "a curve adds up motion");
    }
    return video;
  };
  return source;
}

// Weights are in place before the first video is opened.
MeasureTools read_feature(const MotionOptions& options, MotionSource& source) {
  if (options.method != MotionMethod::kPa) return {};
  if (options.weights.empty()) {
    throw UsageError("--method pa", "needs the weights of PAN's first layer",
                     "name its checkpoint with --weights FILE");
  }
  const PaWeights weights = read_pa_weights(options.weights);
  source.weights = weights.file;
  source.side_inputs.push_back(options.weights);
  source.info.parameters = nlohmann::ordered_json{{kWeightsSha256, weights.file.sha256}}.dump();
  return {.difference = std::make_shared<const motion::FeatureDifference>(weights.kernel)};
}

// What measures frames on the GPU that decodes them; null where they are measured on the CPU, which always can.
const motion::DeviceMotionMaker* find_device_motion(const MotionOptions& options, Log& log) {
  const bool is_offered = options.method == MotionMethod::kLuma || options.method == MotionMethod::kSsim;
  if (!is_offered || !options.hwaccel.device || !options.hwaccel.device->primary_context()) return nullptr;
  try {
    return &plugin::load_device_motion("--hwaccel");
  } catch (const RunError& error) {
    log.info("--hwaccel: motion is measured on the CPU, " + error.finding());
    return nullptr;
  }
}

/// Options about videos, frame folders or JSON that this input leaves nothing to do.
void refuse_idle(const MotionOptions& options, const ItemList& list) {
  const bool from_file = !list.motion_file.empty();
  if (options.input_values_given && !(from_file && is_json_name(list.motion_file))) {
    throw UsageError("--input-values", "only together with a motion file in JSON as input");
  }
  if (from_file && options.allow_short) throw UsageError("--allow-short", "only together with videos as input");
  if (from_file && options.names_given) throw UsageError("--names", "only together with videos as input");
  if (from_file && options.hwaccel_given) throw UsageError("--hwaccel", "only together with videos as input");
  if (from_file && options.levels) throw UsageError("--levels", "only together with videos as input");
  if (from_file && !options.weights.empty()) {
    throw UsageError("--weights", "only together with videos as input", "a motion file is not measured again");
  }
  if (from_file && options.method_given && !is_json_name(list.motion_file)) {
    throw UsageError("--method", "only together with videos as input", list.motion_file + " says its method itself");
  }
  if (!options.name_template) return;
  std::error_code error;
  const bool folders = std::any_of(list.items.begin(), list.items.end(),
                                   [&](const auto& item) { return std::filesystem::is_directory(item.path, error); });
  if (!folders) throw UsageError("--template", "only together with frame folders as input");
}

}  // namespace

bool is_own_file(const MotionSource& source, const store::Item& item) {
  return source.opens_videos && source.opener.is_own_file(item);
}

MotionSource open_motion_source(const MotionOptions& options, Log& log) {
  ItemList list = collect_item_list(options, kMotionInputs, log);
  refuse_idle(options, list);
  const std::vector<std::string> side = side_inputs(options, list);
  MotionSource source;
  if (!list.motion_file.empty()) {
    source = is_json_name(list.motion_file) ? from_json(list.motion_file, options, log) : from_hdf5(list.motion_file);
    source.opens_videos = false;
    if (source.items.empty()) throw DataError(list.motion_file, "no video in it");
  } else {
    source.items = std::move(list.items);
    const int workers = thread_count(options.jobs, source.items.size());
    const int threads = media::decoder_threads(workers, thread_count(options.jobs, UINT64_MAX));
    media::VideoOptions how;
    how.threads = threads;
    how.hardware = options.hwaccel.device;
    source.on_device = find_device_motion(options, log);
    if (source.on_device) how.frames_on_device = motion::DeviceMotion::kPicturesHeld;
    source.opener = ItemOpener(std::move(list.packs), options.name_template, std::move(how));
    source.info.method = method_name(options);
    source.info.units = method_units(options.method);
    source.info.formula = method_formula(options.method);
    MeasureTools tools = read_feature(options, source);
    tools.threads = threads;
    tools.on_device = source.on_device;
    source.read = [options, tools, opener = source.opener](const store::Item& item) {
      return measure_video(item, options, opener, tools);
    };
  }
  source.side_inputs.insert(source.side_inputs.begin(), side.begin(), side.end());
  if (source.info.kind == store::MotionKind::kCurve && options.make_plan && options.plan.windowed()) {
    throw UsageError("--rule", "a cumulative curve has no windows", "use raw motion, or --rule test or train");
  }
  return source;
}

}  // namespace vs::jobs
