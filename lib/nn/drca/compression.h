// DRCA's compression of the frames that are not kept: half the height, half the width.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "lib/nn/module.h"

namespace vs::nn::drca {

/// Maps x [B, C, L, H, W], and for kSaliencyReference the kept frames [B, C, k, H, W] with it, to
/// [B, C, L, ceil(H / 2), ceil(W / 2)].
class Compression : public Module {
 public:
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& kept) {
    const Running running(*this);
    return forward(x, kept);
  }
  std::string kind() const override { return "Compression"; }

 protected:
  virtual at::Tensor forward(const at::Tensor& x, const at::Tensor& kept) = 0;
};

enum class CompressionKind { kSaliencyReference, kConv2d, kConv3d, kPatchMerge, kResBlock2d, kResBlock3d };

/// Names a compression its owner; channels a multiple of 4 for kSaliencyReference.
/// Source: DRCA (arXiv 2309.08167) and its published implementation.
Compression& name_compression(Module& owner, const std::string& name, CompressionKind kind, int64_t channels);

}  // namespace vs::nn::drca
