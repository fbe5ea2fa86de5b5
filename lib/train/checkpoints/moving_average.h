// A running average of a network's weights, which often validates better than the weights themselves.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "lib/nn/module.h"

namespace vs::train {

struct AverageOptions {
  double decay = 0.999;  ///< in [0, 1): how much of the average stays at an update
  /// The n-th update, from 0, takes min(decay, (1 + n) / (10 + n)), so that the start values are soon forgotten.
  /// Source: the rule for num_updates of TensorFlow's ExponentialMovingAverage.
  bool warm_up = false;
};

/// The average of all floating-point entries of a network, buffers too: average += (1 - decay) * (value - average),
/// in the entries' type, so that what does not change keeps its bits. Other entries (counters, tables) are copied.
/// Borrows the network, whose entries must have memory and keep it.
class WeightAverage {
 public:
  /// Begins with the values that the network has. Throws UsageError naming the place if decay is out of range.
  explicit WeightAverage(nn::Module& module, const AverageOptions& options = {},
                         const std::string& place = "train.ema");

  /// Takes the network's values in; after each step. Throws std::logic_error while swapped.
  void update();
  int64_t updates() const { return updates_; }
  /// Exchanges the values of the network and the average: validation sees the average, the next swap() gives the
  /// weights back, bit by bit. Tensors stay the same ones, so that optimisers and gradients are not affected; what
  /// Module::prepare() made of the values before is not renewed.
  void swap();
  /// True if the network holds the average.
  bool swapped() const { return swapped_; }

  /// What a checkpoint must hold beside the network's values: "values.NAME" for every entry, "updates", "swapped".
  /// Borrows the tensors. A checkpoint that is written while swapped has the average as its weights.
  std::vector<std::pair<std::string, at::Tensor>> state() const;
  /// Takes back what state() listed, the network having its values of then: a checkpoint of a swapped network is
  /// swapped again, and swap() goes back to training. Throws DataError naming an entry that is missing, unknown or of
  /// another shape or type; nothing is changed then.
  void restore(const std::vector<std::pair<std::string, at::Tensor>>& state);

 private:
  struct Slot {
    nn::Entry entry;
    at::Tensor value;
  };
  double decay_;
  bool warm_up_, swapped_ = false;
  int64_t updates_ = 0;
  std::vector<Slot> slots_;
};

}  // namespace vs::train
