// Which part of a recipe's model looks at the chosen frames.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <vector>

namespace vs::jobs {

/// A network for features and what goes into it for one video: [M, 3, H, W] or [clips, 3, T, H, W].
struct FrameNetwork {
  std::unique_ptr<nlohmann::ordered_json> model;
  std::vector<int64_t> shape;
};

/// Looks into systems that choose frames: OCSampler (Sampler2DRecognizer2D, Sampler2DRecognizer3D) gives its
/// classifier, on as many frames as are chosen for it; SampledRecognizer and MGSampler their `recognizer`. Other models
/// are networks themselves. model, shape: of the recipe. Throws UsageError for a number of frames that is none, or a
/// system without a recognizer.
FrameNetwork frame_network(const nlohmann::ordered_json& model, const std::vector<int64_t>& shape);

}  // namespace vs::jobs
