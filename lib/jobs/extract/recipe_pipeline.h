// What a recipe's test pipeline says of the pictures that its network looks at.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>

namespace vs::jobs {

/// Each is nothing where the recipe does not say.
struct RecipePictures {
  std::optional<int> short_side;                         ///< Resize with its ratio kept
  std::optional<std::array<double, 3>> mean, deviation;  ///< Normalize, of red, green and blue of 0 to 255
  std::optional<int64_t> frame_interval;                 ///< SampleFrames
};

/// Looks through the steps of mmaction2's pipelines in `data.test` (a list, or an object with the list `pipeline`).
/// Other steps mean nothing here. Throws UsageError, naming the step, for values that cannot be.
RecipePictures recipe_pictures(const nlohmann::ordered_json& document);

}  // namespace vs::jobs
