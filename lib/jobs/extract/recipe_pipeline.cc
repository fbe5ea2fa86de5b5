#include "lib/jobs/extract/recipe_pipeline.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "lib/core/error.h"

namespace vs::jobs {
namespace {

using Json = nlohmann::ordered_json;

/// The member, or null.
const Json& member(const Json& object, const char* key) {
  static const Json kNone;
  return object.is_object() && object.contains(key) ? object[key] : kNone;
}

/// A step, and what messages call it.
struct Step {
  const Json& step;
  std::string place;

  [[noreturn]] void refuse(const char* key, const std::string& finding) const {
    throw UsageError(fmt::format("{}.{}", place, key), finding);
  }
  int64_t integer(const Json& value, const char* key, int64_t most) const {
    if (!value.is_number_integer() || value < 1 || value > most)
      refuse(key, fmt::format("is no integer of 1 to {}", most));
    return value.get<int64_t>();
  }
  std::array<double, 3> colours(const char* key, bool positive) const {
    const Json& values = member(step, key);
    if (!values.is_array() || values.size() != 3) refuse(key, "is no list of red, green and blue");
    std::array<double, 3> result{};
    for (std::size_t i = 0; i < result.size(); ++i) {
      if (!values[i].is_number()) refuse(key, "holds something that is no number");
      result[i] = values[i].get<double>();
      if (!std::isfinite(result[i]) || (positive && result[i] <= 0)) refuse(key, "holds a number that cannot be");
    }
    return result;
  }
};

/// The short side that `scale` makes: [-1, 256] and [256, -1] say it.
std::optional<int> short_side_of(const Step& resize) {
  constexpr int64_t kLargestSide = 65535;
  const Json& scale = member(resize.step, "scale");
  if (member(resize.step, "keep_ratio") == Json(false) || !scale.is_array() || scale.size() != 2) return std::nullopt;
  const bool first = scale[0] == Json(-1), second = scale[1] == Json(-1);
  if (first == second) return std::nullopt;
  return static_cast<int>(resize.integer(scale[first ? 1 : 0], "scale", kLargestSide));
}

}  // namespace

RecipePictures recipe_pictures(const Json& document) {
  constexpr int64_t kMostInterval = 4096;
  const Json& test = member(member(document, "data"), "test");
  const Json& steps = test.is_array() ? test : member(test, "pipeline");
  RecipePictures pictures;
  if (!steps.is_array()) return pictures;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Step step{steps[i], fmt::format("data.test.{}", i)};
    const Json& type = member(steps[i], "type");
    if (type == Json("Resize") && !pictures.short_side) {
      pictures.short_side = short_side_of(step);
    } else if (type == Json("Normalize")) {
      pictures.mean = step.colours("mean", false);
      pictures.deviation = step.colours("std", true);
    } else if (type == Json("SampleFrames") && steps[i].contains("frame_interval")) {
      pictures.frame_interval = step.integer(steps[i]["frame_interval"], "frame_interval", kMostInterval);
    }
  }
  return pictures;
}

}  // namespace vs::jobs
