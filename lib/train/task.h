// What one training step of a system means: a batch in, losses out.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "lib/nn/module.h"

namespace vs::train {

/// What of a video's labels a task is given.
enum class LabelUse {
  kDrawn,         ///< one of them, each as likely: data::draw_label()
  kFirstOfOrder,  ///< the first of data::draw_label_order()
  kAll,           ///< a row of 0 and 1
  kVideo,         ///< none: the number of the video
};

class Ranks;

/// Videos of a training step.
struct Batch {
  at::Tensor
      imgs;  ///< [N, M, 3, H, W] or [N, clips, 3, T, H, W], as the system's test-time input, in the weights' type
  /// [N] integers: classes from 0, for retrieval numbers of the videos; or [N, C] floating-point: soft or several
  /// labels. On the CPU, where Task::ready() checks them; those on another device have been checked.
  at::Tensor labels;
  std::vector<int64_t> items = {};       ///< [N] which videos of the dataset; empty: not said
  std::vector<at::Tensor> targets = {};  ///< by Task::ready(): what a teacher that is not here says of the videos
};

/// What a step gave. `total` is what is differentiated; the rest is for logs, under the reference's names
/// ("loss_cls", "top1_acc"), without gradient.
struct Losses {
  at::Tensor total;
  std::vector<std::pair<std::string, at::Tensor>> parts;  ///< scalars
};

/// A network with its way of training.
class Task {
 public:
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  virtual ~Task() = default;

  /// All that a checkpoint holds; entries have the names of the reference's whole model, the same as the test-time
  /// system's (systems::System::module()), so that vs-eval loads what was trained.
  nn::Module& module() { return *module_; }
  virtual LabelUse label_use() const { return LabelUse::kDrawn; }
  /// Puts every part in the mode in which it is trained: frozen ones in evaluation mode and without gradients.
  virtual void prepare_training();
  /// Where random draws of the steps come from; borrowed.
  void set_noise(nn::NoiseSource* noise);
  /// The processes that train together, for what compares videos of all of them; borrowed. Without it there is one.
  virtual void set_ranks(Ranks* /*ranks*/) {}
  /// Before the first step of a run that does not go on from a checkpoint, once all entries have memory and values:
  /// loads what the model names beside them, such as a teacher. Throws UsageError where that is not named but needed.
  virtual void begin_run() {}
  /// Tells how far the run is before a step: schedules of rewards follow it. iteration counts over all epochs.
  virtual void begin_step(int64_t /*iteration*/, int64_t /*iterations*/, int64_t /*iterations_per_epoch*/) {}
  /// One forward pass in training mode, where the weights and the images are; what is kept beside the module follows
  /// them: forward(ready(batch)). Throws DataError for a label out of range, or imgs of another layout.
  Losses losses(const Batch& batch) { return forward(ready(batch)); }
  /// The first half: what this machine does with a batch before the network runs. Labels are checked and go to the
  /// device of the images; what is drawn for the batch as a whole is drawn. Moves no statistics.
  virtual Batch ready(const Batch& batch) { return batch; }
  /// The second half, of what ready() gave.
  virtual Losses forward(const Batch& batch) = 0;
  /// Whether forward() and the backward pass of its total are the same work for each batch of one shape, so that a
  /// device can repeat it by itself: no value of the device is asked for, and of this machine only the draws of noise()
  /// are different each time, in their values alone.
  virtual bool repeatable() const { return false; }
  /// What a resumed run needs beside weights and optimiser, such as a cross-batch memory's place; scalars and tensors
  /// by name. Empty for most.
  virtual std::vector<std::pair<std::string, at::Tensor>> state() { return {}; }
  virtual void restore(const std::vector<std::pair<std::string, at::Tensor>>& /*state*/) {}

 protected:
  explicit Task(std::unique_ptr<nn::Module> module);
  nn::NoiseSource& noise() const;

 private:
  std::unique_ptr<nn::Module> module_;
  nn::NoiseSource* noise_ = nullptr;
};

/// Builds what a recipe's `model` describes, on the meta device, with the training that its type has. train: the
/// recipe's `train`, of which a task reads what is its own. Throws UsageError naming the place of what cannot be built
/// or trained.
std::unique_ptr<Task> build_task(const nlohmann::ordered_json& model, const nlohmann::ordered_json& train,
                                 const std::string& place = "model");

}  // namespace vs::train
