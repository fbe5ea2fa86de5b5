#include "lib/jobs/motion/run_motion.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "lib/core/error.h"
#include "lib/jobs/motion/file_values.h"
#include "lib/jobs/motion/motion_estimate.h"
#include "lib/jobs/motion/motion_options.h"
#include "lib/jobs/motion/motion_outputs.h"
#include "lib/jobs/motion/motion_places.h"
#include "lib/jobs/motion/motion_plan.h"
#include "lib/jobs/motion/motion_show.h"
#include "lib/jobs/motion/motion_source.h"
#include "lib/jobs/motion/motion_text.h"
#include "lib/store/json.h"
#include "lib/store/manifest.h"

namespace vs::jobs {
namespace {

using store::Json;
using store::VideoMotion;

// What a worker made of one item.
struct Work {
  MeasuredVideo video;
  std::optional<store::FileRecord> input;
  std::optional<DataError> failure;
};

class MotionRun {
 public:
  MotionRun(MotionOptions options, MotionSource source, cli::ProgramContext& context)
      : options_(std::move(options)),
        source_(std::move(source)),
        context_(context),
        items_(items_with_places(options_, store::items_of_shard(source_.items, options_.shard))),
        values_(options_, source_.info),
        show_(options_, source_, values_, items_, context_),
        manifest_("vs-motion", options_.command, settled_parameters(*options_.parameters, source_),
                  settled_parameters(*options_.inner_parameters, source_)) {
    for (std::string* path : {&options_.output, &options_.motion_output}) {
      if (!path->empty() && *path != "-") *path = store::shard_path(*path, options_.shard);
    }
    if (options_.make_plan && options_.plan.draws()) manifest_.set_seed(options_.plan.seed);
  }

  int run() {
    if (options_.dry_run) {
      return print_estimate(options_.output, estimate_motion(options_, source_, items_, context_.log()), context_);
    }
    check_places(options_, items_, source_.side_inputs);
    make_places(options_);
    const Json key = store::run_key(manifest_, items_);
    MotionJournal journal(journal_path(options_), key, options_.force);
    const store::ItemRunResult result = go_over_items(journal);
    for (const auto& path : source_.side_inputs) {
      if (source_.weights && path == source_.weights->path) {
        manifest_.add_input(*source_.weights);
      } else {
        manifest_.add_input(path);
      }
    }
    manifest_.add_inputs(result.inputs);
    manifest_.set_outcome(result.counts, result.failures);
    const std::string& motion_path = options_.motion_path();
    if (!motion_path.empty() && motion_path != "-") {
      const std::string folder = std::filesystem::path(motion_path).parent_path().string();
      write_motion_file(options_, journal, values_.info(), key, manifest_.inner_document(folder),
                        [&](VideoMotion& video) { values_.convert(video); });
    }
    if (options_.make_plan && options_.output != "-") write_plan(journal);
    const std::vector<std::string> failed = show_.draw_pictures();
    write_manifests(failed);
    journal.close();
    tell(result);
    return failed.empty() ? result.exit_code() : kExitFailed;
  }

 private:
  Work work_on(const store::Item& item) const {
    Work work;
    try {
      work.video = source_.read(item);
      // What cannot become a curve is a bad item now, not the end of the run when its files are written.
      if (options_.make_plan || values_.differ()) {
        (void)curve_of(work.video.motion, source_.info.kind, options_.plan.exponent);
      }
    } catch (const DataError& error) {
      work.failure = error;
    }
    if (!is_own_file(source_, item)) return work;
    try {
      work.input = store::file_record(item.path);  // its bytes are in the kernel's cache by now
    } catch (const DataError& error) {
      if (!work.failure) work.failure = error;
    }
    return work;
  }

  store::ItemRunResult go_over_items(MotionJournal& journal) {
    store::ItemRunOptions how;
    how.jobs = options_.jobs;
    how.strict = options_.strict;
    how.failed_path = options_.failed;
    how.hash_inputs = false;  // an item of a pack has no file of its own: work_on() knows
    how.window = 256;         // eight bytes a frame
    const store::ItemRunResult before = journal.before(items_);
    how.first = journal.first();
    if (how.first > 0) context_.log().info(fmt::format("going on after {} videos of a former run", how.first));
    show_.begin();
    if (how.first > 0 && show_.wants_all()) {
      journal.for_each([&](const store::Item& item, const VideoMotion& motion) { show_.add(item, motion); });
    }
    std::vector<store::FileRecord> inputs;
    std::optional<store::FileRecord> input;  // of the item that is being committed
    store::ItemRunResult result = store::run_items(
        items_, how, context_.log(), before, [&](const store::Item& item) { return work_on(item); },
        [&](const store::ItemOutcome& outcome, Work work) {
          input = work.input;
          if (input) inputs.push_back(*input);
          for (const auto& warning : work.video.warnings) context_.log().warning(warning);
          if (work.failure) throw DataError(*work.failure);
          if (work.video.flow_images) work.video.flow_images->publish();
          journal.add({outcome.item, outcome.index, input}, work.video.motion);
          show_.add(*outcome.item, work.video.motion);
          input.reset();
        },
        [&](const store::ItemOutcome& outcome, const std::string& reason) {
          journal.fail({outcome.item, outcome.index, std::exchange(input, std::nullopt)}, reason);
        });
    result.inputs.insert(result.inputs.end(), inputs.begin(), inputs.end());
    return result;
  }

  void write_plan(const MotionJournal& journal) const {
    store::SamplingPlan plan = empty_plan(values_.info().method, options_.plan);
    journal.for_each([&](const store::Item& item, const VideoMotion& motion) {
      const std::string path = source_.opens_videos ? item.path : "";
      plan.videos.push_back(plan_of_video(motion, path, source_.info.kind, options_.plan));
    });
    store::write_plan(options_.output, plan);
  }

  void write_manifests(const std::vector<std::string>& failed) {
    std::vector<std::string> outputs = output_files(options_);
    std::erase_if(outputs,
                  [&](const auto& path) { return std::find(failed.begin(), failed.end(), path) != failed.end(); });
    if (outputs.empty()) return;
    for (const auto& path : outputs) manifest_.add_output(path);
    manifest_.write(store::manifest_path(outputs.front(), false));
    if (!options_.motion_output.empty() && options_.motion_output != outputs.front()) {
      manifest_.write(store::manifest_path(options_.motion_output, false));
    }
    if (options_.depfile.empty()) return;
    std::vector<std::string> inputs = source_.side_inputs;
    for (const auto& item : items_) {
      if (is_own_file(source_, item)) inputs.push_back(item.path);
    }
    store::write_depfile(options_.depfile, {outputs.front()}, inputs);
  }

  void tell(const store::ItemRunResult& result) const {
    const auto& counts = result.counts;
    if (options_.json && !prints_lines(options_)) {
      context_.print(store::json_document({{"output", options_.output},
                                           {"videos", counts.done},
                                           {"failed", counts.failed},
                                           {"method", values_.info().method}}));
    }
    context_.log().info(fmt::format("motion of {} videos{}", counts.done,
                                    counts.failed ? fmt::format(", {} failed", counts.failed) : ""));
  }

  MotionOptions options_;
  MotionSource source_;
  cli::ProgramContext& context_;
  std::vector<store::Item> items_;
  FileValues values_;
  MotionShow show_;
  store::Manifest manifest_;
};

}  // namespace

int run_motion(const cli::ParsedOptions& parsed, cli::ProgramContext& context) {
  MotionOptions options = read_motion_options(parsed);
  MotionSource source = open_motion_source(options, context.log());
  options.hwaccel.tell(context.log());
  return MotionRun(std::move(options), std::move(source), context).run();
}

}  // namespace vs::jobs
