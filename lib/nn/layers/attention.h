// What forms of multi-head attention share.
#pragma once

#include <cstdint>

#include "lib/nn/layers/drop.h"

namespace vs::nn {

/// Queries, keys and values, [batch, heads, tokens, channels of a head] each.
struct Heads {
  at::Tensor q, k, v;
};

/// Views of qkv [batch, tokens, 3 * channels], whose last axis is ordered (q k v, head, channel).
Heads split_heads(const at::Tensor& qkv, int64_t heads);
/// [batch, heads, tokens, d] to [batch, tokens, heads * d].
at::Tensor join_heads(const at::Tensor& x);

/// softmax(scale * q k^T + bias) v, [batch, heads, tokens, d], step by step; drop-out on the soft-max.
/// bias: broadcast to [batch, heads, tokens, tokens]; may be undefined.
at::Tensor attend(const Heads& heads, double scale, const at::Tensor& bias, Dropout* dropout = nullptr);
/// The same without drop-out, in blocks that never hold all products at once. Equal to rounding; not for gradients.
at::Tensor attend_fused(const Heads& heads, double scale, const at::Tensor& bias);

}  // namespace vs::nn
