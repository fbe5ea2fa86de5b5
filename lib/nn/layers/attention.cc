#include "lib/nn/layers/attention.h"

#include <optional>

namespace vs::nn {

Heads split_heads(const at::Tensor& qkv, int64_t heads) {
  const at::Tensor split = qkv.view({qkv.size(0), qkv.size(1), 3, heads, qkv.size(2) / 3 / heads});
  const at::Tensor ordered = split.permute({2, 0, 3, 1, 4});
  return {ordered[0], ordered[1], ordered[2]};
}

at::Tensor join_heads(const at::Tensor& x) { return x.transpose(1, 2).flatten(2); }

at::Tensor attend(const Heads& heads, double scale, const at::Tensor& bias, Dropout* dropout) {
  at::Tensor products = at::matmul(heads.q * scale, heads.k.transpose(-2, -1));
  if (bias.defined()) products = products + bias;
  at::Tensor weights = at::softmax(products, -1);
  if (dropout) weights = (*dropout)(weights);
  return at::matmul(weights, heads.v);
}

at::Tensor attend_fused(const Heads& heads, double scale, const at::Tensor& bias) {
  const auto mask = bias.defined() ? std::optional<at::Tensor>(bias) : std::nullopt;
  return at::scaled_dot_product_attention(heads.q, heads.k, heads.v, mask, 0.0, false, scale);
}

}  // namespace vs::nn
