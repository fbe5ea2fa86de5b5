// Normalisation over the batch and over the last axis.
#pragma once

#include "lib/nn/module.h"

namespace vs::nn {

/// Sums over those who train together, so that batch statistics are those of all their videos.
class StatisticsSum {
 public:
  virtual ~StatisticsSum() = default;
  /// The sum of everyone's tensor. Differentiable: the gradient is the sum of everyone's.
  virtual at::Tensor sum(const at::Tensor& tensor) = 0;
};

/// Batch normalisation of [N, C, ...]: in training with the batch's statistics, which move the running ones by
/// `momentum`; in evaluation with the running ones. Entries: weight, bias, running_mean, running_var,
/// num_batches_tracked.
class BatchNorm : public Layer {
 public:
  explicit BatchNorm(int64_t channels, double epsilon = 1e-5, double momentum = 0.1);
  std::string kind() const override { return "BatchNorm"; }
  const at::Tensor& weight() const { return weight_; }
  const at::Tensor& bias() const { return bias_; }
  const at::Tensor& running_mean() const { return running_mean_; }
  const at::Tensor& running_var() const { return running_var_; }
  double epsilon() const { return epsilon_; }
  /// Keeps using the running statistics in training, and leaves them as they are.
  void freeze_statistics(bool on) { frozen_ = on; }
  /// In training, statistics of all batches together; null: of the own one. Borrowed.
  void synchronise(StatisticsSum* with) { together_ = with; }

 protected:
  at::Tensor forward(const at::Tensor& x) override;

 private:
  at::Tensor forward_together(const at::Tensor& x);

  double epsilon_, momentum_;
  bool frozen_ = false;
  StatisticsSum* together_ = nullptr;
  at::Tensor &weight_, &bias_, &running_mean_, &running_var_, &num_batches_tracked_;
};

/// Normalisation over the last axis, of `channels` elements. Entries: weight, bias.
class LayerNorm : public Layer {
 public:
  explicit LayerNorm(int64_t channels, double epsilon = 1e-5);
  std::string kind() const override { return "LayerNorm"; }

 protected:
  at::Tensor forward(const at::Tensor& x) override;

 private:
  int64_t channels_;
  double epsilon_;
  at::Tensor &weight_, &bias_;
};

}  // namespace vs::nn
