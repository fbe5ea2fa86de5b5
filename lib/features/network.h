// Features of a recognizer for the programs that load libvsnn on demand.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "lib/nn/torch.h"
#include "lib/plugin/feature_network.h"

namespace vs::features {

/// See plugin::FeatureNetwork. Every thread that computes at a time has its own packed copy of the weights.
class Network final : public plugin::FeatureNetwork {
 public:
  /// Throws UsageError for a model, shape or layer that does not fit, and what loading weights throws.
  explicit Network(const plugin::FeatureRequest& request);
  ~Network() override;

  const plugin::FeatureShape& shape() const override { return shape_; }
  const std::string& summary() const override { return summary_; }
  std::vector<float> run(std::span<const float> pixels, int64_t count) override;

 private:
  struct Instance;
  /// An instance that a thread uses until it gives it back.
  class Lease;

  std::unique_ptr<Instance> build() const;
  std::unique_ptr<Instance> build_sharing(Instance& weights) const;
  void load(Instance& instance);
  void measure(Instance& instance);
  at::Tensor input(const at::Tensor& pixels) const;
  at::Tensor features_of(Instance& instance, const at::Tensor& pixels) const;
  std::vector<at::Tensor> layer_outputs(Instance& instance, const at::Tensor& input) const;
  at::Tensor in_frame_order(const at::Tensor& rows) const;
  at::Tensor rows_of(const Instance& instance, const at::Tensor& output, int64_t rows) const;

  plugin::FeatureRequest request_;
  plugin::FeatureShape shape_;
  std::string summary_;
  bool clips_ = false;               ///< input [N, 1, 3, T, H, W], else [N, M, 3, H, W]
  bool whole_batches_ = true;        ///< the layer's first axis is that of the rows; else one input at a time
  std::vector<int64_t> frame_rows_;  ///< the row of each frame of a group; empty: in the frames' order
  std::unique_ptr<Instance> first_;  ///< holds the weights that the others share
  std::mutex mutex_;
  std::vector<std::unique_ptr<Instance>> idle_;
};

/// What the library gives to programs.
class Plugin final : public plugin::FeaturePlugin {
 public:
  std::unique_ptr<plugin::FeatureNetwork> open(const plugin::FeatureRequest& request) const override;
};

}  // namespace vs::features
