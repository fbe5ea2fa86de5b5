// What a run of training is told of its data, its place and its start.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "lib/data/dataset.h"
#include "lib/nn/whole_model.h"
#include "lib/train/task.h"

namespace vs::train {

/// SHA-256 of a dataset as far as training depends on it: names, parts and labels of its videos, in their order.
std::string dataset_hash(const data::Dataset& data);

/// Processes on this machine, as launchers say; 1 where they do not.
int local_processes();

/// What --init has to fill: all of a task's network, of one with a teacher the student alone, under the names that it
/// has as a recognizer of its own. document: the recipe as it trains. Borrows the task.
nn::WholeModel model_to_begin(Task& task, const nlohmann::ordered_json& document);

}  // namespace vs::train
