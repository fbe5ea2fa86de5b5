#include "lib/train/losses/cross_batch_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "lib/core/error.h"
#include "lib/nn/config.h"
#include "lib/train/losses/precision.h"

namespace vs::train {
namespace {

using State = std::vector<std::pair<std::string, at::Tensor>>;

constexpr const char* kEmbeddings = "embedding_memory";
constexpr const char* kLabels = "label_memory";
constexpr const char* kPosition = "queue_idx";
constexpr const char* kFilled = "has_been_filled";

const at::Tensor& entry_of(const State& state, const std::string& name, at::IntArrayRef shape) {
  const auto found = std::find_if(state.begin(), state.end(), [&](const auto& entry) { return entry.first == name; });
  if (found == state.end()) throw DataError(name, "is missing in the state of the run");
  if (found->second.sizes() != shape)
    throw DataError(name, fmt::format("has shape [{}], this run's has [{}]", fmt::join(found->second.sizes(), ", "),
                                      fmt::join(shape, ", ")));
  return found->second;
}

/// Rows of this process, and behind them those of the others, by rank, without gradient.
at::Tensor with_others(Ranks& ranks, const at::Tensor& own) {
  const std::vector<at::Tensor> all = ranks.gather(own.detach());
  std::vector<at::Tensor> rows{own};
  for (int rank = 0; rank < ranks.size(); ++rank) {
    if (rank != ranks.rank()) rows.push_back(all.at(static_cast<size_t>(rank)).to(own.device()));
  }
  return at::cat(rows);
}

at::Tensor number(int64_t value) { return at::scalar_tensor(value, at::device(at::kCPU).dtype(at::kLong)); }

}  // namespace

CrossBatchMemory::CrossBatchMemory(int64_t size, int64_t width) {
  if (size < 1 || width < 1) throw std::logic_error("a memory without room");
  embeddings_ = at::zeros({size, width}, at::device(at::kCPU).dtype(at::kFloat));
  labels_ = at::zeros({size}, at::device(at::kCPU).dtype(at::kLong));
}

References CrossBatchMemory::add(const at::Tensor& embeddings, const at::Tensor& labels) {
  if (embeddings.dim() != 2 || embeddings.size(1) != embeddings_.size(1) || labels.dim() != 1 ||
      labels.size(0) != embeddings.size(0))
    throw DataError("cross-batch memory",
                    fmt::format("of width {} cannot take embeddings [{}] with labels [{}]", embeddings_.size(1),
                                fmt::join(embeddings.sizes(), ", "), fmt::join(labels.sizes(), ", ")));
  const int64_t rows = embeddings.size(0);
  if (rows > size())
    throw DataError("cross-batch memory",
                    fmt::format("{} embeddings of one batch do not fit its {} places", rows, size()),
                    "set memory_size to that number or more");
  const at::NoGradGuard no_gradients;
  embeddings_ = embeddings_.to(embeddings.options());
  labels_ = labels_.to(labels.options());
  const at::Tensor places =
      at::arange(position_, position_ + rows, labels.options().dtype(at::kLong)).remainder(size());
  embeddings_.index_copy_(0, places, embeddings.detach());
  labels_.index_copy_(0, places, labels);
  const int64_t before = position_;
  position_ = (position_ + rows) % size();
  filled_ = filled_ || (rows > 0 && position_ <= before);
  // The next batch overwrites places that the graph of this one still looks at.
  const int64_t known = filled_ ? size() : position_;
  return {embeddings_.narrow(0, 0, known).clone(), labels_.narrow(0, 0, known).clone(), places};
}

State CrossBatchMemory::state(const std::string& prefix) const {
  return {{prefix + kEmbeddings, embeddings_.clone()},
          {prefix + kLabels, labels_.clone()},
          {prefix + kPosition, number(position_)},
          {prefix + kFilled, number(filled_ ? 1 : 0)}};
}

void CrossBatchMemory::restore(const std::string& prefix, const State& state) {
  const at::Tensor& embeddings = entry_of(state, prefix + kEmbeddings, embeddings_.sizes());
  const at::Tensor& labels = entry_of(state, prefix + kLabels, labels_.sizes());
  const auto position = entry_of(state, prefix + kPosition, {}).item<int64_t>();
  const auto filled = entry_of(state, prefix + kFilled, {}).item<int64_t>();
  if (position < 0 || position >= size())
    throw DataError(prefix + kPosition, fmt::format("{} is no place of {}", position, size()));
  embeddings_ = embeddings.clone();
  labels_ = labels.to(at::kLong).clone();
  position_ = position;
  filled_ = filled != 0;
}

RetrievalLossOptions read_retrieval_loss(nn::Config config) {
  constexpr int64_t kMost = int64_t{1} << 24;
  RetrievalLossOptions options;
  options.metric = read_metric_loss(config);
  const int64_t size = config.integer_or("memory_size", 1024, 1, kMost);
  if (config.flag_or("cross_batch_memory", false)) options.memory_size = size;
  config.pass({"feat_dim", "distributed"});
  config.finish();
  return options;
}

RetrievalLoss::RetrievalLoss(const RetrievalLossOptions& options, int64_t width) : metric_(options.metric) {
  if (options.memory_size > 0) memory_.emplace(options.memory_size, width);
}

at::Tensor RetrievalLoss::operator()(const at::Tensor& embeddings, const at::Tensor& labels) {
  if (embeddings.dim() != 2 || labels.dim() != 1 || labels.size(0) != embeddings.size(0))
    throw DataError("metric loss", fmt::format("embeddings [{}] do not go with labels [{}]",
                                               fmt::join(embeddings.sizes(), ", "), fmt::join(labels.sizes(), ", ")));
  // Half precision would lose the small differences that the exponents magnify.
  at::Tensor anchors = normalised(widened(embeddings)), names = labels.to(embeddings.device(), at::kLong);
  const int processes = ranks_ != nullptr ? ranks_->size() : 1;
  if (processes > 1) {
    anchors = with_others(*ranks_, anchors);
    names = with_others(*ranks_, names);
  }
  const at::Tensor loss = memory_ ? metric_loss(anchors, names, memory_->add(anchors, names), metric_)
                                  : metric_loss(anchors, names, metric_);
  return processes > 1 ? loss * static_cast<double>(processes) : loss;
}

}  // namespace vs::train
