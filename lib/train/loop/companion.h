// What another program than vs-train lays over a run of training.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lib/core/log.h"
#include "lib/data/dataset.h"
#include "lib/data/loader.h"
#include "lib/data/sample_maker.h"
#include "lib/evaluate/metric_report.h"
#include "lib/systems/system.h"
#include "lib/train/loop/settings.h"
#include "lib/train/task.h"

namespace vs::train {

/// A run whose parts are there and whose weights are not.
struct PreparedTraining {
  const nlohmann::ordered_json& document;  ///< the recipe as it trains
  Task& task;
  const data::Dataset& data;
  const data::SampleMaker& maker;
  data::LoaderOptions loading;
  systems::InputLayout layout;
  int64_t batch_size = 1;
  uint64_t seed = 0;
  at::Device device = at::kCPU;       ///< where networks run
  at::ScalarType dtype = at::kFloat;  ///< what their large operations compute in
  std::string data_hash;              ///< of names, places and labels
  int rank = 0;                       ///< of several processes that a launcher started; else 0
  Log& log;
};

/// A checkpoint of the run that was scored with the recipe's test pipeline.
struct TestedCheckpoint {
  std::string name;    ///< "last" or "best"
  std::string scores;  ///< its score file
  evaluate::MetricReport report;
};

/// A run that has come to its end.
struct FinishedTraining {
  const nlohmann::ordered_json& document;
  std::string folder;
  std::vector<TestedCheckpoint> tested;
  int threads = 1;
  Log& log;
};

/// What run_training() asks at each stage; does nothing by itself.
class Companion {
 public:
  virtual ~Companion() = default;
  virtual RecipeLayers layers() { return {}; }
  /// Files beside those of vs-train that the run reads, known once the recipe is.
  virtual std::vector<std::string> inputs(const nlohmann::ordered_json& /*document*/) { return {}; }
  /// Changes what a resumed run must have in common with this one.
  virtual void complete(nlohmann::ordered_json& /*fingerprint*/) {}
  /// Before the first step, in the process that trains alone, in that which starts several, and in each of those.
  /// False: the run is over.
  virtual bool prepare(const PreparedTraining& /*run*/) { return true; }
  /// After the last step, in the first process, before the manifest is written: files put into the folder stand in it.
  /// Returns what it has to say to people, for standard output, and adds to the document of --json.
  virtual std::string finish(const FinishedTraining& /*run*/, nlohmann::ordered_json& /*document*/) { return {}; }
};

}  // namespace vs::train
