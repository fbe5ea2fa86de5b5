// Whole systems: what runs for one video, part by part, built from a recipe's model.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lib/flops/cost.h"
#include "lib/nn/module.h"
#include "lib/nn/whole_model.h"

namespace vs::flops {

/// Makes an input tensor of a shape: without values to count, with random ones to measure.
using InputMaker = std::function<at::Tensor(const std::vector<int64_t>&)>;

/// One network of a system.
struct Part {
  std::string name;
  std::unique_ptr<nn::Module> module;
  /// Runs it for `batch` videos; nothing for what is there in training only.
  std::function<void(int64_t batch, const InputMaker&)> run;
  /// How its entries' names stand in the whole model; none: it has no weights that a checkpoint holds.
  std::vector<nn::Renaming> names = {};
};

/// Parts in the order in which they run.
struct System {
  std::string name, kind;
  std::vector<Part> parts;
  /// Frames of a video that it looks at, between which early exit may happen; 0 for clips.
  int64_t frames = 0;
};

/// What `model` describes, for videos of `shape` (without the batch axis). Beside what lib/nn builds:
///
/// Sampler2DRecognizer2D and Sampler2DRecognizer3D (OCSampler): the sampler on all frames at `resize_px`, the
/// classifier on the num_test_segments frames that it chooses. A backbone RKD (ResKD): the student on frames shrunk to
/// low_img_res; the teacher counts as parameters. MGSampler: motion of num_frames frames by `motion` (ssim, pa), then
/// `recognizer`, if there is one.
///
/// Throws UsageError for what cannot be built, or a shape that does not fit.
System build_system(const nlohmann::ordered_json& model, const std::vector<int64_t>& shape, const std::string& name);

/// The networks under the names that the reference's whole model has in a checkpoint: "sampler.", "backbone.",
/// "cls_head." of OCSampler; "backbone.low_res_path.", "backbone.high_res_path.", "cls_head." of ResKD;
/// "PA.shallow_conv." beside the recognizer's own of MGSampler. Borrows the system's networks.
nn::WholeModel whole_model(const System& system);

/// Counts one video. A system of several parts is a node above theirs.
CostNode cost_of_system(const System& system);

/// The expected cost when a share fractions[k] of the videos is done after frame k + 1: all costs times the mean share
/// of frames looked at, which is right where every frame costs the same. Parameters stay.
/// Throws UsageError unless there is a fraction a frame and they are shares that sum to 1 (to 1e-6).
CostNode with_early_exit(const CostNode& cost, int64_t frames, const std::vector<double>& fractions);

}  // namespace vs::flops
