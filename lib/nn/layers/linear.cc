#include "lib/nn/layers/linear.h"

namespace vs::nn {

Linear::Linear(int64_t in_features, int64_t out_features, bool bias)
    : weight_(parameter("weight", {out_features, in_features})) {
  if (bias) bias_ = &parameter("bias", {out_features});
}

at::Tensor Linear::forward(const at::Tensor& x) {
  return at::linear(x, weight_, bias_ ? std::optional<at::Tensor>(*bias_) : std::nullopt);
}

}  // namespace vs::nn
