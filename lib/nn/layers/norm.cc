#include "lib/nn/layers/norm.h"

namespace vs::nn {

BatchNorm::BatchNorm(int64_t channels, double epsilon, double momentum)
    : epsilon_(epsilon),
      momentum_(momentum),
      weight_(parameter("weight", {channels})),
      bias_(parameter("bias", {channels})),
      running_mean_(buffer("running_mean", {channels})),
      running_var_(buffer("running_var", {channels})),
      num_batches_tracked_(buffer("num_batches_tracked", {}, at::kLong)) {}

at::Tensor BatchNorm::forward(const at::Tensor& x) {
  const bool batch_statistics = training() && !frozen_;
  if (batch_statistics) num_batches_tracked_.add_(1);
  return at::batch_norm(x, weight_, bias_, running_mean_, running_var_, batch_statistics, momentum_, epsilon_, false);
}

LayerNorm::LayerNorm(int64_t channels, double epsilon)
    : channels_(channels),
      epsilon_(epsilon),
      weight_(parameter("weight", {channels})),
      bias_(parameter("bias", {channels})) {}

at::Tensor LayerNorm::forward(const at::Tensor& x) { return at::layer_norm(x, {channels_}, weight_, bias_, epsilon_); }

}  // namespace vs::nn
