// A recipe as it is evaluated: its system, its data pipeline, and how a sample of one becomes an input of the other.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lib/data/pipeline.h"
#include "lib/store/scores_file.h"
#include "lib/systems/system.h"

namespace vs::evaluate {

/// What is laid over a recipe.
struct RecipeChanges {
  std::vector<std::string> assignments;  ///< --set
  std::string pipeline = "test";         ///< which of the recipe's pipelines is run
  std::string protocol;                  ///< empty: as the recipe has it
  std::string average_clips;             ///< empty: as the recipe has it
};

/// The recipe's document after the changes: what --print-recipe shows. All keys of `test` stand in it before --set, so
/// that each can be set.
///
/// Throws UsageError for an unknown recipe, one without that pipeline (naming those it has), a key that is not there,
/// or a protocol that does not fit.
nlohmann::ordered_json read_experiment(const std::string& recipe, const RecipeChanges& changes);

/// One video's array as a system of that layout takes it: [M, 3, H, W] or [clips, 3, T, H, W]. Shares memory with
/// `sample`: what lies on a GPU, `device`, also after that is gone, but whoever reads it there waits until it is read
/// before letting go of both. Throws DataError if the pipeline makes another thing.
at::Tensor input_of(data::Array& sample, systems::InputLayout layout, const at::Device& device);

/// System and pipeline of one run.
class Experiment {
 public:
  /// Builds both from read_experiment()'s document; the system has no weights yet. Throws UsageError at the place in
  /// the recipe.
  Experiment(const nlohmann::ordered_json& document, const std::string& pipeline, uint64_t seed);

  const std::string& name() const { return name_; }
  const data::Pipeline& pipeline() const { return *pipeline_; }
  systems::System& system() { return *system_; }
  /// Rows of scores are averaged by this to a video's.
  store::RowAverage average() const;
  /// What rows are: probabilities where the head ends in a soft-max.
  store::ScoreKind score_kind() const { return score_kind_; }
  /// Metrics that the recipe names, empty if it does not.
  const std::vector<std::string>& metrics() const { return metrics_; }

  /// The free function, as the system takes it.
  at::Tensor input_of(data::Array& sample) const {
    return evaluate::input_of(sample, system_->layout(), system_->device());
  }
  /// 10^9 multiply-accumulates for one video of this input; NaN for an operation without known cost.
  double gflops_of(at::IntArrayRef input) const;

 private:
  std::string name_;
  std::unique_ptr<nlohmann::ordered_json> model_, test_;
  std::unique_ptr<systems::System> system_;
  std::unique_ptr<data::Pipeline> pipeline_;
  store::ScoreKind score_kind_ = store::ScoreKind::kLogits;
  std::vector<std::string> metrics_;
};

}  // namespace vs::evaluate
