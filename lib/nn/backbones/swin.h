// Video Swin Transformer (Liu et al., CVPR 2022) of any depths, widths and windows.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "lib/nn/backbones/swin_block.h"
#include "lib/nn/network.h"

namespace vs::nn {

class Config;

/// Names and defaults of the reference implementation.
struct SwinOptions {
  Axes patch_size{4, 4, 4};
  int64_t in_channels = 3, embed_dim = 96;
  std::vector<int64_t> depths{2, 2, 6, 2}, num_heads{3, 6, 12, 24};
  Axes window_size{2, 7, 7};
  double mlp_ratio = 4;
  bool qkv_bias = true;
  std::optional<double> qk_scale;
  double drop_rate = 0, attn_drop_rate = 0, drop_path_rate = 0.2;
  bool patch_norm = false;
};

/// Clips to tokens: patches through one linear map. Entries: proj (as a convolution), norm if there is one.
class PatchEmbed : public Module {
 public:
  explicit PatchEmbed(const SwinOptions& options);
  std::string kind() const override { return "PatchEmbed3d"; }
  /// x: [N, C, T, H, W], sizes multiples of the patch. Rows [N * T' * H' * W', embed_dim] in natural order.
  at::Tensor operator()(const at::Tensor& x);

 protected:
  void prepare_self(const InferenceOptions& options) override { product_.prepare(options); }
  void unprepare_self() override { product_.unprepare(); }

 private:
  Axes patch_;
  Conv& projection_;
  LayerNorm* norm_ = nullptr;
  LinearUnit product_;  ///< patches do not overlap: the convolution is a product of matrices
};

/// Joins 2 x 2 neighbours to one token of twice the width. Entries: reduction, norm.
class PatchMerging : public Module {
 public:
  explicit PatchMerging(int64_t channels);
  std::string kind() const override { return "PatchMerging"; }
  /// x: rows in natural order of the grid that the plan is of.
  at::Tensor operator()(const at::Tensor& x, const StagePlan& plan);

 protected:
  void prepare_self(const InferenceOptions& options) override { reduce_.prepare(options); }
  void unprepare_self() override { reduce_.unprepare(); }

 private:
  Linear& reduction_;
  LayerNorm& norm_;
  LinearUnit reduce_;
};

/// Blocks on one grid, every other one with shifted windows. Entries: blocks, downsample if there is one.
class SwinStage : public Module {
 public:
  SwinStage(const SwinBlockOptions& options, const std::vector<double>& drop_path, bool merge);
  std::string kind() const override { return "SwinStage"; }
  /// x: rows in natural order of the grid that the plan is of. grid becomes that of the result, in natural order too.
  at::Tensor operator()(const at::Tensor& x, int64_t batch, Axes& grid);

 private:
  Window window_;
  std::vector<SwinBlock*> blocks_;
  PatchMerging* merging_ = nullptr;
  StagePlans plans_;
};

/// Clips [N, C, T, H, W] of any size to maps [N, embed_dim * 2^(stages - 1), D, H, W]. Clips are padded with zeros at
/// their ends to whole patches. Entries: patch_embed, layers, norm.
class SwinTransformer3d : public Backbone {
 public:
  explicit SwinTransformer3d(const SwinOptions& options);
  std::string kind() const override { return "SwinTransformer3D"; }
  int64_t out_channels() const override { return out_channels_; }
  const SwinOptions& options() const { return options_; }

 protected:
  /// Throws DataError unless x has five axes and the right channels.
  at::Tensor forward(const at::Tensor& x) override;

 private:
  SwinOptions options_;
  int64_t out_channels_;
  PatchEmbed& embed_;
  Dropout& drop_;
  std::vector<SwinStage*> stages_;
  LayerNorm* norm_ = nullptr;
};

/// Reads {"type": "SwinTransformer3D", ...} in the reference's names. Throws UsageError.
SwinOptions swin_options(Config& config);
std::unique_ptr<Backbone> build_swin(Config config);

}  // namespace vs::nn
