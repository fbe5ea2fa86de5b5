// One step after the other: losses, gradients, new weights.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/train/distributed/ranks.h"
#include "lib/train/loop/gradient_scaler.h"
#include "lib/train/loop/memory_order.h"
#include "lib/train/loop/recorded_steps.h"
#include "lib/train/optimizers/optimizer.h"
#include "lib/train/optimizers/schedule.h"
#include "lib/train/task.h"

namespace vs::train {

/// How steps are taken.
struct TrainerOptions {
  int64_t iterations_per_epoch = 1;
  int64_t epochs = 1;
  int64_t update_interval = 1;  ///< gradients of so many iterations, each 1 / interval of its loss, make one update
  double clip_norm = 0;         ///< 0: gradients are not clipped
  double clip_norm_type = 2;
  at::Device device = at::kCPU;       ///< where the weights are
  at::ScalarType dtype = at::kFloat;  ///< of large operations; weights and the rest are in kFloat
  uint64_t seed = 0;                  ///< random draws of a step depend on it, the iteration and the rank alone
  /// Whether steps of fixed shapes may be recorded (RecordedSteps). Not where the forward pass exchanges with others.
  bool records_steps = true;
  Log* log = nullptr;  ///< is told what is recorded
};

/// What a step came to.
struct StepReport {
  int64_t iteration = 0;                              ///< from 0, over all epochs
  std::vector<std::pair<std::string, double>> parts;  ///< "loss" and what the task logs, means over the ranks
  double gradient_norm = 0;                           ///< before clipping; 0 where nothing is clipped or updated
  double loss_scale = 0;                              ///< that its gradients had; 0 where the loss is not scaled
  std::vector<double> learning_rates;                 ///< one a group
};

/// Takes steps. Its state is that of task, optimiser and loss scale, and gradients between two updates.
class Trainer {
 public:
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;
  /// All must outlive the object. Kernels of convolutions lie in memory in fastest_order() from now on.
  Trainer(Task& task, Optimizer& optimizer, const LearningRateSchedule& schedule, Ranks& ranks,
          const TrainerOptions& options);

  /// One iteration on this rank's batch, whose images are on the device. updated: called after each update of the
  /// weights. Throws DataError if the loss or a gradient is not finite, before the weights are touched; what the task
  /// throws. With kHalf the loss is scaled, and an update whose gradients are not finite is left out: see
  /// GradientScaler. A loss that is not finite leaves `parts` empty then.
  StepReport step(const Batch& batch, int64_t iteration, const std::function<void()>& updated = {});

  /// Gradients that wait for an update, by parameter, for checkpoints; empty right after one.
  std::vector<std::pair<std::string, at::Tensor>> waiting_gradients(int64_t next_iteration) const;
  void restore_gradients(const std::vector<std::pair<std::string, at::Tensor>>& gradients);
  /// Null where the loss is not scaled.
  GradientScaler* scaler() { return scaler_ ? &*scaler_ : nullptr; }

 private:
  /// Losses of a batch as the network takes it, and what they add to the gradients. Asks the device for nothing.
  StepLosses compute(const Batch& batch);
  /// Tells what the losses came to on all ranks; whether their sum is finite.
  bool tell(const StepLosses& losses, StepReport& report);
  /// New weights from the gradients that have been gathered. False if it is left out.
  bool update(StepReport& report);

  Task& task_;
  Optimizer& optimizer_;
  const LearningRateSchedule& schedule_;
  Ranks& ranks_;
  TrainerOptions options_;
  KernelOrder order_;
  std::optional<GradientScaler> scaler_;
  at::Tensor loss_scale_;  ///< the scaler's, on the device
  RecordedSteps steps_;
};

}  // namespace vs::train
