// Epochs of a run: steps, validation, logs and checkpoints, from wherever the run stands.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "lib/core/log.h"
#include "lib/core/progress.h"
#include "lib/train/checkpoints/checkpoint.h"
#include "lib/train/checkpoints/moving_average.h"
#include "lib/train/loop/batch_source.h"
#include "lib/train/loop/epoch_order.h"
#include "lib/train/loop/settings.h"
#include "lib/train/loop/step_window.h"
#include "lib/train/loop/trainer.h"
#include "lib/train/loop/validator.h"
#include "lib/train/records/event_file.h"
#include "lib/train/records/metrics_log.h"

namespace vs::train {

/// How the loop goes, beside the recipe's settings.
struct LoopOptions {
  std::string folder;  ///< of checkpoints and logs
  std::string recipe;  ///< its name
  int64_t log_every = 20, save_every = 0;
  bool strict = false, event_file = false;
  uint64_t seed = 0;
  SharedDocument fingerprint;
};

/// What a loop works with; all of it must outlive the loop.
struct LoopParts {
  Task& task;
  Optimizer& optimizer;
  Trainer& trainer;
  BatchSource& source;
  Ranks& ranks;
  Validator* validator = nullptr;  ///< null: nothing is validated
  Log& log;
};

/// Trains to the end. The first rank writes files and tells people.
class TrainingLoop {
 public:
  TrainingLoop(const LoopParts& parts, const TrainingSettings& settings, const EpochShape& shape,
               const LoopOptions& options);

  /// Goes on from a checkpoint: weights, optimiser, task and averages. Throws DataError if it does not fit.
  void resume(const SavedCheckpoint& checkpoint);
  /// Runs what is left. Throws Interrupted after `last` has been saved; DataError if the loss has grown out of all
  /// proportion to the first one; what a step, a validation and a save throw. The last checkpoint is as it was then.
  void run();

  int64_t iterations_done() const { return iteration_; }
  const std::optional<BestMetric>& best() const { return best_; }

 private:
  void train();
  void step(const LoadedBatch& loaded);
  bool epoch_is_over() const { return iteration_ == (epoch_ + 1) * shape_.iterations(); }
  void end_epoch();
  void validate();
  void watch_divergence(double loss);
  void keep_best(const LogRecord& record);
  void record_window();
  void write(const LogRecord& record);
  void draw() const;
  void save(const std::string& name);
  TrainingState state() const;
  bool is_writer() const { return parts_.ranks.rank() == 0; }

  LoopParts parts_;
  TrainingSettings settings_;
  EpochShape shape_;
  LoopOptions options_;
  std::optional<WeightAverage> average_;
  std::optional<MetricsLog> metrics_;
  std::optional<EventFile> events_;
  std::optional<Progress> progress_;
  std::optional<BestMetric> best_;
  std::optional<double> first_loss_;
  StepWindow window_;
  std::chrono::steady_clock::time_point last_step_;
  int64_t epoch_ = 0, iteration_ = 0;
  bool resumed_ = false;
};

}  // namespace vs::train
