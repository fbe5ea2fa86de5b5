// Features instead of frames: which network, what it looks at, and what of it is kept.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lib/cli/option_table.h"
#include "lib/cli/parsed_options.h"
#include "lib/media/image_size.h"
#include "lib/plugin/feature_network.h"
#include "lib/store/features_file.h"

namespace vs::jobs {

/// Heading of the options that add_feature_options() adds.
inline constexpr const char* kFeatureGroup = "Features";

struct FeatureOptions {
  plugin::FeatureRequest request;
  std::string recipe;       ///< its name
  std::string recipe_file;  ///< empty: one of share/recipes
  store::FeatureType type = store::FeatureType::kFloat32;
  int short_side = 256;                       ///< pixels, before the crop
  media::Size crop;                           ///< from the middle
  std::array<double, 3> mean{}, deviation{};  ///< of red, green and blue of 0 to 255
  int64_t frame_interval = 1;                 ///< chosen frames from one frame of a clip to the next
  int64_t clip_stride = 1;                    ///< chosen frames from one clip's start to the next
  int64_t batch_frames = 8;                   ///< that go through the network at a time
  /// SHA-256 of the recipe with its assignments.
  std::string recipe_sha256;
};

/// --features and what goes with it.
void add_feature_options(cli::OptionTable& table);

/// What add_feature_options() took, with what the recipe says filled in; null without --features. Throws UsageError for
/// a bad recipe, and for options that do not fit it or each other.
std::shared_ptr<const FeatureOptions> read_feature_options(const cli::ParsedOptions& parsed);

/// What the values depend on beside the layer, the recipe's name and the weights, for the file.
nlohmann::ordered_json feature_parameters(const FeatureOptions& options);

}  // namespace vs::jobs
