#include "lib/evaluate/run_evaluation.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/parallel.h"
#include "lib/data/reader_pool.h"
#include "lib/evaluate/batch_runner.h"
#include "lib/evaluate/device_frames.h"
#include "lib/evaluate/experiment.h"
#include "lib/evaluate/input_sheet.h"
#include "lib/evaluate/metric_report.h"
#include "lib/evaluate/motion_facts.h"
#include "lib/evaluate/run_options.h"
#include "lib/evaluate/sample_scores.h"
#include "lib/evaluate/saved_picks.h"
#include "lib/jobs/inputs/estimate.h"
#include "lib/jobs/inputs/output_check.h"
#include "lib/media/image_png.h"
#include "lib/nn/device.h"
#include "lib/nn/device_option.h"
#include "lib/nn/memory.h"
#include "lib/nn/patient_threads.h"
#include "lib/nn/weights_options.h"
#include "lib/store/item_log.h"
#include "lib/store/json.h"
#include "lib/store/manifest.h"
#include "lib/store/pack_file.h"
#include "lib/store/plan_file.h"
#include "lib/store/recipe_list.h"

namespace vs::evaluate {
namespace {

using store::Json;

/// Inputs of videos that wait for the network, at most.
constexpr int64_t kWaitingBytes = int64_t{1} << 30;

std::vector<store::Item> items_of(const data::Dataset& data) {
  std::vector<store::Item> items;
  items.reserve(data.items.size());
  for (const auto& item : data.items) items.push_back({.id = item.id, .path = item.place.path});
  return items;
}

/// Threads of one forward. One alone adds in the same order on every machine.
int compute_threads(const ComputeOptions& options) {
  if (options.deterministic) return 1;
  return options.threads > 0 ? options.threads : available_cores();
}

class EvaluationRun {
 public:
  EvaluationRun(RunOptions options, const cli::ParsedOptions& parsed, cli::ProgramContext& context)
      : options_(std::move(options)),
        parsed_(parsed),
        context_(context),
        document_(read_experiment(options_.recipe, options_.changes)),
        experiment_(document_, options_.changes.pipeline, options_.seed),
        manifest_("vs-eval", options_.command, parsed.parameters(true), parsed.parameters(false)) {
    options_.output = store::shard_path(options_.output, options_.shard);
    for (std::string* path : {&options_.plan_output, &options_.metrics_output, &options_.sheet}) {
      if (!path->empty()) *path = store::shard_path(*path, options_.shard);
    }
    manifest_.set_seed(options_.seed);
  }

  int run() {
    options_.hwaccel.tell(context_.log());
    if (!options_.dry_run) {
      device_ = nn::open_asked_device(parsed_, context_.log());
      nn::check_dtype(options_.compute.dtype, device_);
      keep_frames_on_device(device_, options_, context_.log());
    }
    manifest_.settle_parameter("hwaccel", options_.hwaccel.parameter());
    if (parsed_.text("device") == "auto") manifest_.settle_parameter("device", device_.str());
    read_data();
    if (options_.dry_run) return estimate();
    check_places();
    for (const auto& path : side_inputs_) manifest_.add_input(path);
    const Json key = store::run_key(manifest_, items_);
    const nn::PatientThreads patient;
    load_weights();  // before the output is begun: weights that do not fit leave nothing behind
    file_ = open_file(key);
    const store::ItemRunResult result = go_over_items();
    manifest_.set_outcome(result.counts, result.failures);
    file_->finish(manifest_.inner_document(std::filesystem::path(options_.output).parent_path().string()));
    // The scores are whole: what goes wrong with their metrics must not make them be made again.
    std::exception_ptr failure;
    int code = kExitFailed;
    try {
      code = report(result);
    } catch (const Error&) {
      failure = std::current_exception();
    }
    write_manifest();
    file_->done();
    if (failure) std::rethrow_exception(failure);
    return code;
  }

 private:
  void read_data() {
    options_.dataset.num_classes = experiment_.system().num_classes();
    options_.dataset.labels_needed = false;  // scores need none; metrics say so themselves
    data_ =
        data::read_dataset(options_.annotations, options_.reading.format, options_.reading.options, options_.dataset);
    for (const auto& warning : data_.warnings) context_.log().warning(warning);
    if (!data_.missing.empty())
      context_.log().warning(
          fmt::format("{}: {} of its videos are not there", options_.annotations, data_.missing.size()));
    const std::vector<store::Item> all = items_of(data_);
    items_ = store::items_of_shard(all, options_.shard);
    first_of_shard_ = items_.empty() ? 0 : place_of(all, items_.front());
    motion_ = motion_for(document_.at("data").at(options_.changes.pipeline), options_, data_);
    side_inputs_ = parsed_.texts("weights");
    side_inputs_.push_back(options_.annotations);
    if (!options_.motion.empty()) side_inputs_.push_back(options_.motion);
    if (!options_.reading.classes_path.empty()) side_inputs_.push_back(options_.reading.classes_path);
    if (std::filesystem::is_regular_file(options_.dataset.root)) side_inputs_.push_back(options_.dataset.root);
    if (std::filesystem::is_regular_file(options_.recipe)) side_inputs_.push_back(options_.recipe);
  }

  static size_t place_of(const std::vector<store::Item>& all, const store::Item& item) {
    return static_cast<size_t>(
        std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.id == item.id; }) - all.begin());
  }

  void check_places() {
    jobs::check_outputs({{"--output", options_.output},
                         {"--save-picks", options_.plan_output},
                         {"--save-metrics", options_.metrics_output},
                         {"--sheet", options_.sheet},
                         {"--failed", options_.failed},
                         {"--depfile", options_.depfile}},
                        side_inputs_);
    for (const auto& path : {options_.plan_output, options_.metrics_output, options_.sheet}) {
      if (!path.empty()) store::check_output_free(path, options_.force);
    }
    const auto& wanted = options_.sheet_video;
    if (!wanted.empty() &&
        std::none_of(items_.begin(), items_.end(), [&](const auto& item) { return item.id == wanted; }))
      throw UsageError("--video " + wanted, "is no video of this run");
    if (!options_.depfile.empty()) jobs::check_make_names({options_.output}, side_inputs_);
  }

  bool gives_embeddings() const { return document_.at("model").value("type", "") == "SimilarityRecognizer3D"; }

  std::unique_ptr<ResultFile> open_file(const Json& key) {
    systems::System& system = experiment_.system();
    const std::string parameters = document_.dump();
    if (gives_embeddings()) {
      const int64_t width = system.num_classes() > 0 ? system.num_classes() : embedding_width();
      return open_embeddings(options_.output, width, experiment_.name(), parameters, key, options_.force);
    }
    store::ScoresInfo info;
    info.num_classes = system.num_classes();
    info.kind = experiment_.score_kind();
    info.average = experiment_.average();
    info.class_names = data_.classes;
    info.recipe = experiment_.name();
    info.parameters = parameters;
    info.num_stages = exits_early() ? 0 : system.num_stages();
    info.has_picks = true;
    info.patch_size = system.patch_size();
    return open_scores(options_.output, info, key, options_.force);
  }

  bool exits_early() const {
    const Json& test = document_.at("test");
    return test.contains("exit_thresholds") && !test.at("exit_thresholds").empty();
  }

  int64_t embedding_width() const { return document_.at("model").at("backbone").value("embed_dims", int64_t{768}); }

  void load_weights() {
    systems::System& system = experiment_.system();
    if (options_.untrained) {
      nn::initialise(system.module(), options_.seed);
    } else {
      nn::load_asked_weights(nn::WholeModel(system.module()), parsed_, context_.log(), options_.seed);
    }
    nn::pool_tensor_memory();
    at::set_num_threads(compute_threads(options_.compute));
    if (options_.compute.deterministic) nn::compute_deterministically();
    system.move(device_);
    system.prepare({options_.compute.dtype});
  }

  store::ItemRunResult go_over_items() {
    store::ItemRunOptions how;
    how.jobs = options_.jobs;
    how.strict = options_.strict;
    how.failed_path = options_.failed;
    how.hash_inputs = false;  // reading whole videos takes longer than the frames that are looked at
    how.give_way = true;
    how.first = file_->first();
    if (how.first > 0) context_.log().info(fmt::format("going on after {} videos of a former run", how.first));
    const int threads = thread_count(options_.jobs, items_.size());
    how.window = static_cast<uint64_t>(std::clamp<int64_t>(kWaitingBytes / sample_bytes(), threads, 4 * threads + 8));
    data::LoaderOptions loading = loading_options();
    loading.reader.video.threads = media::decoder_threads(threads);
    data::ReaderPool readers(loading.reader);
    const nn::OwnStream own(beside_decoder(device_, options_));
    BatchRunner batches(experiment_, options_.compute.batch, [&](const FinishedVideo& video) { take(video); });
    const store::ItemRunResult before = file_->before(items_);
    store::ItemRunResult result = store::run_items(
        items_, how, context_.log(), before,
        [&](const store::Item& item) {
          const auto at = static_cast<int64_t>(first_of_shard_ + static_cast<size_t>(&item - items_.data()));
          return readers.with_reader([&](data::ClipReader& reader) {
            return data::make_sample(data_, at, experiment_.pipeline(), loading, reader);
          });
        },
        [&](const store::ItemOutcome& outcome, data::Sample sample) {
          for (const auto& warning : sample.warnings) context_.log().warning(outcome.item->path + ": " + warning);
          batches.add({outcome, std::move(sample)});
        },
        [&](const store::ItemOutcome& outcome, const std::string& reason) {
          batches.flush();
          file_->fail(outcome, reason);
        });
    batches.flush();
    // What the network could not take is found after the item was committed.
    result.counts.done -= static_cast<int64_t>(late_failures_.size());
    result.counts.failed += static_cast<int64_t>(late_failures_.size());
    result.failures.insert(result.failures.end(), late_failures_.begin(), late_failures_.end());
    if (!late_failures_.empty()) store::write_failed_list(options_.failed, result.failures, context_.log());
    context_.log().detail(fmt::format("{:.2f} s in the network", batches.seconds()));
    return result;
  }

  data::LoaderOptions loading_options() const {
    data::LoaderOptions loading;
    loading.seed = options_.seed;
    loading.reader = experiment_.pipeline().reading(options_.clips);
    loading.motion = motion_.get();
    return loading;
  }

  /// Bytes of one input, as the recipe states it.
  int64_t sample_bytes() const {
    int64_t bytes = 4;
    for (const auto& size : document_.at("input").at("shape")) bytes *= size.get<int64_t>();
    return bytes;
  }

  void take(const FinishedVideo& finished) {
    const auto& outcome = finished.video->outcome;
    std::string failure = finished.failure;
    if (failure.empty()) {
      try {
        const auto& sample = finished.video->sample;
        const auto& labels = data_.items[static_cast<size_t>(sample.item)].labels;
        file_->add(outcome, *finished.result, finished.row, sample.plan, labels, gflops_of(finished));
        return;
      } catch (const DataError& error) {
        failure = error.what();
      }
    }
    context_.log().error(failure);
    file_->fail(outcome, failure);
    late_failures_.push_back({outcome.item->id, outcome.item->path, failure});
    if (options_.strict) throw DataError(outcome.item->path, failure);
  }

  double gflops_of(const FinishedVideo& finished) {
    const std::vector<int64_t>& shape = finished.input;
    auto found = gflops_.find(shape);
    if (found == gflops_.end()) found = gflops_.emplace(shape, experiment_.gflops_of(finished.input)).first;
    const auto& stages = finished.result->stages;
    const int64_t all = experiment_.system().num_stages();
    if (stages.empty() || all <= 0) return found->second;
    return found->second * static_cast<double>(stages[static_cast<size_t>(finished.row)]) / static_cast<double>(all);
  }

  int estimate() {
    jobs::Estimate estimate;
    estimate.videos = static_cast<int64_t>(items_.size());
    const auto shape = document_.at("input").at("shape").get<std::vector<int64_t>>();
    estimate.frames = estimate.videos * (shape.size() == 5 ? shape[0] * shape[2] : shape[0]);
    const int64_t row = 4 * std::max<int64_t>(1, experiment_.system().num_classes());
    estimate.bytes = static_cast<uint64_t>(estimate.videos * (row + 256));
    return jobs::print_estimate(options_.output, estimate, context_);
  }

  /// Metrics, plan, what people are told. Returns the exit code.
  int report(const store::ItemRunResult& result) {
    context_.log().info(fmt::format("scored {} videos{}", result.counts.done,
                                    result.counts.failed ? fmt::format(", {} failed", result.counts.failed) : ""));
    if (gives_embeddings()) {
      if (context_.json())
        context_.print(store::json_document({{"output", options_.output}, {"videos", result.counts.done}}));
      return result.exit_code();
    }
    if (result.counts.done == 0) {
      context_.log().error("no video could be scored: there are no metrics");
      return kExitFailed;
    }
    if (!options_.plan_output.empty()) write_picks(options_.output, options_.plan_output, data_);
    if (!options_.sheet.empty()) draw_sheet();
    const ScoreSet scores = read_score_set(options_.output);
    MetricOptions how = options_.metrics;
    if (how.names.empty()) how.names = experiment_.metrics();
    const MetricReport found = make_report(scores, how, result.counts.failed);
    show_report(found, context_);
    if (!options_.metrics_output.empty()) store::write_document(options_.metrics_output, "metrics", found.document());
    return result.exit_code();
  }

  void draw_sheet() {
    const store::ScoresFile file(options_.output);
    const int64_t at = options_.sheet_video.empty() ? 0 : file.find(options_.sheet_video);
    if (at < 0) throw DataError("--video " + options_.sheet_video, "could not be scored, so there is nothing to show");
    const store::VideoScores scores = file.video(at);
    const auto item = std::find_if(data_.items.begin(), data_.items.end(),
                                   [&](const auto& one) { return one.id == scores.video_id; });
    data::LoaderOptions loading = loading_options();
    loading.reader.on_device = nullptr;  // the host draws
    data::ClipReader reader(loading.reader);
    data::Sample sample = data::make_sample(data_, item - data_.items.begin(), experiment_.pipeline(), loading, reader);
    const media::Image sheet = draw_input_sheet(experiment_, sample, scores, file.info().patch_size);
    const std::vector<uint8_t> bytes = media::encode_png(sheet.view());
    write_file_atomically(options_.sheet, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }

  void write_manifest() {
    std::vector<std::string> outputs = {options_.output};
    for (const auto& path : {options_.plan_output, options_.metrics_output, options_.sheet}) {
      if (!path.empty() && std::filesystem::exists(path)) outputs.push_back(path);
    }
    for (const auto& path : outputs) manifest_.add_output(path);
    manifest_.write(store::manifest_path(options_.output, false));
    if (!options_.depfile.empty()) store::write_depfile(options_.depfile, {options_.output}, side_inputs_);
  }

  RunOptions options_;
  const cli::ParsedOptions& parsed_;
  cli::ProgramContext& context_;
  Json document_;
  Experiment experiment_;
  store::Manifest manifest_;
  data::Dataset data_;
  std::vector<store::Item> items_;
  size_t first_of_shard_ = 0;
  std::unique_ptr<data::MotionProvider> motion_;
  std::vector<std::string> side_inputs_;
  std::unique_ptr<ResultFile> file_;
  std::map<std::vector<int64_t>, double> gflops_;
  at::Device device_ = at::kCPU;
  std::vector<store::Failure> late_failures_;
};

}  // namespace

int run_evaluation(const cli::ParsedOptions& parsed, cli::ProgramContext& context) {
  if (parsed.flag("list-recipes")) return store::list_recipes(context, "data");
  if (parsed.flag("print-recipe")) {
    context.print(store::json_document(read_experiment(parsed.text("recipe"), read_recipe_changes(parsed))));
    return kExitDone;
  }
  return EvaluationRun(read_run_options(parsed), parsed, context).run();
}

}  // namespace vs::evaluate
