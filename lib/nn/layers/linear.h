// y = x W^T + b over the last axis.
#pragma once

#include "lib/nn/module.h"

namespace vs::nn {

/// Entries: weight [out, in], bias [out].
class Linear : public Layer {
 public:
  Linear(int64_t in_features, int64_t out_features, bool bias = true);
  std::string kind() const override { return "Linear"; }
  const at::Tensor& weight() const { return weight_; }
  /// Undefined if there is none.
  const at::Tensor& bias() const { return bias_ ? *bias_ : none_; }

 protected:
  at::Tensor forward(const at::Tensor& x) override;

 private:
  at::Tensor& weight_;
  at::Tensor* bias_ = nullptr;
  at::Tensor none_;
};

}  // namespace vs::nn
