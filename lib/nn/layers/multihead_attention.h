// Multi-head self-attention with one packed matrix for queries, keys and values.
#pragma once

#include <cstdint>

#include "lib/nn/layers/linear_unit.h"

namespace vs::nn {

/// Self-attention of sequences [N, L, C], without mask and drop-out (Vaswani et al., 2017).
/// Entries: in_proj_weight [3C, C], in_proj_bias [3C] (queries, keys, values in this order), out_proj.weight [C, C],
/// out_proj.bias [C].
class MultiheadAttention : public Layer {
 public:
  /// `heads` divides `channels`.
  MultiheadAttention(int64_t channels, int64_t heads);
  std::string kind() const override { return "MultiheadAttention"; }

 protected:
  at::Tensor forward(const at::Tensor& x) override;
  void prepare_self(const InferenceOptions& options) override;
  void unprepare_self() override;

 private:
  int64_t channels_, heads_;
  at::Tensor &in_proj_weight_, &in_proj_bias_;
  Linear& out_proj_;
  LinearUnit in_unit_, out_unit_;
};

}  // namespace vs::nn
