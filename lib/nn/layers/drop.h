// Drop-out and stochastic depth: in training only.
#pragma once

#include "lib/nn/module.h"

namespace vs::nn {

/// Drop-out: an element stays, divided by 1 - rate, where a uniform draw is at least `rate`. One draw an element.
class Dropout : public Layer {
 public:
  explicit Dropout(double rate) : rate_(rate) {}
  std::string kind() const override { return "Dropout"; }

 protected:
  at::Tensor forward(const at::Tensor& x) override;

 private:
  double rate_;
};

/// Stochastic depth: a row of the first axis is multiplied by floor(keep + r) / keep, keep = 1 - rate, r uniform in
/// [0, 1), one draw a row. A rate of 0 draws nothing.
class DropPath : public Layer {
 public:
  explicit DropPath(double rate) : rate_(rate) {}
  std::string kind() const override { return "DropPath"; }
  double rate() const { return rate_; }

 protected:
  at::Tensor forward(const at::Tensor& x) override;

 private:
  double rate_;
};

}  // namespace vs::nn
