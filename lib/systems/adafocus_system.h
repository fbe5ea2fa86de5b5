// AdaFocusV2 at test time: patches by any policy, and early exit that spares the work.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lib/nn/adafocus/clip_network.h"
#include "lib/nn/adafocus/network.h"
#include "lib/systems/system.h"

namespace vs::systems {

/// How sure each row of logits [..., C] is, [...] in double.
at::Tensor exit_confidence(const at::Tensor& logits, ExitMeasure measure);

/// One patch a frame (ActivityNet, FCVID, Mini-Kinetics). With exit thresholds a batch is looked at frame by frame, and
/// a video that is sure enough is not looked at any further.
class AdaFocusSystem : public System {
 public:
  /// Throws UsageError unless there is no threshold or one a frame.
  AdaFocusSystem(std::string kind, std::unique_ptr<nn::AdaFocus> network, nn::AverageClips average,
                 const TestOptions& options);
  int64_t num_classes() const override { return network_.options().num_classes; }
  int64_t num_stages() const override { return network_.options().num_segments; }
  int64_t patch_size() const override { return network_.options().patch_size; }
  std::string refusal(int64_t frames) const override;

 protected:
  Result look(const at::Tensor& imgs, const std::vector<uint64_t>& keys) override;

 private:
  Result look_at_all(const at::Tensor& imgs, const std::vector<uint64_t>& keys);
  Result look_until_sure(const at::Tensor& imgs, const std::vector<uint64_t>& keys);

  nn::AdaFocus& network_;
  TestOptions options_;
};

/// One patch for all frames of a clip (Something-Something, Jester).
class AdaFocusClipSystem : public System {
 public:
  AdaFocusClipSystem(std::string kind, std::unique_ptr<nn::AdaFocusClip> network, nn::AverageClips average,
                     const TestOptions& options);
  int64_t num_classes() const override { return network_.options().num_classes; }
  int64_t patch_size() const override { return network_.options().patch_size; }
  std::string refusal(int64_t frames) const override;

 protected:
  Result look(const at::Tensor& imgs, const std::vector<uint64_t>& keys) override;

 private:
  nn::AdaFocusClip& network_;
  TestOptions options_;
};

}  // namespace vs::systems
