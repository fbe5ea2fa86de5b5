#include "lib/nn/layers/norm.h"

#include <vector>

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
  if (batch_statistics && together_) return forward_together(x);
  at::Tensor y = at::batch_norm(x, weight_, bias_, running_mean_, running_var_, batch_statistics, momentum_, epsilon_,
                                /*cudnn_enabled=*/!x.is_cpu());
  // LibTorch 2.11 on the CPU: the backward pass of a single image or clip misreads a gradient that lies in memory as a
  // permutation, such as that of flatten(2).transpose(1, 2).
  constexpr int64_t kAxesOfImages = 4;
  if (batch_statistics && x.dim() >= kAxesOfImages && x.size(0) == 1 && y.requires_grad())
    y.register_hook([](const at::Tensor& gradient) { return gradient.contiguous(); });
  return y;
}

at::Tensor BatchNorm::forward_together(const at::Tensor& x) {
  const at::Tensor values = x.to(weight_.scalar_type());
  const int64_t channels = x.size(1);
  std::vector<int64_t> others, per_channel(static_cast<size_t>(x.dim()), 1);
  for (int64_t axis = 0; axis < x.dim(); ++axis) {
    if (axis != 1) others.push_back(axis);
  }
  per_channel[1] = channels;
  const auto own = static_cast<double>(values.numel()) / static_cast<double>(channels);
  // The mean of all, then the spread of all around it: sums of squares would cancel.
  const auto [variance, mean] = at::var_mean(values, others, /*unbiased=*/false);
  const at::Tensor first = together_->sum(at::cat({mean * own, at::full({1}, own, mean.options())}));
  const at::Tensor count = first[channels].detach(), common = first.narrow(0, 0, channels) / count;
  const at::Tensor spread = together_->sum((variance + (mean - common).square()) * own) / count;
  {
    const at::NoGradGuard without;
    running_mean_.lerp_(common.to(running_mean_.scalar_type()), momentum_);
    running_var_.lerp_((spread * (count / (count - 1))).to(running_var_.scalar_type()), momentum_);
  }
  const at::Tensor scale = weight_ * (spread + epsilon_).rsqrt();
  const at::Tensor y = (values - common.view(per_channel)) * scale.view(per_channel) + bias_.view(per_channel);
  return y.to(x.scalar_type());
}

LayerNorm::LayerNorm(int64_t channels, double epsilon)
    : channels_(channels),
      epsilon_(epsilon),
      weight_(parameter("weight", {channels})),
      bias_(parameter("bias", {channels})) {}

at::Tensor LayerNorm::forward(const at::Tensor& x) { return at::layer_norm(x, {channels_}, weight_, bias_, epsilon_); }

}  // namespace vs::nn
