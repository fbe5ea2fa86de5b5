// The five systems at test time behind one interface: frames of videos in, scores and what was looked at out.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lib/nn/network.h"
#include "lib/nn/recorded_function.h"
#include "lib/systems/test_options.h"

namespace vs::systems {

/// A square that was cut out of a frame.
struct Patch {
  int64_t frame = 0;    ///< which of the given frames
  double y = 0, x = 0;  ///< top left corner in pixels of the input; may lie between pixels
  int64_t size = 0;     ///< pixels a side
};

/// What a batch of N videos gave. Empty or undefined is what a system has none of.
struct Result {
  /// After averaging over clips, [N, C]; [N * rows, C] where the model says none and there are several rows.
  at::Tensor scores;
  at::Tensor clip_scores;  ///< before it, [N, rows, C]
  /// A list a video: which of the given frames were chosen, in the order in which they were looked at; with DRCA those
  /// that kept their resolution. Frame t of clip c counts as c * T + t.
  std::vector<std::vector<int64_t>> picks;
  std::vector<std::vector<Patch>> patches;  ///< a list a video
  /// What AdaFocusV2 says after each frame, [N, stages, C]; NaN for stages that early exit spared.
  at::Tensor stage_logits;
  std::vector<int64_t> stages;  ///< a number a video: stages that ran; only where early exit was asked for
  at::Tensor embeddings;        ///< for retrieval, not normalised, [N, clips, E]
};

enum class InputLayout {
  kFrames,  ///< [N, M, 3, H, W], M images of a video: crops, clips and segments in this order
  kClips,   ///< [N, clips, 3, T, H, W]
};

/// A model of a recipe, ready to score videos.
class System {
 public:
  System(const System&) = delete;
  System& operator=(const System&) = delete;
  virtual ~System();

  /// The model's type, such as "Sampler2DRecognizer2D".
  const std::string& kind() const { return kind_; }
  InputLayout layout() const { return layout_; }
  /// Classes, or the width of an embedding; 0 where that is the width of the features.
  virtual int64_t num_classes() const = 0;
  /// Stages that stage_logits has, 0 for systems without.
  virtual int64_t num_stages() const { return 0; }
  /// Side of the patches that are looked at, in pixels; 0 for systems that look at whole frames.
  virtual int64_t patch_size() const { return 0; }
  /// How rows of scores become one.
  nn::AverageClips average() const { return average_; }
  /// All networks of the system; entries have the names of the reference's whole model, so that nn::load_weights()
  /// takes its checkpoints.
  nn::Module& module() { return *root_; }

  /// Makes it fast: see nn::Module::prepare(). What chooses frames keeps single precision, so that a prepared system
  /// looks at the same frames.
  void prepare(const nn::InferenceOptions& options) {
    root_->prepare(options);
    set_prepared(true);
  }
  void unprepare() {
    root_->unprepare();
    set_prepared(false);
  }
  /// Computes there from now on. Before prepare(), with weights that have memory.
  void move(at::Device device) { root_->move(device); }
  /// Where the weights are.
  at::Device device() const { return weight_ ? weight_->device() : at::Device(at::kCPU); }

  /// Scores a batch, without gradients. imgs: as layout() says, in the weights' type; they go to the device of the
  /// weights, and what is found comes back to the CPU. keys: a number a video, from
  /// which random choices follow together with the seed, so that they do not depend on the batch; without them its
  /// place in the batch. On meta tensors everything runs that would run, and picks and patches stay empty. Throws
  /// DataError for a tensor of another layout, another number of frames than the model takes, or keys that are not one
  /// a video.
  Result run(const at::Tensor& imgs, std::vector<uint64_t> keys = {});

  /// Why a video of so many images (kFrames), or clips of so many frames (kClips), cannot be taken; empty if it can.
  virtual std::string refusal(int64_t frames) const = 0;

 protected:
  System(std::string kind, InputLayout layout, std::unique_ptr<nn::Module> module, nn::AverageClips average);
  /// All of run() but the averaging.
  virtual Result look(const at::Tensor& imgs, const std::vector<uint64_t>& keys) = 0;
  /// Gives another system's networks to one that contains it. It goes on using them.
  static std::unique_ptr<nn::Module> take_module(System& system) { return std::move(system.module_); }
  /// Tells whether weights are fixed; a system that contains another tells it too.
  virtual void set_prepared(bool prepared);
  static void set_prepared(System& system, bool prepared) { system.set_prepared(prepared); }
  /// function(x), which asks the device for no value; once weights are fixed, a device may replay it. One function a
  /// system.
  std::vector<at::Tensor> compute(const at::Tensor& x, const nn::TensorFunction& function);
  static Result look_with(System& system, const at::Tensor& imgs, const std::vector<uint64_t>& keys) {
    return system.look(imgs, keys);
  }

 private:
  std::string kind_;
  InputLayout layout_;
  std::unique_ptr<nn::Module> module_;
  nn::Module* root_;
  const at::Tensor* weight_;  ///< any entry of the networks, which stays in its place; null if they have none
  nn::AverageClips average_;
  bool prepared_ = false;
  nn::RecordedFunction recorded_;
};

/// Builds what a recipe's model describes, on the meta device: load weights, or initialise, before run().
///
/// Types: those of nn::build_recognizer(), with a backbone RKD too (ResKD: the student on frames shrunk to
/// low_img_res); Sampler2DRecognizer2D and Sampler2DRecognizer3D (OCSampler); MGSampler, whose frames come chosen, as
/// its `recognizer`; SampledRecognizer: {sampler, recognizer, test_cfg}, any recognizer of these (but no
/// SampledRecognizer or OCSampler) behind any sampler. Samplers: {type: OCSampler, network, num_segments, resize_px,
/// shuffle}; {type: UniformSampler | RandomSampler, num_segments, total_segments}; {type: FixedSampler, frames,
/// total_segments}. total_segments: frames of a clip, of which a video may have several; all of a video's if not given.
///
/// Throws UsageError naming the place of what cannot be built, or an option that cannot act on the model.
std::unique_ptr<System> build_system(const nlohmann::ordered_json& model, const TestOptions& options = {},
                                     const std::string& place = "model");

}  // namespace vs::systems
