// A small run to save and to find whole again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iterator>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "lib/nn/layers/linear.h"
#include "lib/nn/layers/norm.h"
#include "lib/train/checkpoints/checkpoint.h"

namespace vs::train::test {

namespace fs = std::filesystem;

class Small : public nn::Module {
 public:
  Small() : head(child<nn::Linear>("head", 3, 4)), norm(child<nn::BatchNorm>("norm", 4)) { materialize(); }
  nn::Linear& head;
  nn::BatchNorm& norm;
};

/// A run's weights and state after `iteration` iterations: every value tells it.
struct Run {
  explicit Run(int64_t iteration) {
    const at::NoGradGuard no_gradients;
    for (const nn::Entry& entry : model.entries()) entry.tensor->fill_(iteration);
    state.epoch = iteration / 10;
    state.iteration = iteration;
    state.seed = std::numeric_limits<uint64_t>::max();
    state.best = {"top1_acc", 0.1 + 0.2, 1};
    state.fingerprint = std::make_shared<nlohmann::ordered_json>(
        nlohmann::ordered_json{{"recipe", {{"lr", 0.01}}}, {"batch_size", 8}, {"data", "5d1f"}});
    state.first_loss = 1.0 / 3 + static_cast<double>(iteration);
    // Larger than the weights: a disk may be full for the state alone.
    state.optimizer = {{"momentum_buffer.head.weight", at::full({50, 40}, iteration, at::kFloat)}};
    state.task = {{"place", at::full({}, iteration, at::kLong)}};
    state.average = {{"values.head.weight", at::full({2, 0}, 0., at::kDouble)}};
  }
  void save(const std::string& folder, const std::string& name = kLastCheckpoint) {
    save_checkpoint(folder, name, model, "tsn_r50", state);
  }
  Small model;
  TrainingState state;
};

/// The iteration of a checkpoint, all of whose values must be of that one; -1 if they are not.
inline int64_t iteration_of(const SavedCheckpoint& checkpoint) {
  const int64_t iteration = checkpoint.state.iteration;
  Small model;
  load_checkpoint_weights(model, checkpoint);
  for (const nn::Entry& entry : model.entries()) {
    if (!at::equal(*entry.tensor, at::full_like(*entry.tensor, iteration))) return -1;
  }
  const bool is_whole = checkpoint.state.optimizer.at(0).second.eq(iteration).all().item<bool>() &&
                        checkpoint.state.task.at(0).second.item<int64_t>() == iteration &&
                        checkpoint.state.first_loss == 1.0 / 3 + static_cast<double>(iteration);
  return is_whole ? iteration : -1;
}

inline int64_t iteration_of(const std::string& folder, const std::string& name = kLastCheckpoint) {
  return iteration_of(open_checkpoint(folder, name));
}

inline size_t files_in(const std::string& folder) {
  return static_cast<size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

}  // namespace vs::train::test
