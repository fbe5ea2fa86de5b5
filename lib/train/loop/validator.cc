#include "lib/train/loop/validator.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/parallel.h"
#include "lib/evaluate/validation.h"

namespace vs::train {

namespace {

/// Every size()-th video, from the rank's own number on.
data::Dataset share_of(const data::Dataset& data, int rank, int ranks) {
  data::Dataset share;
  share.annotations = data.annotations;
  share.classes = data.classes;
  share.num_classes = data.num_classes;
  share.multi_label = data.multi_label;
  for (auto i = static_cast<size_t>(rank); i < data.items.size(); i += static_cast<size_t>(ranks))
    share.items.push_back(data.items[i]);
  return share;
}

/// The shares of all ranks as one, in the order of the dataset. Failures stay the rank's own but for their number.
evaluate::ScoredDataset gathered(evaluate::ScoredDataset own, const data::Dataset& data, Ranks& ranks) {
  if (ranks.size() == 1) return own;
  const auto videos = static_cast<int64_t>(data.items.size());
  const int64_t classes = own.scores.info.num_classes;
  std::unordered_map<std::string, int64_t> places;
  for (int64_t i = 0; i < videos; ++i) places.emplace(data.items[static_cast<size_t>(i)].id, i);
  // Every video is scored by one rank: the sum of all tables is the whole.
  const at::Tensor table = at::zeros({videos, classes}), there = at::zeros({videos});
  const at::Tensor rows = at::tensor(own.scores.scores).view({-1, classes});
  for (size_t i = 0; i < own.scores.ids.size(); ++i) {
    const int64_t place = places.at(own.scores.ids[i]);
    table[place].copy_(rows[static_cast<int64_t>(i)]);
    there[place] = 1;
  }
  ranks.sum({table, there});
  evaluate::ScoreSet all = std::move(own.scores);
  all.ids.clear();
  all.labels.clear();
  all.scores.clear();
  const auto* const flags = there.const_data_ptr<float>();
  const auto* const values = table.const_data_ptr<float>();
  for (int64_t i = 0; i < videos; ++i) {
    if (flags[i] == 0) continue;
    const auto& item = data.items[static_cast<size_t>(i)];
    all.ids.push_back(item.id);
    all.labels.emplace_back(item.labels.begin(), item.labels.end());
    all.scores.insert(all.scores.end(), values + i * classes, values + (i + 1) * classes);
  }
  all.gflops.assign(all.ids.size(), std::numeric_limits<double>::quiet_NaN());
  own.scores = std::move(all);
  own.failures.resize(static_cast<size_t>(videos) - own.scores.ids.size());
  return own;
}

}  // namespace

Validator::Validator(const nlohmann::ordered_json& document, nn::Module& network, data::Dataset data,
                     data::LoaderOptions loading, int64_t batch, int rank, int ranks, const std::string& pipeline)
    : network_(network), data_(std::move(data)), loading_(std::move(loading)), batch_(batch) {
  if (document.at("model").value("type", std::string()) == "SimilarityRecognizer3D")
    throw UsageError("--val", "a network for retrieval gives no class scores", "vs-eval retrieve measures it");
  if (ranks > 1) share_ = share_of(data_, rank, ranks);
  experiment_ = std::make_unique<evaluate::Experiment>(document, pipeline, loading_.seed);
  loading_.reader = experiment_->pipeline().reading(loading_.reader);
}

void Validator::borrow_weights() {
  std::unordered_map<std::string, at::Tensor> trained;
  for (const auto& entry : network_.entries()) trained.emplace(entry.name, entry.tensor->detach());
  for (auto& entry : experiment_->system().module().entries()) {
    const auto found = trained.find(entry.name);
    if (found == trained.end()) throw std::logic_error("training lacks " + entry.name);
    *entry.tensor = found->second;
  }
}

evaluate::MetricReport Validator::validate(Ranks& ranks, evaluate::ScoreSet* scores) {
  borrow_weights();
  systems::System& system = experiment_->system();
  system.prepare({at::kFloat});
  const data::Dataset& own = ranks.size() == 1 ? data_ : share_;
  const evaluate::ScoredDataset scored =
      gathered(evaluate::score_dataset(*experiment_, own, loading_, batch_), data_, ranks);
  system.unprepare();
  if (scored.scores.ids.empty())
    throw DataError(data_.annotations,
                    "no video could be scored, the first because of: " + scored.failures.front().reason);
  evaluate::MetricOptions how;
  how.names = experiment_->metrics();
  how.threads = available_cores();
  if (scores != nullptr) *scores = scored.scores;
  return evaluate::make_report(scored.scores, how, static_cast<int64_t>(scored.failures.size()));
}

}  // namespace vs::train
