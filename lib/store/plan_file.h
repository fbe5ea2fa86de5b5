// Sampling plans (`vs.plan/1`, JSON): which frames of each video were chosen.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vs::store {

/// The choice for one video.
struct VideoPlan {
  std::string id, path;
  int64_t total_frames = 0;  ///< frames of the video the choice was made for, at least 1
  std::vector<std::vector<int64_t>>
      frame_index;  ///< clips, each a list of frames, 0-based in display order, below total_frames
  bool operator==(const VideoPlan&) const = default;
};

/// A plan. Indices may repeat and, with a rule that says so, need not rise.
struct SamplingPlan {
  std::string rule;              ///< such as "mg-test"
  std::optional<uint64_t> seed;  ///< set if the rule draws
  /// What the rule was given, such as {"num_segments", "8"}; values are JSON texts.
  std::vector<std::pair<std::string, std::string>> parameters;
  std::vector<VideoPlan> videos;
  bool operator==(const SamplingPlan&) const = default;
};

/// Reads and checks a plan. Throws DataError with the place in the file: an index outside the video, an id twice,
/// unknown keys. Paths come out as seen from the working folder.
SamplingPlan read_plan(const std::string& path);
/// Writes it whole. Paths as seen from the working folder.
void write_plan(const std::string& path, const SamplingPlan& plan);

}  // namespace vs::store
