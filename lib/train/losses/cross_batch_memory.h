// Embeddings of earlier batches and of other processes, for a metric loss to compare with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/train/distributed/ranks.h"
#include "lib/train/losses/metric_learning.h"

namespace vs::train {

/// A ring of the last embeddings and their labels.
/// Source: Wang et al., "Cross-batch memory for embedding learning", CVPR 2020.
class CrossBatchMemory {
 public:
  /// Room for `size` embeddings of `width` numbers; 1 or more each (std::logic_error).
  CrossBatchMemory(int64_t size, int64_t width);

  /// Writes rows from the position on, going on at the start behind the last place, and returns what a loss compares
  /// them with: all that is remembered by now, themselves included. Takes the type and the device of the embeddings.
  /// Throws DataError if the rows have another width or are more than the memory holds.
  References add(const at::Tensor& embeddings, const at::Tensor& labels);

  int64_t size() const { return embeddings_.size(0); }
  /// Where the next row is written.
  int64_t position() const { return position_; }
  /// Whether every place has been written to. Until then what lies behind the position is zero, and not compared with.
  bool filled() const { return filled_; }
  const at::Tensor& embeddings() const { return embeddings_; }  ///< [size, width]
  const at::Tensor& labels() const { return labels_; }          ///< [size]

  /// By name: embedding_memory, label_memory, queue_idx, has_been_filled, each behind `prefix`. Copies.
  std::vector<std::pair<std::string, at::Tensor>> state(const std::string& prefix) const;
  /// Takes back what state() gave; other names are left alone. Throws DataError, naming the entry, if one is missing or
  /// does not fit.
  void restore(const std::string& prefix, const std::vector<std::pair<std::string, at::Tensor>>& state);

 private:
  at::Tensor embeddings_, labels_;
  int64_t position_ = 0;
  bool filled_ = false;
};

struct RetrievalLossOptions {
  MetricLossOptions metric = {};
  int64_t memory_size = 0;  ///< 0: no memory, a batch is compared with itself
};

/// Keys of the reference's metric loss: those of read_metric_loss(), cross_batch_memory (false) and memory_size (1024).
/// feat_dim is passed by, the width being that of the embeddings; so is distributed, which the processes decide.
RetrievalLossOptions read_retrieval_loss(nn::Config config);

/// The loss of retrieval: embeddings are normalised, those of other processes are appended without gradient, and all of
/// them are compared with the memory, or with each other. Multiplied by the number of processes, so that averaging the
/// gradients over them gives the sum.
/// Source: DRCA, its MetricLoss over pytorch-metric-learning 2.3.
class RetrievalLoss {
 public:
  RetrievalLoss(const RetrievalLossOptions& options, int64_t width);

  /// Borrowed; null: one process. Every process must have as many embeddings a call.
  void set_ranks(Ranks* ranks) { ranks_ = ranks; }
  /// embeddings: [B, width], not normalised; labels: [B] integers. Returns a scalar. Throws as metric_loss() and
  /// CrossBatchMemory::add() do.
  at::Tensor operator()(const at::Tensor& embeddings, const at::Tensor& labels);

  /// Null without a memory. Its order begins with the own embeddings, so that it is another one in each process.
  CrossBatchMemory* memory() { return memory_ ? &*memory_ : nullptr; }

 private:
  MetricLossOptions metric_;
  std::optional<CrossBatchMemory> memory_;
  Ranks* ranks_ = nullptr;
};

}  // namespace vs::train
