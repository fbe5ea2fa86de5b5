// The part of a recipe's model that features are taken of.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lib/nn/network.h"

namespace vs::features {

/// What runs over frames or clips, built for one layer whose output is wanted.
class FeatureSource {
 public:
  virtual ~FeatureSource() = default;
  /// All that a checkpoint gives weights to; layers are named from here on.
  virtual nn::Module& module() = 0;
  /// What is kept where no layer is named, a row an image or clip, in the order in which the source looks at them:
  /// [rows, C]. imgs: [N, M, 3, H, W] or [N, clips, 3, T, H, W].
  virtual at::Tensor pooled(const at::Tensor& imgs) = 0;
  /// Runs as little as the layer needs.
  virtual void run(const at::Tensor& imgs) = 0;
  /// Runs every layer that could be named.
  virtual void run_all(const at::Tensor& imgs) = 0;
  /// Whether layers of scores run for the layer: else their weights do not matter.
  virtual bool needs_head() const = 0;
  /// Frames that go in at once; 0 for what shows itself when a single one is tried.
  virtual int64_t group() const { return 0; }
  /// The k-th row of a group is of frame order()[k]; empty: of frame k.
  virtual std::vector<int64_t> order() const { return {}; }
};

/// model: Recognizer2D, Recognizer3D, with a backbone RKD too (ResKD: the student on frames shrunk to low_img_res), or
/// SimilarityRecognizer3D, of which the head runs only for a layer outside `backbone`.
///
/// AdaFocusV2: layers of global_CNN and global_CNN_fc look at single frames; all others, and the pooled features
/// (glance and patch side by side), at the num_segments frames of a video, from which the policy chooses patches.
/// AdaFocusV2Clip: the glance over num_segments frames, and policy_stn.
///
/// layer: empty for pooled features. Throws UsageError for what cannot be built, and for layers of AdaFocusV2Clip that
/// look at other frames than the glance.
std::unique_ptr<FeatureSource> build_feature_source(const nlohmann::ordered_json& model, const std::string& layer);

}  // namespace vs::features
