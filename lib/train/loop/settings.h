// A recipe's section `train` as the loop goes by it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lib/train/checkpoints/moving_average.h"

namespace vs::train {

/// What the loop itself reads of `train`; tasks, groups of parameters and schedules read the rest.
struct TrainingSettings {
  int64_t epochs = 1;
  int64_t batch_size = 1;        ///< videos of one process in an iteration
  int64_t total_batch = 0;       ///< videos of all processes that the learning rate is meant for, 0: not said
  int64_t update_interval = 1;   ///< iterations whose gradients make one update
  int64_t validate_every = 1;    ///< epochs; the last one always
  int64_t checkpoint_every = 1;  ///< epochs between checkpoints that are kept
  std::string save_best;         ///< the metric that decides, empty: the first one
  double clip_norm = 0;          ///< 0: not clipped
  double clip_norm_type = 2;
  bool averages = false;  ///< an average of the weights is kept, validated and saved as `best`
  AverageOptions average = {};
  bool synchronised_norm = false;  ///< batch statistics are those of all processes together
  int64_t views = 0;               ///< of a video, taken in rotation over epochs; 0: a new one each epoch
};

/// What a program lays over a recipe, before and after --set. Both may be empty.
struct RecipeLayers {
  std::function<void(nlohmann::ordered_json&document)> before_set = {}, after_set = {};
};

/// Throws UsageError naming the key that is missing or out of range.
TrainingSettings read_settings(const nlohmann::ordered_json& train, const std::string& place = "train");

/// The recipe's document after the changes, as it trains: what --print-recipe shows. Every key of `train` that the loop
/// reads stands in it before --set, so that each can be set; data.val stands for data.test where there is only that.
///
/// Throws UsageError for an unknown recipe, one without `train` or `data.train`, or a key that is not there.
nlohmann::ordered_json read_training_recipe(const std::string& recipe, const std::vector<std::string>& assignments,
                                            const RecipeLayers& layers = {});

/// Multiplies every learning rate of `train` by batch / train.total_batch, as training with another batch wants it.
/// Returns the factor. Throws UsageError where the recipe does not say which batch its rate is meant for.
double scale_learning_rate(nlohmann::ordered_json& train, int64_t batch);

}  // namespace vs::train
