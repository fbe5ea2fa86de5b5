// A sampler before any recognizer: OCSampler, and every other pair of the two.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lib/systems/frame_chooser.h"
#include "lib/systems/system.h"

namespace vs::systems {

struct SampledOptions {
  int64_t num_clips = 0;         ///< clips of a video, as wide as the chooser says; 0: as many as there are
  int64_t views = 0;             ///< frames at once, a multiple of those of a clip; 0: all
  bool views_keep_size = false;  ///< with views, the skim network sees frames of full size
};

/// Frames of videos [N, M, 3, H, W], M = clips * T; of each clip the recognizer gets those that the chooser picks.
/// stage_logits and stages: of videos of one clip only. Entries: sampler.* of the skim network, then the recognizer's
/// own.
class SampledSystem : public System {
 public:
  /// network: a skim network that is there for its weights only, or nothing; then the chooser's own.
  /// Throws UsageError, naming `place`, if the recognizer cannot take as many frames as are chosen, or `views` is no
  /// multiple of a clip's frames.
  SampledSystem(const std::string& kind, std::unique_ptr<FrameChooser> chooser, std::unique_ptr<nn::Module> network,
                std::unique_ptr<System> recognizer, nn::AverageClips average, const SampledOptions& options,
                const std::string& place);
  int64_t num_classes() const override { return recognizer_->num_classes(); }
  std::string refusal(int64_t frames) const override;
  FrameChooser& chooser() { return *chooser_; }

 protected:
  Result look(const at::Tensor& imgs, const std::vector<uint64_t>& keys) override;
  void set_prepared(bool prepared) override {
    System::set_prepared(prepared);
    System::set_prepared(*recognizer_, prepared);
  }

 private:
  struct Rows;
  int64_t frames_of_clip(int64_t frames) const;

  std::unique_ptr<FrameChooser> chooser_;
  std::unique_ptr<System> recognizer_;
  SampledOptions options_;
};

}  // namespace vs::systems
