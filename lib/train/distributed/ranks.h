// The processes that train one network together.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/nn/torch.h"

namespace vs::train {

/// A group of processes, or this one alone. Every rank makes the same calls in the same order.
class Ranks {
 public:
  virtual ~Ranks() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;

  /// Every tensor becomes the sum over the ranks. The same values on all of them, in the same order of addition.
  /// Throws RunError naming the rank that is gone.
  virtual void sum(const std::vector<at::Tensor>& tensors) = 0;
  /// Every rank gets rank 0's values.
  virtual void broadcast(const std::vector<at::Tensor>& tensors) = 0;
  /// The tensor of each rank, [size()] of equal shapes.
  virtual std::vector<at::Tensor> gather(const at::Tensor& tensor) = 0;
  /// Waits until all are here.
  virtual void wait() = 0;
};

/// One process.
class SingleRank final : public Ranks {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  void sum(const std::vector<at::Tensor>&) override {}
  void broadcast(const std::vector<at::Tensor>&) override {}
  std::vector<at::Tensor> gather(const at::Tensor& tensor) override { return {tensor}; }
  void wait() override {}
};

}  // namespace vs::train
