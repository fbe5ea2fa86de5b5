#include "lib/train/loop/run_training.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/core/parallel.h"
#include "lib/evaluate/device_frames.h"
#include "lib/evaluate/motion_facts.h"
#include "lib/jobs/inputs/output_check.h"
#include "lib/nn/device.h"
#include "lib/nn/device_option.h"
#include "lib/nn/memory.h"
#include "lib/nn/parameter_count.h"
#include "lib/nn/patient_threads.h"
#include "lib/nn/weights_options.h"
#include "lib/store/json.h"
#include "lib/store/manifest.h"
#include "lib/store/recipe_list.h"
#include "lib/train/distributed/connect.h"
#include "lib/train/distributed/launch.h"
#include "lib/train/distributed/rank_place.h"
#include "lib/train/distributed/stop_wish.h"
#include "lib/train/distributed/synchronised_norm.h"
#include "lib/train/initialization/initialize.h"
#include "lib/train/loop/folder_lock.h"
#include "lib/train/loop/run_facts.h"
#include "lib/train/loop/settings.h"
#include "lib/train/loop/tests_of_run.h"
#include "lib/train/loop/training_loop.h"
#include "lib/train/loop/training_options.h"

namespace vs::train {
namespace {

namespace fs = std::filesystem;
using store::Json;

class TrainingRun {
 public:
  TrainingRun(TrainingOptions options, const std::optional<RankPlace>& place, const cli::ParsedOptions& parsed,
              cli::ProgramContext& context, Companion& companion)
      : options_(std::move(options)),
        place_(place),
        parsed_(parsed),
        context_(context),
        companion_(companion),
        own_log_(context.log().program(), Verbosity::kQuiet, context.log().color()),
        document_(read_training_recipe(options_.recipe, options_.assignments, companion.layers())),
        settings_(read_settings(document_.at("train"))),
        manifest_(context.log().program(), options_.command, parsed.parameters(true), parsed.parameters(false)) {
    if (!parsed.given("seed")) options_.seed = document_.at("train").value("seed", options_.seed);
    manifest_.set_seed(options_.seed);
    if (options_.scale_learning_rate) {
      const double factor = train::scale_learning_rate(document_.at("train"),
                                                       settings_.batch_size * settings_.update_interval * num_ranks());
      log().info(fmt::format("learning rates are {:.4g} times the recipe's", factor));
    }
    threads_ = options_.threads > 0 ? options_.threads : std::max(1, available_cores() / local_processes());
  }

  /// All that can be refused before anything is computed or written.
  void prepare() {
    system_ = systems::build_system(document_.at("model"));
    pipeline_ = std::make_unique<data::Pipeline>(document_.at("data").at("train"), "data.train");
    task_ = build_task(document_.at("model"), document_.at("train"));
    open_devices();
    read_data();
    shape_ = {static_cast<int64_t>(data_.items.size()), settings_.batch_size, rank(), num_ranks()};
    shape_.views = settings_.views;
    schedule_.emplace(document_.at("train").at("lr_config"), settings_.epochs, shape_.iterations());
    if (!options_.dry_run) look_into_folder();
  }

  /// Whether it starts those that train.
  bool is_launcher() const { return !place_ && options_.processes > 1; }

  /// What is to be there before processes train; false: the run is over.
  bool prepare_companion() {
    if (leaves_device_to_others()) return true;  // the first of those that train does what there is to do
    at::set_num_threads(threads_);
    const nn::OwnStream own(evaluate::beside_decoder(device_, options_));
    return companion_.prepare({document_, *task_, data_, *pipeline_, training_loading(), system_->layout(),
                               settings_.batch_size, options_.seed, device_, options_.dtype, data_hash_, rank(),
                               log()});
  }

  int tell_plan() const {
    const int64_t parameters = nn::num_parameters(task_->module());
    const Json plan = {{"videos", data_.items.size()},
                       {"epochs", settings_.epochs},
                       {"iterations_per_epoch", shape_.iterations()},
                       {"iterations", settings_.epochs * shape_.iterations()},
                       {"batch", settings_.batch_size * num_ranks()},
                       {"parameters", parameters}};
    if (context_.json()) {
      context_.print(store::json_document(plan));
    } else {
      context_.print(fmt::format("{} videos, {} epochs of {} iterations of {} videos, {} parameters\n",
                                 data_.items.size(), settings_.epochs, shape_.iterations(),
                                 settings_.batch_size * num_ranks(), parameters));
    }
    return kExitDone;
  }

  int run() {
    watch_stop_signals(num_ranks() > 1);
    end_with_launcher();
    at::set_num_threads(threads_);
    const nn::PatientThreads patient;
    nn::pool_tensor_memory();
    ranks_ = place_ ? connect_ranks(*place_, std::chrono::seconds(options_.timeout_s), device_)
                    : std::make_unique<SingleRank>();
    // Once all are there, so that those who wait for this one hear of a refusal at once.
    std::optional<FolderLock> lock;
    if (ranks_->rank() == 0) {
      lock.emplace(options_.folder, log());
      look_into_folder();  // again: another run may have ended in it meanwhile
    }
    task_->set_ranks(ranks_.get());
    const nn::OwnStream own(evaluate::beside_decoder(device_, options_));
    const auto found = checkpoint_to_go_on_from();
    give_weights(found);
    task_->module().move(device_);
    task_->prepare_training();
    const auto optimizer = build_optimizer(task_->module(), document_.at("train").at("optimizer"));
    train(found, *optimizer);
    test();
    if (ranks_->rank() == 0) finish();
    return kExitDone;
  }

 private:
  /// A process that starts others takes no memory of a GPU, which it would hold until they end.
  bool leaves_device_to_others() const { return is_launcher() && options_.device != "cpu"; }

  void open_devices() {
    std::string name = options_.device;
    if (place_ && name == "cuda") name = fmt::format("cuda:{}", place_->local_rank);
    if (!is_launcher()) {
      evaluate::open_hwaccel(options_, parsed_, name);
      options_.hwaccel.tell(log());
      manifest_.settle_parameter("hwaccel", options_.hwaccel.parameter());
    }
    if (options_.dry_run || leaves_device_to_others()) return;
    device_ = nn::open_device(name, "--device " + name, log());
    nn::check_dtype(options_.dtype, device_);
    evaluate::keep_frames_on_device(device_, options_, log());
    if (name == "auto") manifest_.settle_parameter("device", device_.str());
  }

  void read_data() {
    data_ = dataset_of(options_.annotations, options_.dataset.root, options_.reading.format);
    data_hash_ = dataset_hash(data_);
    motion_ = evaluate::motion_for(document_.at("data").at("train"), options_, data_);
    inputs_ = parsed_.texts("init");
    inputs_.push_back(options_.annotations);
    if (!options_.motion.empty()) inputs_.push_back(options_.motion);
    if (fs::is_regular_file(options_.dataset.root)) inputs_.push_back(options_.dataset.root);
    if (fs::is_regular_file(options_.recipe)) inputs_.push_back(options_.recipe);
    if (!options_.reading.classes_path.empty()) inputs_.push_back(options_.reading.classes_path);
    for (const auto& path : companion_.inputs(document_)) inputs_.push_back(path);
    if (options_.validation.empty()) return;
    if (!document_.at("data").contains("val"))
      throw UsageError("--val", "the recipe has no pipeline data.val", "leave it out, or add one to the recipe");
    data::Dataset validation = dataset_of(options_.validation, options_.validation_root, options_.reading.format);
    inputs_.push_back(options_.validation);
    evaluate::DataOptions of_validation = static_cast<const evaluate::DataOptions&>(options_);
    of_validation.motion = options_.validation_motion;
    const Json& steps = document_.at("data").at("val");
    validation_motion_ = evaluate::motion_for(steps, of_validation, validation);
    data::LoaderOptions loading = loading_options();
    loading.motion = validation_motion_.get();
    loading.prefetch = options_.validation_batch + loading.workers;
    const auto scorer = [&](const std::string& pipeline) {
      return std::make_unique<Validator>(document_, task_->module(), validation, loading, options_.validation_batch,
                                         rank(), num_ranks(), pipeline);
    };
    if (!options_.tested.empty()) tester_ = scorer(document_.at("data").contains("test") ? "test" : "val");
    validator_ = scorer("val");
  }

  data::Dataset dataset_of(const std::string& annotations, const std::string& root,
                           const std::optional<annot::Format>& format) {
    data::DatasetOptions how = options_.dataset;
    how.root = root;
    how.num_classes = system_->num_classes();
    how.labels_needed = task_->label_use() != LabelUse::kVideo;
    data::Dataset data = data::read_dataset(annotations, format, options_.reading.options, how);
    for (const auto& warning : data.warnings) log().warning(warning);
    if (!data.missing.empty())
      log().warning(fmt::format("{}: {} of its videos are not there", annotations, data.missing.size()));
    if (data.items.empty()) throw DataError(annotations, "no video is left to train with");
    return data;
  }

  data::LoaderOptions loading_options() const {
    data::LoaderOptions loading;
    loading.workers = thread_count(options_.jobs, data_.items.size());
    loading.seed = options_.seed;
    loading.reader = options_.clips;
    // During a validation the batches after it wait: together they hold what one of them may.
    if (!options_.validation.empty()) loading.max_bytes /= 2;
    return loading;
  }

  data::LoaderOptions training_loading() const {
    data::LoaderOptions loading = loading_options();
    loading.motion = motion_.get();
    loading.reader = pipeline_->reading(loading.reader);
    loading.labels = label_choice(task_->label_use());
    return loading;
  }

  int num_ranks() const { return place_ ? place_->size : std::max(options_.processes, 1); }
  int rank() const { return place_ ? place_->rank : 0; }
  /// One process of several tells people; the others tell errors only.
  Log& log() { return rank() > 0 ? own_log_ : context_.log(); }

  void look_into_folder() {
    jobs::check_outputs({{"--output", options_.folder}, {"--depfile", options_.depfile}}, inputs_);
    const bool there = fs::exists(fs::path(options_.folder) / "metrics.jsonl");
    if (there && !options_.resume && !options_.force)
      throw UsageError(options_.folder, "holds a run", "--resume goes on with it, --force begins anew");
    if (leaves_device_to_others()) return;  // where there is no device nothing is to be written
    std::error_code failed;
    fs::create_directories(options_.folder, failed);
    if (failed) throw RunError(options_.folder, "cannot be made: " + failed.message());
  }

  std::optional<SavedCheckpoint> checkpoint_to_go_on_from() {
    fingerprint_ = std::make_shared<const Json>(fingerprint());
    if (!options_.resume) return std::nullopt;
    FoundCheckpoint found = find_checkpoint(options_.folder);
    for (const auto& reason : found.refused) log().warning(reason);
    const int64_t iteration = found.checkpoint ? found.checkpoint->state.iteration : -1;
    for (const auto& other : ranks_->gather(at::tensor(std::vector<int64_t>{iteration}))) {
      if (other.item<int64_t>() != iteration)
        throw RunError(options_.folder, "the processes find different checkpoints there",
                       "is the folder a shared one?");
    }
    if (!found.checkpoint) return std::nullopt;
    require_same_run(found.checkpoint->state, *fingerprint_, options_.folder);
    log().info(fmt::format("going on after {} iterations of a former run", iteration));
    return std::move(found.checkpoint);
  }

  /// What a resumed run must have in common with this one.
  Json fingerprint() const {
    Json document = document_;
    document["train"].erase("validate_every");
    document["train"].erase("checkpoint_every");
    document.erase("test");
    Json init = Json::array();
    for (const auto& path : parsed_.texts("init")) init.push_back(store::file_record(path).sha256);
    Json same = {{"recipe", document},
                 {"data", data_hash_},
                 {"init", init},
                 {"seed", options_.seed},
                 {"device", at::DeviceTypeName(device_.type(), /*lower_case=*/true)},
                 {"dtype", nn::name_of_dtype(options_.dtype)},
                 {"threads", threads_},
                 {"processes", num_ranks()}};
    companion_.complete(same);
    return same;
  }

  void give_weights(const std::optional<SavedCheckpoint>& found) {
    if (found) {
      task_->module().materialize();
      return;  // the loop loads them
    }
    initialize(task_->module(), document_.at("model"), options_.seed);
    if (!parsed_.has("init") && document_.at("train").contains("init"))
      log().info(fmt::format("without --init it starts from random weights; published: {}",
                             document_.at("train").at("init").get<std::string>()));
    nn::load_asked_weights(model_to_begin(*task_, document_), parsed_, log(), options_.seed, "init");
    task_->begin_run();
    std::vector<at::Tensor> values;
    for (const auto& entry : task_->module().entries()) values.push_back(*entry.tensor);
    ranks_->broadcast(values);
  }

  void train(const std::optional<SavedCheckpoint>& found, Optimizer& optimizer) {
    if (ranks_->rank() == 0) write_file_atomically(options_.folder + "/recipe.json", store::json_document(document_));
    TrainerOptions how;
    how.epochs = settings_.epochs;
    how.iterations_per_epoch = shape_.iterations();
    how.update_interval = settings_.update_interval;
    // Where nothing is clipped, the norm is still taken: gradients that are not finite must not reach the weights.
    how.clip_norm = settings_.clip_norm > 0 ? settings_.clip_norm : std::numeric_limits<double>::infinity();
    how.clip_norm_type = settings_.clip_norm_type;
    how.device = device_;
    how.dtype = options_.dtype;
    how.seed = options_.seed;
    std::optional<SynchronisedNorms> together;
    if (settings_.synchronised_norm && ranks_->size() > 1) together.emplace(task_->module(), *ranks_);
    how.records_steps = options_.graphs && !together;
    how.log = &log();
    Trainer trainer(*task_, optimizer, *schedule_, *ranks_, how);
    BatchSource source(data_, *pipeline_, training_loading(), system_->layout(), task_->label_use(),
                       system_->num_classes(), settings_.batch_size, log(), device_);
    LoopOptions loop_options{.folder = options_.folder,
                             .recipe = document_.value("name", std::string()),
                             .log_every = options_.log_every,
                             .save_every = options_.save_every,
                             .strict = options_.strict,
                             .event_file = options_.event_file,
                             .seed = options_.seed,
                             .fingerprint = fingerprint_};
    TrainingLoop loop({.task = *task_,
                       .optimizer = optimizer,
                       .trainer = trainer,
                       .source = source,
                       .ranks = *ranks_,
                       .validator = validator_.get(),
                       .log = log()},
                      settings_, shape_, loop_options);
    if (found) loop.resume(*found);
    loop.run();
    iterations_ = loop.iterations_done();
    best_ = loop.best();
    unreadable_ = source.num_unreadable();
  }

  void test() {
    for (const auto& name : options_.tested) {
      if (name == kBestCheckpoint && !best_) {
        log().warning("--test-best: no validation gave a best checkpoint");
        continue;
      }
      tested_.push_back(test_checkpoint(options_.folder, name, *task_, *tester_, *ranks_, parsed_));
      if (ranks_->rank() == 0 && !context_.json()) evaluate::show_report(tested_.back().report, context_);
    }
  }

  void finish() {
    Json result = {{"output", options_.folder}, {"iterations", iterations_}};
    for (const auto& tested : tested_) result["test"][tested.name] = tested.report.document();
    const std::string said = companion_.finish({document_, options_.folder, tested_, threads_, log()}, result);
    for (const auto& path : inputs_) manifest_.add_input(path);
    std::vector<std::string> outputs;
    for (const auto& entry : fs::directory_iterator(options_.folder)) {
      const std::string name = entry.path().filename().string();
      if (entry.is_regular_file() && !name.starts_with(".") && name != "manifest.json")
        outputs.push_back(options_.folder + "/" + name);
    }
    std::sort(outputs.begin(), outputs.end());
    for (const auto& path : outputs) manifest_.add_output(path);
    const auto videos = static_cast<int64_t>(data_.items.size());
    manifest_.set_outcome({.done = videos - unreadable_, .skipped = 0, .failed = unreadable_}, {});
    manifest_.write(store::manifest_path(options_.folder, true));
    const std::string last = checkpoint_files(options_.folder, kLastCheckpoint).weights;
    if (!options_.depfile.empty()) store::write_depfile(options_.depfile, {last}, inputs_);
    log().info(fmt::format(
        "trained {} iterations{}", iterations_,
        best_ ? fmt::format(", best {} {:.4f} after epoch {}", best_->name, best_->value, best_->epoch) : ""));
    if (!context_.json()) {
      if (!said.empty()) context_.print(said);
      return;
    }
    result["weights"] = last;
    if (best_) result["best"] = {{"metric", best_->name}, {"value", best_->value}, {"epoch", best_->epoch}};
    context_.print(store::json_document(result));
  }

  TrainingOptions options_;
  std::optional<RankPlace> place_;
  const cli::ParsedOptions& parsed_;
  cli::ProgramContext& context_;
  Companion& companion_;
  Log own_log_;
  Json document_;
  TrainingSettings settings_;
  store::Manifest manifest_;
  std::unique_ptr<Ranks> ranks_;
  std::optional<LearningRateSchedule> schedule_;
  int threads_ = 1;
  at::Device device_ = at::kCPU;
  std::unique_ptr<systems::System> system_;  ///< for its layout and classes; has no weights
  std::unique_ptr<data::Pipeline> pipeline_;
  std::unique_ptr<Task> task_;
  data::Dataset data_;
  std::string data_hash_;
  std::unique_ptr<data::MotionProvider> motion_, validation_motion_;
  std::unique_ptr<Validator> validator_, tester_;
  std::vector<TestedCheckpoint> tested_;
  EpochShape shape_;
  std::vector<std::string> inputs_;
  SharedDocument fingerprint_;
  int64_t iterations_ = 0, unreadable_ = 0;
  std::optional<BestMetric> best_;
};

}  // namespace

int run_training(const cli::ParsedOptions& parsed, cli::ProgramContext& context) {
  Companion none;
  return run_training_with(none, parsed, context);
}

int run_training_with(Companion& companion, const cli::ParsedOptions& parsed, cli::ProgramContext& context) {
  if (parsed.flag("list-recipes")) return store::list_recipes(context, "train");
  if (parsed.flag("print-recipe")) {
    context.print(
        store::json_document(read_training_recipe(parsed.text("recipe"), parsed.texts("set"), companion.layers())));
    return kExitDone;
  }
  const TrainingOptions options = read_training_options(parsed);
  const auto place = rank_place_of_environment();
  if (place && options.processes > 0 && options.processes != place->size)
    throw UsageError("--nproc", fmt::format("is {}, and a launcher says {}", options.processes, place->size),
                     "leave it out under torchrun, srun or mpirun");
  if (options.device == "auto" && (place || options.processes > 1))
    throw UsageError("--device auto", "is for one process, of which there are several", "give cpu or cuda");
  TrainingRun run(options, place, parsed, context, companion);
  run.prepare();
  if (options.dry_run) return run.tell_plan();
  if (!run.prepare_companion()) return kExitDone;
  if (run.is_launcher()) {
    watch_stop_signals(false);
    return launch_processes(options.processes, options.command);
  }
  try {
    return run.run();
  } catch (const c10::OutOfMemoryError&) {
    throw RunError("--device " + options.device, "its memory is full",
                   "a smaller train.batch_size takes less, --dtype bfloat16 and --no-graphs too; --resume goes on from "
                   "the last checkpoint");
  }
}

}  // namespace vs::train
