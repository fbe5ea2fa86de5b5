// Blocks of Video Swin (Liu et al., CVPR 2022). Tokens are rows [tokens, C]; WindowOrder says which belong together.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "lib/nn/backbones/swin_window.h"
#include "lib/nn/layers/attention.h"
#include "lib/nn/layers/drop.h"
#include "lib/nn/layers/linear_unit.h"
#include "lib/nn/layers/norm.h"
#include "lib/nn/module.h"

namespace vs::nn {

/// What the blocks of a stage have in common.
struct SwinBlockOptions {
  int64_t channels = 0, heads = 0;
  Axes window;               ///< {time, height, width}
  int64_t mlp_channels = 0;  ///< of the hidden layer
  bool qkv_bias = true;
  std::optional<double> qk_scale;  ///< otherwise the root of a head's channels, inverted
  double drop = 0, attention_drop = 0;
};

/// Attention inside windows with a learnt bias for each offset between two tokens. Entries:
/// relative_position_bias_table [offsets, heads], relative_position_index [tokens, tokens] of the full window, qkv,
/// proj. A window smaller than the full one reads the top left of the index, as the released weights were trained.
class WindowAttention : public Module {
 public:
  explicit WindowAttention(const SwinBlockOptions& options);
  std::string kind() const override { return "WindowAttention"; }

  /// x: rows in window order, normalised. residual: added where defined (rows in window order).
  at::Tensor operator()(const at::Tensor& x, int64_t batch, const WindowOrder& windows, const at::Tensor& residual);

 protected:
  void fill_buffers() override;
  void prepare_self(const InferenceOptions& options) override;
  void unprepare_self() override;

 private:
  /// [1, heads, tokens, tokens]
  at::Tensor bias(int64_t tokens) const;
  at::Tensor prepared_bias(int64_t tokens);
  at::Tensor attend_windows(const Heads& heads, int64_t batch, const WindowOrder& windows);

  SwinBlockOptions options_;
  double scale_;
  at::Tensor &table_, &index_;
  Dropout& attention_drop_;
  Dropout& drop_;
  Linear& qkv_layer_;
  Linear& proj_layer_;
  LinearUnit qkv_, proj_;
  bool prepared_ = false;
  at::ScalarType dtype_ = at::kFloat;
  std::mutex mutex_;
  at::Tensor prepared_bias_;  ///< for the size of window seen last
};

/// Two linear layers with GELU between. Entries: fc1, fc2.
class SwinMlp : public Module {
 public:
  explicit SwinMlp(const SwinBlockOptions& options);
  std::string kind() const override { return "Mlp"; }
  /// Adds `residual` where it is defined.
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& residual);

 protected:
  void prepare_self(const InferenceOptions& options) override;
  void unprepare_self() override;

 private:
  Linear& fc1_layer_;
  Linear& fc2_layer_;
  Dropout& drop_;
  LinearUnit fc1_, fc2_;
};

/// x + drop(attention(norm(x))), then x + drop(mlp(norm(x))). Entries: norm1, attn, norm2, mlp.
class SwinBlock : public Module {
 public:
  SwinBlock(const SwinBlockOptions& options, double drop_path);
  std::string kind() const override { return "SwinBlock"; }

  /// x: rows in the order of `windows`, or in natural order where the plan is padded; returned in the same order.
  at::Tensor operator()(const at::Tensor& x, const StagePlan& plan, const WindowOrder& windows);

 private:
  at::Tensor dropped(const at::Tensor& branch, int64_t outer, int64_t batch);

  LayerNorm& norm1_;
  WindowAttention& attention_;
  DropPath& drop_path_;
  LayerNorm& norm2_;
  SwinMlp& mlp_;
};

}  // namespace vs::nn
