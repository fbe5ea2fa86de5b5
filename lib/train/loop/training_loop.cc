#include "lib/train/loop/training_loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "lib/train/distributed/stop_wish.h"
#include "lib/train/records/curves.h"

namespace vs::train {
namespace {

/// A loss of so many times the first one, or of so much where that was below 1, is no excursion any more.
constexpr double kDiverged = 1e4;

constexpr const char* kGradients = "waiting_gradient.";
constexpr const char* kScaler = "loss_scaler.";

double now_s() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

double take_number(const NamedNumbers& numbers, const std::string& name) {
  const auto found = std::find_if(numbers.begin(), numbers.end(), [&](const auto& one) { return one.first == name; });
  return found == numbers.end() ? std::numeric_limits<double>::quiet_NaN() : found->second;
}

}  // namespace

TrainingLoop::TrainingLoop(const LoopParts& parts, const TrainingSettings& settings, const EpochShape& shape,
                           const LoopOptions& options)
    : parts_(parts), settings_(settings), shape_(shape), options_(options) {
  if (settings_.averages) average_.emplace(parts_.task.module(), settings_.average);
}

void TrainingLoop::resume(const SavedCheckpoint& checkpoint) {
  const TrainingState& saved = checkpoint.state;
  load_checkpoint_weights(parts_.task.module(), checkpoint);
  parts_.optimizer.restore(saved.optimizer);
  NamedTensors task, gradients, scaler;
  for (const auto& [name, tensors] : saved.task) {
    const at::Tensor own = tensors[parts_.ranks.rank()].clone();
    if (name.starts_with(kGradients)) {
      gradients.emplace_back(name.substr(std::string(kGradients).size()), own);
    } else if (name.starts_with(kScaler)) {
      scaler.emplace_back(name.substr(std::string(kScaler).size()), own);
    } else {
      task.emplace_back(name, own);
    }
  }
  parts_.task.restore(task);
  parts_.trainer.restore_gradients(gradients);
  if (parts_.trainer.scaler() != nullptr) parts_.trainer.scaler()->restore(scaler);
  if (average_) average_->restore(saved.average);
  if (average_ && average_->swapped()) average_->swap();
  best_ = saved.best;
  first_loss_ = saved.first_loss;
  epoch_ = saved.epoch;
  iteration_ = saved.iteration;
  resumed_ = true;
}

void TrainingLoop::run() {
  if (is_writer()) {
    const std::string log = options_.folder + "/metrics.jsonl";
    const bool validation_waits = epoch_is_over();
    metrics_.emplace(resumed_ ? MetricsLog::resume(log, iteration_, !validation_waits) : MetricsLog::start(log));
    if (options_.event_file) {
      const std::string name = event_file_name(static_cast<int64_t>(now_s()));
      events_.emplace(options_.folder + "/" + name, now_s(), resumed_ ? std::optional(iteration_) : std::nullopt);
    }
    const int64_t all = settings_.epochs * shape_.iterations();
    progress_.emplace(parts_.log, static_cast<uint64_t>(std::max<int64_t>(all - iteration_, 0)), "iterations");
  }
  try {
    // Where a run stopped in the validation that ends an epoch, it goes on with that.
    if (epoch_is_over()) end_epoch();
    train();
  } catch (const Interrupted&) {
    if (progress_) progress_->finish();
    save(kLastCheckpoint);
    parts_.log.info(fmt::format("stopped after {} iterations; --resume goes on from there", iteration_));
    throw;
  }
  if (progress_) progress_->finish();
}

void TrainingLoop::train() {
  parts_.task.prepare_training();
  last_step_ = std::chrono::steady_clock::now();
  const RunOrder order(shape_, options_.seed, settings_.epochs, iteration_);
  // One source for all epochs: the first batch of an epoch is loaded during the last steps of the one before and its
  // validation.
  parts_.source.run(order, options_.strict, [this](const LoadedBatch& loaded) {
    step(loaded);
    if (!epoch_is_over()) return true;
    record_window();
    end_epoch();
    parts_.task.prepare_training();
    last_step_ = std::chrono::steady_clock::now();
    return true;
  });
}

void TrainingLoop::step(const LoadedBatch& loaded) {
  const StepReport report = parts_.trainer.step(loaded.batch, iteration_, [this] {
    if (average_) average_->update();
  });
  if (!report.parts.empty()) watch_divergence(take_number(report.parts, "loss"));
  ++iteration_;
  const auto now = std::chrono::steady_clock::now();
  window_.add(report, std::chrono::duration<double>(now - last_step_).count(), loaded.waited);
  last_step_ = now;
  if (progress_)
    progress_->add(1, fmt::format("epoch {}, loss {:.4g}, lr {:.3g}", epoch_ + 1, take_number(report.parts, "loss"),
                                  report.learning_rates.empty() ? 0 : report.learning_rates.front()));
  if (iteration_ % options_.log_every == 0) record_window();
  agree_to_stop(parts_.ranks);
  if (options_.save_every > 0 && iteration_ % options_.save_every == 0) save(kLastCheckpoint);
}

void TrainingLoop::end_epoch() {
  const int64_t done = epoch_ + 1;
  const bool last = done == settings_.epochs;
  if (parts_.validator && (last || done % settings_.validate_every == 0)) validate();
  epoch_ = done;
  if (last || done % settings_.checkpoint_every == 0) save(epoch_checkpoint(done));
  save(kLastCheckpoint);
  if (is_writer()) draw();
}

void TrainingLoop::validate() {
  const auto began = std::chrono::steady_clock::now();
  if (average_) average_->swap();
  try {
    const evaluate::MetricReport report = parts_.validator->validate(parts_.ranks);
    LogRecord record;
    record.mode = LogRecord::Mode::kValidation;
    record.epoch = epoch_ + 1;
    record.iteration = iteration_;
    for (const auto& metric : report.metrics) record.metrics.emplace_back(metric.name, metric.value);
    record.time = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    record.memory = peak_memory();
    if (report.num_failed > 0)
      parts_.log.warning(
          fmt::format("validation is over {} videos, {} could not be read", report.num_videos, report.num_failed));
    write(record);
    keep_best(record);
  } catch (...) {
    if (average_) average_->swap();
    throw;
  }
  if (average_) average_->swap();
}

void TrainingLoop::keep_best(const LogRecord& record) {
  if (record.metrics.empty()) return;
  auto chosen = record.metrics.begin();
  if (!settings_.save_best.empty()) {
    chosen = std::find_if(record.metrics.begin(), record.metrics.end(),
                          [&](const auto& metric) { return metric.first == settings_.save_best; });
    if (chosen == record.metrics.end()) {
      chosen = record.metrics.begin();
      parts_.log.warning(
          fmt::format("train.save_best: {} is not among the metrics, {} decides", settings_.save_best, chosen->first));
    }
  }
  if (is_writer()) parts_.log.info(fmt::format("epoch {}: {} {:.4f}", record.epoch, chosen->first, chosen->second));
  if (best_ && chosen->second <= best_->value) return;
  best_ = BestMetric{chosen->first, chosen->second, record.epoch};
  save(kBestCheckpoint);
}

void TrainingLoop::watch_divergence(double loss) {
  if (!first_loss_) first_loss_ = loss;
  if (std::abs(loss) <= kDiverged * std::max(1.0, std::abs(*first_loss_))) return;
  throw DataError(fmt::format("iteration {}", iteration_),
                  fmt::format("the loss is {:.4g}, and was {:.4g} at first: training diverges", loss, *first_loss_),
                  "a lower learning rate, a warm-up or clipping may help; the last checkpoint is as it was");
}

void TrainingLoop::record_window() {
  if (window_.empty()) return;
  std::vector<std::string> names;
  for (const auto& group : parts_.optimizer.groups()) names.push_back(group.name);
  write(window_.take(epoch_ + 1, iteration_, names));
}

void TrainingLoop::write(const LogRecord& record) {
  if (!is_writer()) return;
  metrics_->append(record);
  if (!events_) return;
  const bool training = record.mode == LogRecord::Mode::kTrain;
  NamedNumbers scalars;
  const auto add = [&](const char* group, const NamedNumbers& numbers) {
    for (const auto& [name, value] : numbers)
      scalars.emplace_back(std::string(group) + (name.empty() ? "all" : name), value);
  };
  add(training ? "train/" : "val/", record.losses);
  add("val/", record.metrics);
  add("learning_rate/", record.learning_rates);
  if (training) scalars.emplace_back("time/iteration", record.time);
  events_->add_scalars(scalars, record.iteration, now_s());
}

void TrainingLoop::draw() const {
  const auto records = read_metrics_log(options_.folder + "/metrics.jsonl");
  write_file_atomically(options_.folder + "/curves.svg", draw_curves(records, {.title = options_.recipe}));
}

void TrainingLoop::save(const std::string& name) {
  const TrainingState now = state();
  if (is_writer()) save_checkpoint(options_.folder, name, parts_.task.module(), options_.recipe, now);
}

TrainingState TrainingLoop::state() const {
  TrainingState state;
  state.epoch = epoch_;
  state.iteration = iteration_;
  state.seed = options_.seed;
  state.best = best_;
  state.first_loss = first_loss_;
  state.fingerprint = options_.fingerprint;
  for (const auto& [name, tensor] : parts_.optimizer.state()) state.optimizer.emplace_back(name, *tensor);
  // Of each process its own, one below the other.
  const auto add = [&](const std::string& name, const at::Tensor& tensor) {
    state.task.emplace_back(name, at::stack(parts_.ranks.gather(tensor.detach())));
  };
  for (const auto& [name, tensor] : parts_.task.state()) add(name, tensor);
  for (const auto& [name, gradient] : parts_.trainer.waiting_gradients(iteration_)) add(kGradients + name, gradient);
  if (const GradientScaler* scaler = parts_.trainer.scaler()) {
    for (const auto& [name, tensor] : scaler->state()) add(kScaler + name, tensor);
  }
  if (average_) state.average = average_->state();
  return state;
}

}  // namespace vs::train
