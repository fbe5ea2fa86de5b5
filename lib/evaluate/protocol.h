// Test protocols: how many clips and crops of a video are scored, laid over a recipe's own pipeline.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace vs::evaluate {

/// What a protocol changes; what it does not name stays as the recipe has it.
struct Protocol {
  std::optional<int64_t> clips;  ///< clips of a video, for networks of clips
  std::optional<int64_t> crops;  ///< 1: the centre; 3: ThreeCrop; 10: TenCrop
  bool twice_sample = false;     ///< a second set of segments or clips, not shifted to the middle
  bool operator==(const Protocol&) const = default;
};

/// "CLIPSxCROPS" such as 1x1 or 10x3, "twice-sample", "three-crop", "ten-crop", or some of these joined by "+".
/// Throws UsageError for anything else and for crops other than 1, 3 and 10.
Protocol parse_protocol(const std::string& text);

/// Changes the steps of a pipeline: the sampler's num_clips and twice_sample, and the type of the crop. Three and ten
/// crops are squares as large as the short side that the pipeline resizes to, as mmaction2's configurations have them.
///
/// Throws UsageError where the pipeline has no step that could do it: clips of a pipeline whose frames are segments of
/// one clip (FormatShape NCHW), no SampleFrames, no CenterCrop, no Resize to a short side.
void apply_protocol(const Protocol& protocol, nlohmann::ordered_json& steps);

}  // namespace vs::evaluate
