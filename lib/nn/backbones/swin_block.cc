#include "lib/nn/backbones/swin_block.h"

#include <cmath>
#include <memory>
#include <vector>

#include "lib/nn/device.h"

namespace vs::nn {
namespace {

int64_t offsets(const Axes& window) { return (2 * window[0] - 1) * (2 * window[1] - 1) * (2 * window[2] - 1); }

int64_t volume(const Axes& window) { return window[0] * window[1] * window[2]; }

double scale_of(const SwinBlockOptions& options) {
  if (options.qk_scale) return *options.qk_scale;
  const int64_t width = options.channels / options.heads;
  return 1 / std::sqrt(static_cast<double>(width));
}

}  // namespace

WindowAttention::WindowAttention(const SwinBlockOptions& options)
    : options_(options),
      scale_(scale_of(options)),
      table_(parameter("relative_position_bias_table", {offsets(options.window), options.heads})),
      index_(buffer("relative_position_index", {volume(options.window), volume(options.window)}, at::kLong)),
      attention_drop_(child<Dropout>("attn_drop", options.attention_drop)),
      drop_(child<Dropout>("proj_drop", options.drop)),
      qkv_layer_(child<Linear>("qkv", options.channels, 3 * options.channels, options.qkv_bias)),
      proj_layer_(child<Linear>("proj", options.channels, options.channels)),
      qkv_(qkv_layer_),
      proj_(proj_layer_) {}

void WindowAttention::fill_buffers() { index_.copy_(relative_position_index(options_.window)); }

at::Tensor WindowAttention::bias(int64_t tokens) const {
  const at::Tensor index = index_.slice(0, 0, tokens).slice(1, 0, tokens).flatten();
  // Along the last axis: rows of a few heads make the gradient of an embedding 20 times as slow.
  return at::gather(table_.t().contiguous(), 1, index.expand({options_.heads, -1}))
      .view({1, options_.heads, tokens, tokens});
}

at::Tensor WindowAttention::prepared_bias(int64_t tokens) {
  const std::lock_guard lock(mutex_);
  if (!prepared_bias_.defined() || prepared_bias_.size(2) != tokens)
    prepared_bias_ = bias(tokens).to(dtype_).contiguous();
  keep_for_recording(std::make_shared<at::Tensor>(prepared_bias_));
  return prepared_bias_;
}

at::Tensor WindowAttention::attend_windows(const Heads& heads, int64_t batch, const WindowOrder& windows) {
  const at::Tensor shared = prepared_ ? prepared_bias(windows.tokens) : bias(windows.tokens);
  std::vector<at::Tensor> parts;
  for (const WindowOrder::Group& group : windows.groups) {
    const at::Tensor added = group.mask.defined() ? shared + group.mask.to(shared.scalar_type()) : shared;
    const auto part = [&](const at::Tensor& x) { return x.narrow(0, group.first * batch, group.count * batch); };
    const Heads chosen{part(heads.q), part(heads.k), part(heads.v)};
    parts.push_back(
        join_heads(prepared_ ? attend_fused(chosen, scale_, added) : attend(chosen, scale_, added, &attention_drop_)));
  }
  return parts.size() == 1 ? parts[0] : at::cat(parts);
}

at::Tensor WindowAttention::operator()(const at::Tensor& x, int64_t batch, const WindowOrder& windows,
                                       const at::Tensor& residual) {
  const Running running(*this);
  const at::Tensor qkv = qkv_(x).view({windows.windows * batch, windows.tokens, 3 * options_.channels});
  const at::Tensor attended =
      attend_windows(split_heads(qkv, options_.heads), batch, windows).view({x.size(0), options_.channels});
  if (residual.defined()) return proj_(attended, residual);
  return drop_(proj_(attended));
}

void WindowAttention::prepare_self(const InferenceOptions& options) {
  qkv_.prepare(options);
  proj_.prepare(options);
  prepared_ = true;
  dtype_ = options.dtype;
  prepared_bias_.reset();
}

void WindowAttention::unprepare_self() {
  qkv_.unprepare();
  proj_.unprepare();
  prepared_ = false;
  prepared_bias_.reset();
}

SwinMlp::SwinMlp(const SwinBlockOptions& options)
    : fc1_layer_(child<Linear>("fc1", options.channels, options.mlp_channels)),
      fc2_layer_(child<Linear>("fc2", options.mlp_channels, options.channels)),
      drop_(child<Dropout>("drop", options.drop)),
      fc1_(fc1_layer_, Activation::kGelu),
      fc2_(fc2_layer_) {}

at::Tensor SwinMlp::operator()(const at::Tensor& x, const at::Tensor& residual) {
  const Running running(*this);
  const at::Tensor hidden = drop_(fc1_(x));
  if (residual.defined()) return fc2_(hidden, residual);
  return drop_(fc2_(hidden));
}

void SwinMlp::prepare_self(const InferenceOptions& options) {
  fc1_.prepare(options);
  fc2_.prepare(options);
}

void SwinMlp::unprepare_self() {
  fc1_.unprepare();
  fc2_.unprepare();
}

SwinBlock::SwinBlock(const SwinBlockOptions& options, double drop_path)
    : norm1_(child<LayerNorm>("norm1", options.channels)),
      attention_(child<WindowAttention>("attn", options)),
      drop_path_(child<DropPath>("drop_path", drop_path)),
      norm2_(child<LayerNorm>("norm2", options.channels)),
      mlp_(child<SwinMlp>("mlp", options)) {}

at::Tensor SwinBlock::dropped(const at::Tensor& branch, int64_t outer, int64_t batch) {
  const at::Tensor by_sample = branch.view({outer, batch, -1, branch.size(1)}).transpose(0, 1);
  return drop_path_(by_sample).transpose(0, 1).reshape_as(branch);
}

at::Tensor SwinBlock::operator()(const at::Tensor& x, const StagePlan& plan, const WindowOrder& windows) {
  const Running running(*this);
  const int64_t outer = plan.padded ? 1 : windows.windows;
  // In evaluation the branches are added where they are computed.
  const at::Tensor none;
  if (!training() && !plan.padded) {
    const at::Tensor y = attention_(norm1_(x), plan.batch, windows, x);
    return mlp_(norm2_(y), y);
  }
  at::Tensor y = norm1_(x);
  if (plan.padded) y = gather_rows(y, windows.order, true);
  y = attention_(y, plan.batch, windows, none);
  if (plan.padded) y = gather_rows(y, windows.place, false);
  y = x + dropped(y, outer, plan.batch);
  if (!training()) return mlp_(norm2_(y), y);
  return y + dropped(mlp_(norm2_(y), none), outer, plan.batch);
}

}  // namespace vs::nn
