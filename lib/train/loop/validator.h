// Validation within training: the test-time system on the weights as they are.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "lib/data/dataset.h"
#include "lib/data/loader.h"
#include "lib/evaluate/experiment.h"
#include "lib/evaluate/metric_report.h"
#include "lib/evaluate/score_set.h"
#include "lib/nn/module.h"
#include "lib/train/distributed/ranks.h"

namespace vs::train {

/// Scores a dataset as vs-eval --pipeline does with the checkpoint of the same weights.
class Validator {
 public:
  /// document: the recipe as it trains, with that pipeline of its `data`. network: what is trained; the system borrows
  /// its tensors. loading.motion must outlive the object. rank of ranks: which share of the videos this process scores.
  /// Throws UsageError as evaluate::Experiment, or for a system that gives no class scores; std::logic_error if the
  /// network lacks an entry of the system.
  Validator(const nlohmann::ordered_json& document, nn::Module& network, data::Dataset data,
            data::LoaderOptions loading, int64_t batch, int rank = 0, int ranks = 1,
            const std::string& pipeline = "val");

  /// The recipe's metrics, else those that fit the labels; every rank scores its share of the videos and gets the same
  /// report. scores: if not null, gets those of all. Throws DataError if no video can be read, or scores are not
  /// finite; Interrupted.
  evaluate::MetricReport validate(Ranks& ranks, evaluate::ScoreSet* scores = nullptr);

 private:
  void borrow_weights();

  std::unique_ptr<evaluate::Experiment> experiment_;
  nn::Module& network_;
  data::Dataset data_, share_;  ///< all, and this rank's; the latter is empty where there is one rank
  data::LoaderOptions loading_;
  int64_t batch_;
};

}  // namespace vs::train
