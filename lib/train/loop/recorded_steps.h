// Steps of fixed shapes that a device repeats by itself (CUDA graphs).
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "lib/core/log.h"
#include "lib/nn/device_backend.h"
#include "lib/nn/noise_tape.h"
#include "lib/train/loop/memory_order.h"
#include "lib/train/task.h"

namespace vs::train {

/// What a step computed.
struct StepLosses {
  at::Tensor values;               ///< [1 + parts], kDouble, on the device: the total, then the parts
  std::vector<std::string> names;  ///< of the parts
};

/// What becomes of the gradients of a step.
enum class GradientUse {
  kAtOnce,  ///< an update comes next: they may lie where the next step writes its own
  kGather,  ///< steps after it add theirs
};

struct RecordingOptions {
  at::Device device = at::kCPU;               ///< where the network is
  KernelOrder order = KernelOrder::kAsBuilt;  ///< of the images that are computed with
  bool records = true;                        ///< else nothing is recorded
  Log* log = nullptr;                         ///< is told what is recorded, and why what is not
};

/// Computes losses and gradients of a task's batches. On a device with a backend, where the task is repeatable(), the
/// second batch of a shape has this recorded, and from then on batches of that shape only replay it: launching
/// thousands of small kernels costs more than many of them do. Losses, gradients and what the network keeps, such as
/// running statistics, are those of steps that are not recorded. What cannot be recorded goes on as it is.
///
/// Checks of the batch, the exchange of gradients, clipping and the update are no part of a recording. It keeps the
/// memory of a step, so that only the first two such shapes have one. For one thread.
class RecordedSteps {
 public:
  /// The losses of a batch from Task::ready(), and from them backwards: adds to the gradients that are there.
  using Compute = std::function<StepLosses(const Batch&)>;

  /// task and log must outlive the object, and all that `compute` reads.
  RecordedSteps(Task& task, Compute compute, const RecordingOptions& options);
  ~RecordedSteps();

  /// ready: from Task::ready(). noise: that of the step, borrowed; the task draws from it. The result is good until the
  /// next call.
  StepLosses operator()(const Batch& ready, nn::NoiseSource& noise, GradientUse use);

 private:
  struct Shape;
  StepLosses compute_with(nn::NoiseSource& noise, const Batch& batch);
  Shape& shape_of(const Batch& batch);
  StepLosses see(Shape& shape, const Batch& batch, nn::NoiseSource& noise);
  bool record(Shape& shape, const Batch& batch);
  StepLosses replay(Shape& shape, const Batch& batch, nn::NoiseSource& noise, GradientUse use);
  void tell(const std::string& text) const;

  Task& task_;
  Compute compute_;
  RecordingOptions options_;
  std::list<Shape> shapes_;  ///< latest first
};

}  // namespace vs::train
