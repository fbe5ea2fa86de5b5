// Validation within training: the test-time system on the weights as they are.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>

#include "lib/data/dataset.h"
#include "lib/data/loader.h"
#include "lib/evaluate/experiment.h"
#include "lib/evaluate/metric_report.h"
#include "lib/nn/module.h"
#include "lib/train/distributed/ranks.h"

namespace vs::train {

/// Scores a dataset as vs-eval --pipeline val does with the checkpoint of the same weights.
class Validator {
 public:
  /// document: the recipe as it trains, with data.val. network: what is trained; the system borrows its tensors.
  /// loading.motion must outlive the object. Throws UsageError as evaluate::Experiment, or for a system that gives no
  /// class scores; std::logic_error if the network lacks an entry of the system.
  Validator(const nlohmann::ordered_json& document, nn::Module& network, data::Dataset data,
            data::LoaderOptions loading, int64_t batch);

  /// The recipe's metrics, else those that fit the labels; every rank scores its share of the videos and gets the same
  /// report. Throws DataError if no video can be read, or scores are not
  /// finite; Interrupted.
  evaluate::MetricReport validate(Ranks& ranks);
  systems::System& system() { return experiment_->system(); }

 private:
  void borrow_weights();

  std::unique_ptr<evaluate::Experiment> experiment_;
  nn::Module& network_;
  data::Dataset data_;
  data::LoaderOptions loading_;
  int64_t batch_;
};

}  // namespace vs::train
