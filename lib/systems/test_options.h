// What a test may choose besides the model: nothing of it is in the weights.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lib/nn/network.h"

namespace vs::systems {

/// Which frames OCSampler's classifier gets.
enum class FrameChoice {
  kMostProbable,  ///< those that the skim network rates highest
  kUniform,       ///< the middles of equal parts
  kRandom,        ///< drawn without replacement
};

/// Where AdaFocusV2 cuts its patches.
enum class PatchChoice {
  kLearned,  ///< where its policy says
  kFixed,    ///< at patch_place
  kCentre,
  kRandom,  ///< a place a frame, uniform
};

/// How sure AdaFocusV2 is of what it says: the larger the surer.
enum class ExitMeasure {
  kLargestLogit,  ///< before the soft-max
  kEntropy,       ///< sum of p log p over the classes, 0 log 0 = 0
};

struct TestOptions {
  std::optional<nn::AverageClips> average_clips;  ///< instead of the model's test_cfg
  /// At most so many at once, instead of the model's test_cfg: clips, or images where a model takes images (frames of
  /// whole clips with OCSampler). Bounds the memory, changes no result.
  std::optional<int64_t> max_testing_views;
  /// OCSampler's classifiers of clips with max_testing_views: the skim network sees frames of full size, as in its
  /// published code, instead of resize_px.
  bool views_keep_size = false;
  FrameChoice frame_choice = FrameChoice::kMostProbable;
  PatchChoice patch_choice = PatchChoice::kLearned;
  /// (y, x) of kFixed, in [0, 1]: 0 is the top or left edge, 1 the bottom or right one.
  std::array<double, 2> patch_place = {0.5, 0.5};
  /// AdaFocusV2: leave a video after the first stage whose measure reaches its threshold; one a stage, the last is
  /// taken as reached. Empty: look at every frame.
  std::vector<double> exit_thresholds;
  ExitMeasure exit_measure = ExitMeasure::kLargestLogit;
  std::optional<int64_t> kept_frames;  ///< DRCA: frames that keep their resolution, instead of comp_k
  bool with_teacher = false;           ///< ResKD: the teacher's entries too, which no test uses
  uint64_t seed = 0;                   ///< of kRandom
};

/// Keys as the members, choices in words: most_probable, uniform, random; learned, fixed, centre, random;
/// largest_logit, entropy. A null object leaves everything as it is. Throws UsageError at the key.
TestOptions read_test_options(const nlohmann::ordered_json& object, const std::string& place = "test");

/// Which options a model has a use for.
class UsedOptions {
 public:
  void use(std::initializer_list<const char*> names) { names_.insert(names.begin(), names.end()); }
  /// Throws UsageError for the first option that differs from its default and that nothing uses.
  void refuse_others(const TestOptions& options, const std::string& model) const;

 private:
  std::set<std::string> names_;
};

}  // namespace vs::systems
