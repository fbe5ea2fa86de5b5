#include <cmath>
#include <stdexcept>

#include "lib/nn/drca/compression_modules.h"
#include "lib/nn/drca/layout.h"
#include "lib/nn/layers/attention.h"

namespace vs::nn::drca {
namespace {

/// The compression's own, whatever the layers around it have.
constexpr int64_t kHeads = 4;

/// [B, N, C] to [B, heads, N, C / heads].
at::Tensor heads_of(const at::Tensor& tokens) {
  return tokens.view({tokens.size(0), tokens.size(1), kHeads, tokens.size(2) / kHeads}).transpose(1, 2);
}

}  // namespace

SaliencyReference::SaliencyReference(int64_t channels)
    : channels_(channels),
      norm1_(child<LayerNorm>("norm1", channels)),
      attention_(child<Module>("attn")),
      q_(attention_.child<Linear>("q", channels, channels, /*bias=*/false)),
      k_(attention_.child<Linear>("k", channels, channels, /*bias=*/false)),
      v_(attention_.child<Linear>("v", channels, channels, /*bias=*/false)),
      projection_(attention_.child<Linear>("proj", channels, channels)),
      pool_(attention_.child<Conv>("pool_q", ConvOptions{.in_channels = channels / kHeads,
                                                         .out_channels = channels / kHeads,
                                                         .kernel = {3, 3},
                                                         .stride = {2, 2},
                                                         .padding = {1, 1},
                                                         .groups = channels / kHeads,
                                                         .bias = false})),
      pool_norm_(attention_.child<LayerNorm>("norm_q", channels / kHeads)),
      norm2_(child<LayerNorm>("norm2", channels)),
      mlp_(child<Module>("mlp")),
      widen_(mlp_.child<Linear>("fc1", channels, 4 * channels)),
      narrow_(mlp_.child<Linear>("fc2", 4 * channels, channels)),
      q_unit_(q_),
      k_unit_(k_),
      v_unit_(v_),
      projection_unit_(projection_),
      widen_unit_(widen_, Activation::kGelu),
      narrow_unit_(narrow_) {
  if (channels % kHeads != 0) throw std::logic_error("sal_ref takes a multiple of 4 channels");
}

at::Tensor SaliencyReference::queries(const at::Tensor& x) {
  const at::Tensor normed = norm1_(x.permute({0, 2, 3, 4, 1}));  // [B, L, H, W, C]
  const int64_t images = normed.size(0) * normed.size(1);
  // The heads share the kernel: as one convolution over all channels nothing has to be moved.
  const at::Tensor kernel = pool_.weight().repeat({kHeads, 1, 1, 1});
  const at::Tensor pooled =
      at::conv2d(normed.reshape({images, normed.size(2), normed.size(3), channels_}).permute({0, 3, 1, 2}), kernel, {},
                 /*stride=*/2, /*padding=*/1, /*dilation=*/1, /*groups=*/channels_)
          .permute({0, 2, 3, 1});
  const int64_t places = pooled.size(1) * pooled.size(2);
  const at::Tensor by_head = pooled.reshape({images, places, kHeads, channels_ / kHeads});
  return q_unit_(pool_norm_(by_head).reshape({normed.size(0), normed.size(1) * places, channels_}));
}

at::Tensor SaliencyReference::forward(const at::Tensor& x, const at::Tensor& kept) {
  const at::Tensor q = queries(x);
  const at::Tensor reference = kept.permute({0, 2, 3, 4, 1}).reshape({kept.size(0), -1, channels_});
  const int64_t width = channels_ / kHeads;
  const double scale = 1 / std::sqrt(static_cast<double>(width));
  const Heads heads{heads_of(q), heads_of(k_unit_(reference)), heads_of(v_unit_(reference))};
  const at::Tensor mixed = join_heads(attend_fused(heads, scale, {})) + q;
  const at::Tensor skip = at::max_pool2d(images_of_clips(x), 3, 2, 1).permute({0, 2, 3, 1});
  const at::Tensor y = skip.reshape(mixed.sizes()) + projection_unit_(mixed);
  const at::Tensor out = y + narrow_unit_(widen_unit_(norm2_(y)));
  return out.view({x.size(0), x.size(2), skip.size(1), skip.size(2), channels_}).permute({0, 4, 1, 2, 3});
}

std::vector<LinearUnit*> SaliencyReference::units() {
  return {&q_unit_, &k_unit_, &v_unit_, &projection_unit_, &widen_unit_, &narrow_unit_};
}

void SaliencyReference::prepare_self(const InferenceOptions& options) {
  for (LinearUnit* unit : units()) unit->prepare(options);
}

void SaliencyReference::unprepare_self() {
  for (LinearUnit* unit : units()) unit->unprepare();
}

}  // namespace vs::nn::drca
