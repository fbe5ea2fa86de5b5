#include "lib/jobs/motion/run_motion.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/text.h"
#include "lib/jobs/motion/motion_options.h"
#include "lib/jobs/motion/motion_outputs.h"
#include "lib/jobs/motion/motion_pictures.h"
#include "lib/jobs/motion/motion_plan.h"
#include "lib/jobs/motion/motion_source.h"
#include "lib/media/open_source.h"
#include "lib/sampling/motion_curve.h"
#include "lib/store/item_log.h"
#include "lib/store/json.h"
#include "lib/store/manifest.h"
#include "lib/store/pack_file.h"

namespace vs::jobs {
namespace {

using store::Json;
using store::VideoMotion;

std::string folder_of(const std::string& path) { return std::filesystem::path(path).parent_path().string(); }

// Parameters as they turned out: a motion file given as input brings its own method and kind of values.
Json settled(const Json& parameters, const MotionSource& source) {
  Json result = parameters;
  if (source.opens_videos) return result;
  result["method"] = source.info.method;
  if (source.info.kind == store::MotionKind::kCurve) result["values"] = "curve";
  return result;
}

class MotionRun {
 public:
  MotionRun(MotionOptions options, MotionSource source, cli::ProgramContext& context)
      : options_(std::move(options)),
        source_(std::move(source)),
        context_(context),
        items_(store::items_of_shard(source_.items, options_.shard)),
        manifest_("vs-motion", options_.command, settled(*options_.parameters, source_),
                  settled(*options_.inner_parameters, source_)) {
    for (std::string* path : {&options_.output, &options_.motion_output}) {
      if (!path->empty() && *path != "-") *path = store::shard_path(*path, options_.shard);
    }
    info_ = file_info();
    if (options_.make_plan && options_.plan.draws()) manifest_.set_seed(options_.plan.seed);
  }

  int run() {
    if (options_.dry_run) return estimate();
    check_and_make_places();
    const std::unique_ptr<MotionSink> sink = open_motion_sink(options_, info_, store::run_key(manifest_, items_));
    const store::ItemRunResult result = go_over_items(*sink);
    for (const auto& path : source_.shared_inputs) manifest_.add_input(path);
    manifest_.add_inputs(result.inputs);
    manifest_.set_outcome(result.counts, result.failures);
    const std::string& motion_path = options_.motion_path();
    if (!motion_path.empty() && motion_path != "-") sink->finish(manifest_.inner_document(folder_of(motion_path)));
    if (options_.make_plan && options_.output != "-") write_plan(*sink);
    draw_pictures(*sink);
    write_manifests();
    sink->close();
    tell(result);
    return result.exit_code();
  }

 private:
  bool streams() const { return options_.output == "-" || (options_.output.empty() && options_.json); }
  bool prints_table() const {
    return options_.output.empty() && !options_.json && options_.plot.empty() && options_.sheet.empty();
  }

  // What the motion file holds: the source's values, or curves made of them.
  store::MotionInfo file_info() {
    store::MotionInfo info = source_.info;
    const bool want_curve = options_.values == motion::Values::kCurve;
    if (info.kind == store::MotionKind::kCurve) {
      if (options_.values_given && !want_curve) {
        throw UsageError("--values raw", "the input holds curves, from which raw motion cannot be had back");
      }
      return info;
    }
    if (!want_curve) return info;
    info.kind = store::MotionKind::kCurve;
    info.formula = fmt::format("running sum of m^{0} / sum of m^{0}; m = {1}", options_.plan.exponent, info.formula);
    info.units = "1";
    info.parameters = Json{{"exponent", options_.plan.exponent}}.dump();
    return info;
  }

  void check_and_make_places() {
    if (!source_.opens_videos && !options_.sheet.empty()) {
      throw UsageError("--sheet", "needs the video, and a motion file does not hold it", "give the video itself");
    }
    if (!source_.opens_videos && !options_.flow_images.empty()) {
      throw UsageError("--flow-images", "needs the video, and a motion file does not hold it", "give the video itself");
    }
    std::vector<std::string> outputs{options_.plot, options_.sheet};
    if (options_.make_plan) outputs.push_back(options_.output);
    for (const auto& path : outputs) {
      if (!path.empty() && path != "-") store::check_output_free(path, options_.force);
    }
    outputs.push_back(options_.motion_path());
    for (const auto& path : outputs) {
      if (!path.empty() && path != "-" && !folder_of(path).empty()) make_folders(folder_of(path));
    }
    if (!options_.flow_images.empty()) make_folders(options_.flow_images);
    if (!options_.picture_video.empty() &&
        std::none_of(items_.begin(), items_.end(), [&](const auto& i) { return i.id == options_.picture_video; })) {
      std::vector<std::string> ids;
      for (const auto& item : items_) ids.push_back(item.id);
      const auto nearest = nearest_word(options_.picture_video, ids);
      throw UsageError("--video " + options_.picture_video, "is no video of this run",
                       nearest ? "nearest is " + *nearest : "");
    }
  }

  // The values that go into files, from those of the source.
  void to_file_values(VideoMotion& video) const {
    if (info_.kind == source_.info.kind) return;
    video.motion = sampling::motion_curve(video.motion, options_.plan.exponent);
  }

  store::ItemRunResult go_over_items(MotionSink& sink) {
    store::ItemRunOptions how;
    how.jobs = options_.jobs;
    how.strict = options_.strict;
    how.failed_path = options_.failed;
    how.hash_inputs = source_.hash_items;
    how.window = 256;  // eight bytes a frame
    const store::ItemRunResult before = sink.before(items_);
    how.first = sink.first();
    if (how.first > 0) context_.log().info(fmt::format("going on after {} videos of a former run", how.first));
    if (prints_table())
      context_.print(fmt::format("{:<32} {:>8} {:>12} {:>12}  {}\n", "video", "frames", "mean", "largest", "at frame"));
    return store::run_items(
        items_, how, context_.log(), before, [&](const store::Item& item) { return source_.read(item); },
        [&](const store::ItemOutcome& outcome, MeasuredVideo video) {
          for (const auto& warning : video.warnings) context_.log().warning(warning);
          to_file_values(video.motion);
          const std::string line = text_of(video.motion, *outcome.item);
          sink.add(outcome, video.motion);
          if (!line.empty()) context_.print(line);
          if (!pictured_ && is_pictured(outcome.item->id)) pictured_ = std::move(video.motion);
        },
        [&](const store::ItemOutcome& outcome, const std::string& reason) { sink.fail(outcome, reason); });
  }

  bool is_pictured(const std::string& id) const {
    if (options_.plot.empty() && options_.sheet.empty()) return false;
    return options_.picture_video.empty() || options_.picture_video == id;
  }

  // What standard output gets for one video: a line of JSON, a row of the table, or nothing.
  std::string text_of(const VideoMotion& video, const store::Item& item) const {
    if (streams()) {
      Json line;
      const std::string path = store::utf8_or_replaced(source_.opens_videos ? item.path : "");
      if (options_.make_plan) {
        line = {{"id", store::utf8_or_replaced(item.id)}, {"path", path}, {"total_frames", video.num_frames}};
        line["frame_index"] = plan_frames(video, info_.kind, options_.plan);
      } else {
        line = {{"video_id", store::utf8_or_replaced(item.id)}, {"path", path}, {"num_frames", video.num_frames}};
        line["method"] = info_.method;
        line["kind"] = info_.kind == store::MotionKind::kRaw ? "raw" : "curve";
        line["motion"] = video.motion;
      }
      return store::json_line(line) + "\n";
    }
    if (!prints_table()) return {};
    double sum = 0;
    for (const double value : video.motion) sum += value;
    const auto largest = std::max_element(video.motion.begin(), video.motion.end());
    const bool any = largest != video.motion.end();
    return fmt::format("{:<32} {:>8} {:>12.6g} {:>12.6g}  {}\n", printable(item.id), video.num_frames,
                       any ? sum / static_cast<double>(video.motion.size()) : 0.0, any ? *largest : 0.0,
                       any ? largest - video.motion.begin() : 0);
  }

  void write_plan(const MotionSink& sink) {
    std::unordered_map<std::string, std::string> paths;
    if (source_.opens_videos) {
      for (const auto& item : items_) paths.emplace(item.id, item.path);
    }
    store::SamplingPlan plan = empty_plan(info_.method, options_.plan);
    sink.for_each([&](const VideoMotion& video) {
      plan.videos.push_back(plan_of_video(video, paths[video.video_id], info_.kind, options_.plan));
    });
    store::write_plan(options_.output, plan);
  }

  void draw_pictures(const MotionSink& sink) {
    if (options_.plot.empty() && options_.sheet.empty()) return;
    if (!pictured_) {
      sink.for_each([&](const VideoMotion& video) {
        if (!pictured_ && is_pictured(video.video_id)) pictured_ = video;
      });
    }
    if (!pictured_) {
      context_.log().warning("no video for --plot and --sheet: the one they would show failed");
      return;
    }
    const auto item =
        std::find_if(items_.begin(), items_.end(), [&](const auto& i) { return i.id == pictured_->video_id; });
    if (!options_.plot.empty()) write_motion_plot(*pictured_, info_, options_);
    if (!options_.sheet.empty()) {
      write_motion_sheet(*pictured_, info_, *item, options_);
    }
  }

  std::vector<std::string> outputs() const {
    std::vector<std::string> all;
    for (const auto& path : {options_.output, options_.motion_output, options_.plot, options_.sheet}) {
      std::error_code error;
      if (!path.empty() && path != "-" && std::filesystem::exists(path, error)) all.push_back(path);
    }
    return all;
  }

  void write_manifests() {
    const std::vector<std::string> all = outputs();
    if (all.empty()) return;
    for (const auto& path : all) manifest_.add_output(path);
    manifest_.write(store::manifest_path(all.front(), false));
    if (options_.make_plan && !options_.motion_output.empty()) {
      manifest_.write(store::manifest_path(options_.motion_output, false));
    }
    if (options_.depfile.empty()) return;
    std::vector<std::string> inputs = source_.shared_inputs;
    if (source_.hash_items) {
      for (const auto& item : items_) inputs.push_back(item.path);
    }
    store::write_depfile(options_.depfile, all, inputs);
  }

  int estimate() {
    int64_t frames = 0, unknown = 0, failed = 0;
    for (const auto& item : items_) {
      try {
        const int64_t promised = promised_frames(item);
        (promised < 0 ? unknown : frames) += promised < 0 ? 1 : promised;
      } catch (const DataError& failure) {
        context_.log().warning(failure.what());
        ++failed;
      }
    }
    const auto bytes = static_cast<uint64_t>(frames) * sizeof(double);
    if (options_.json) {
      context_.print(store::json_document({{"output", options_.output},
                                           {"videos", items_.size()},
                                           {"failed", failed},
                                           {"unknown_length", unknown},
                                           {"frames", frames},
                                           {"size_bytes", bytes}}));
    } else {
      context_.print(fmt::format("would write {}: {} videos, {} frames promised, about {}{}\n",
                                 options_.output.empty() ? "a table" : options_.output, items_.size(), frames,
                                 human_bytes(bytes),
                                 unknown ? fmt::format(", {} videos of unknown length", unknown) : ""));
    }
    return failed ? kExitFailed : kExitDone;
  }

  int64_t promised_frames(const store::Item& item) const {
    if (!source_.opens_videos) return source_.read(item).motion.num_frames;
    return media::open_source(item.path, how_to_open(item, options_).options)->promised_frames();
  }

  void tell(const store::ItemRunResult& result) const {
    const auto& counts = result.counts;
    if (options_.json && !streams()) {
      context_.print(store::json_document(
          {{"output", options_.output}, {"videos", counts.done}, {"failed", counts.failed}, {"method", info_.method}}));
    }
    context_.log().info(fmt::format("motion of {} videos{}", counts.done,
                                    counts.failed ? fmt::format(", {} failed", counts.failed) : ""));
  }

  MotionOptions options_;
  MotionSource source_;
  cli::ProgramContext& context_;
  std::vector<store::Item> items_;
  store::Manifest manifest_;
  store::MotionInfo info_;
  std::optional<VideoMotion> pictured_;
};

}  // namespace

int run_motion(const cli::ParsedOptions& parsed, cli::ProgramContext& context) {
  MotionOptions options = read_motion_options(parsed);
  MotionSource source = open_motion_source(options, context.log());
  return MotionRun(std::move(options), std::move(source), context).run();
}

}  // namespace vs::jobs
