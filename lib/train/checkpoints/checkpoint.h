// What a stopped run goes on from: its weights and its state, as a pair of files that survives SIGKILL and full disks.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/nn/module.h"

namespace vs::train {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;
using SharedDocument = std::shared_ptr<const nlohmann::ordered_json>;

/// The best validation so far.
struct BestMetric {
  std::string name;
  double value = 0;   ///< finite
  int64_t epoch = 0;  ///< whole epochs that were behind the run then
  bool operator==(const BestMetric&) const = default;
};

/// Where a run stands, beside its weights.
struct TrainingState {
  int64_t epoch = 0;      ///< whole epochs behind it
  int64_t iteration = 0;  ///< iterations behind it, over all epochs
  uint64_t seed = 0;
  std::optional<BestMetric> best = {};
  std::optional<double> first_loss = {};  ///< finite; nothing before the first iteration
  /// What must be the same for the run to go on bit by bit: an object such as {"recipe": {...}, "data": "5d1f...",
  /// "batch_size": 8, "threads": 2, "precision": "float32", "processes": 1}. See require_same_run().
  SharedDocument fingerprint = {};
  /// Optimizer::state(), Task::state(), WeightAverage::state(). Names within one list are distinct and not empty.
  NamedTensors optimizer = {}, task = {}, average = {};
};

/// The two files of a checkpoint: DIR/NAME.safetensors holds the weights alone, with the model's entry names, for
/// vs-eval and for Python; DIR/NAME.state.safetensors all else, and which weights file it belongs to.
struct CheckpointFiles {
  std::string weights, state;
};
CheckpointFiles checkpoint_files(const std::string& folder, const std::string& name);

/// Names of checkpoints: "last", "best" and "epoch_12".
inline constexpr const char* kLastCheckpoint = "last";
inline constexpr const char* kBestCheckpoint = "best";
std::string epoch_checkpoint(int64_t epoch);

/// Writes a checkpoint, or replaces one; makes the folder. Killed at any moment, it leaves the one before or the new
/// one.
///
/// The weights are written under a hidden name, then the state, which names their size and hash, replaces the state
/// before: from then on the new pair counts. Last the weights are renamed; open_checkpoint() looks under both names,
/// and the next save of that name finishes what a killed one left. All is synced before it is renamed.
///
/// The weights file has the metadata recipe, epoch, iteration, vs_version and format ("pt"). recipe: its name.
/// Throws RunError if the disk is full or the folder cannot be written: the checkpoint before stays as it was.
void save_checkpoint(const std::string& folder, const std::string& name, nn::Module& model, const std::string& recipe,
                     const TrainingState& state);

/// A checkpoint whose two files belong together.
struct SavedCheckpoint {
  std::string name;
  std::string weights_path;  ///< DIR/NAME.safetensors, or the hidden name of a save that was killed before its end
  TrainingState state;
};

/// Reads a checkpoint's state and makes sure that the weights belong to it. Throws DataError naming the file if one is
/// missing, damaged or of another save.
SavedCheckpoint open_checkpoint(const std::string& folder, const std::string& name);

/// What find_checkpoint() found: the checkpoint to go on from, and what was wrong with later ones, a line each.
struct FoundCheckpoint {
  std::optional<SavedCheckpoint> checkpoint;
  std::vector<std::string> refused;
};

/// The whole checkpoint with the most iterations; of equal ones `last`, then the others by name. Nothing if the folder
/// holds none or is not there. Throws RunError, with what is wrong with them, if there are some and none is whole.
FoundCheckpoint find_checkpoint(const std::string& folder);

/// Gives the model the weights of a checkpoint, bit by bit: names, types and shapes must be those of the model's
/// entries, which must have memory. Throws DataError naming the first that is not; the model is not touched then.
void load_checkpoint_weights(nn::Module& model, const SavedCheckpoint& checkpoint);

/// Throws UsageError naming the first difference of the fingerprints: "runs/a: batch_size was 8, is 16 (...)". place:
/// what the message begins with.
void require_same_run(const TrainingState& saved, const nlohmann::ordered_json& fingerprint, const std::string& place);

}  // namespace vs::train
