// The feed-forward part of a transformer layer.
#pragma once

#include <cstdint>

#include "lib/nn/layers/drop.h"
#include "lib/nn/layers/linear_unit.h"
#include "lib/nn/layers/norm.h"

namespace vs::nn {

/// x + drop_path(W2 gelu(W1 norm(x) + b1) + b2) over the last axis of [N, L, C], four times as wide inside.
/// Entries: layers.0.0 [4C, C], layers.1 [C, 4C], norm [C] (the names of mmcv's FFN with a norm before it).
class FeedForward : public Layer {
 public:
  FeedForward(int64_t channels, double drop_path, double epsilon);
  std::string kind() const override { return "FeedForward"; }

 protected:
  at::Tensor forward(const at::Tensor& x) override;
  void prepare_self(const InferenceOptions& options) override;
  void unprepare_self() override;

 private:
  Sequence& layers_;
  Linear& widen_;
  Linear& narrow_;
  LayerNorm& norm_;
  DropPath& drop_path_;
  LinearUnit widen_unit_, narrow_unit_;
};

}  // namespace vs::nn
