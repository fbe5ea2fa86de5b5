// What programs of libvs ask of networks, in a library that is loaded on demand. No tensors here.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace vs::plugin {

/// What a row of features is of.
enum class FeatureUnit {
  kFrame,       ///< one frame, whatever stands beside it
  kFrameGroup,  ///< one frame of several that the network looks at together (temporal shift): a group goes in at once
  kClip,        ///< a clip of frames
};

/// Which network, with which weights, and what of it.
struct FeatureRequest {
  std::string model;                 ///< JSON text of a recipe's model
  std::vector<int64_t> shape;        ///< input of one video: [M, 3, H, W] or [clips, 3, T, H, W]
  std::string weights;               ///< checkpoint; empty: start values drawn from `seed`
  std::string name_map = "auto";     ///< NAME or NAME@PREFIX
  bool inflate = false;              ///< weights over images may become weights over clips
  std::vector<std::string> partial;  ///< patterns of names that the checkpoint may lack
  uint64_t seed = 0;
  std::string layer;              ///< path of a module, such as "backbone.layer4.1"; empty: the pooled features
  bool mean_of_positions = true;  ///< a row is the mean over space and time; else the layer's whole map
};

/// What comes out, known before anything is computed.
struct FeatureShape {
  FeatureUnit unit = FeatureUnit::kFrame;
  int64_t frames = 1;               ///< that go in at once: 1, those of a group or of a clip
  int64_t rows = 1;                 ///< that come out of them: 1, or one a frame of a group
  std::vector<uint64_t> row_shape;  ///< [C] or [C, H, W] and the like
  int64_t height = 0, width = 0;    ///< of a frame
};

/// A network with its weights. Any thread may call run(), several at a time.
class FeatureNetwork {
 public:
  virtual ~FeatureNetwork() = default;
  virtual const FeatureShape& shape() const = 0;
  /// One line on what was loaded, for people.
  virtual const std::string& summary() const = 0;
  /// pixels: normalised RGB of `count` frames, groups or clips: [count, shape().frames, 3, H, W].
  /// Returns count * shape().rows rows. One thread computes, and the result depends on `pixels` and `count` alone.
  /// Throws RunError if memory does not suffice.
  virtual std::vector<float> run(std::span<const float> pixels, int64_t count) = 0;
};

/// Makes networks. Errors are those of lib/core/error.h: UsageError for what the user asked for, DataError for the
/// checkpoint.
class FeaturePlugin {
 public:
  virtual ~FeaturePlugin() = default;
  virtual std::unique_ptr<FeatureNetwork> open(const FeatureRequest& request) const = 0;
};

}  // namespace vs::plugin
