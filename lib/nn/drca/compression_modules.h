// The six compressions by their parts. See compression.h for what they map.
#pragma once

#include <vector>

#include "lib/nn/drca/compression.h"
#include "lib/nn/layers/conv_unit.h"
#include "lib/nn/layers/linear_unit.h"
#include "lib/nn/layers/norm.h"

namespace vs::nn::drca {

/// What the compressions by convolutions share: units that are made ready for inference.
class ConvCompression : public Compression {
 protected:
  void prepare_self(const InferenceOptions& options) override;
  void unprepare_self() override;
  /// All units, one after the other.
  at::Tensor run(const at::Tensor& x);

  std::vector<ConvUnit> units_;
};

/// Two 3x3 convolutions a frame, the first with stride 2. Entries: downsample.0 to .3.
class ConvCompression2d : public ConvCompression {
 public:
  explicit ConvCompression2d(int64_t channels);

 protected:
  at::Tensor forward(const at::Tensor& x, const at::Tensor& kept) override;
};

/// A 3x3x3 convolution with stride 2 over space to twice the channels, and one back. Entries: reduce.0 to .3.
class ConvCompression3d : public ConvCompression {
 public:
  explicit ConvCompression3d(int64_t channels);

 protected:
  at::Tensor forward(const at::Tensor& x, const at::Tensor& kept) override;
};

/// Mixing over time, then four neighbours' channels side by side and a linear layer. Entries: in_conv.0 to .5,
/// reduction, norm. Odd heights and widths get a row or column of zeros.
class PatchMerge : public ConvCompression {
 public:
  explicit PatchMerge(int64_t channels);

 protected:
  at::Tensor forward(const at::Tensor& x, const at::Tensor& kept) override;

 private:
  Linear* reduction_ = nullptr;
  LayerNorm* norm_ = nullptr;
};

/// A bottleneck block of stride 2, over a frame or over time too. Entries: bottle_neck.{conv1, bn1, conv2, bn2, conv3,
/// bn3, downsample.0, downsample.1}; the units are in this order.
class ResBlock : public ConvCompression {
 public:
  /// axes: 2 or 3.
  ResBlock(int64_t channels, int64_t axes);

 protected:
  at::Tensor forward(const at::Tensor& x, const at::Tensor& kept) override;

 private:
  int64_t axes_;
};

/// Attention of the pooled frame to the kept ones ("sal_ref"). Entries: norm1, attn.{q, k, v, proj, pool_q, norm_q},
/// norm2, mlp.{fc1, fc2}.
class SaliencyReference : public Compression {
 public:
  explicit SaliencyReference(int64_t channels);

 protected:
  at::Tensor forward(const at::Tensor& x, const at::Tensor& kept) override;
  void prepare_self(const InferenceOptions& options) override;
  void unprepare_self() override;

 private:
  at::Tensor queries(const at::Tensor& x);
  std::vector<LinearUnit*> units();

  int64_t channels_;
  LayerNorm& norm1_;
  Module& attention_;
  Linear& q_;
  Linear& k_;
  Linear& v_;
  Linear& projection_;
  Conv& pool_;
  LayerNorm& pool_norm_;
  LayerNorm& norm2_;
  Module& mlp_;
  Linear& widen_;
  Linear& narrow_;
  LinearUnit q_unit_, k_unit_, v_unit_, projection_unit_, widen_unit_, narrow_unit_;
};

}  // namespace vs::nn::drca
