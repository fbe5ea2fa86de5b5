// AdaFocusV2's policies: where to look, from the maps of the glance (Wang et al., CVPR 2022).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lib/nn/layers/conv_unit.h"
#include "lib/nn/layers/gru.h"
#include "lib/nn/module.h"

namespace vs::nn {

class Linear;

/// One place a frame, from this frame and those looked at before. Entries: encoder.0 to encoder.5, gru, fc.0.
class FramePolicy : public Module {
 public:
  /// map_side: height and width of the maps; hidden_features: width of encoder and recurrent state.
  FramePolicy(int64_t map_channels, int64_t map_side, int64_t hidden_features);
  std::string kind() const override { return "FramePolicy"; }

  /// maps: [N, map_channels, map_side, map_side]. Returns [N, hidden]. Throws DataError for maps of another shape.
  at::Tensor encode(const at::Tensor& maps);
  /// encoded: [videos * segments, hidden]. Returns the state after every frame, [videos, segments, hidden].
  at::Tensor states(const at::Tensor& encoded, int64_t segments);
  /// states: [videos, segments, hidden]. Returns (y, x) in (0, 1), [videos * segments, 2].
  at::Tensor actions(const at::Tensor& states);
  /// All three.
  at::Tensor operator()(const at::Tensor& maps, int64_t segments);
  /// All three for one frame a video: maps [videos, map_channels, map_side, map_side]. `state` [videos, hidden] is that
  /// after the frames before (undefined at the first), and becomes that after this one. Returns [videos, 2].
  at::Tensor step(const at::Tensor& maps, at::Tensor& state);

 protected:
  void prepare_self(const InferenceOptions& options) override { reduce_->prepare(options); }
  void unprepare_self() override { reduce_->unprepare(); }

 private:
  int64_t map_channels_, map_side_;
  std::optional<ConvUnit> reduce_;
  Linear* linear_ = nullptr;
  BatchNorm* norm_ = nullptr;
  Gru* gru_ = nullptr;
  Linear* place_ = nullptr;
};

/// One place a clip, from the maps of all its glance frames side by side as channels. Entries: 0 to 10.
class ClipPolicy : public Module {
 public:
  /// map_channels: those of one frame times the frames.
  ClipPolicy(int64_t map_channels, int64_t map_side);
  std::string kind() const override { return "ClipPolicy"; }
  /// maps: [clips, map_channels, map_side, map_side]. Returns (y, x) in (0, 1), [clips, 2]. Throws DataError for maps
  /// of another shape.
  at::Tensor operator()(const at::Tensor& maps);

 protected:
  void prepare_self(const InferenceOptions& options) override { reduce_->prepare(options); }
  void unprepare_self() override { reduce_->unprepare(); }

 private:
  int64_t map_channels_, map_side_;
  std::optional<ConvUnit> reduce_;
  Linear *wide_ = nullptr, *narrow_ = nullptr, *place_ = nullptr;
  BatchNorm *wide_norm_ = nullptr, *narrow_norm_ = nullptr;
};

}  // namespace vs::nn
