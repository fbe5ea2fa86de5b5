#include "lib/evaluate/run_time.h"

#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "lib/store/json.h"
#include "lib/store/manifest.h"

namespace vs::evaluate {

std::string experiment_name(const ScoreSet& set) {
  return set.info.recipe.empty() ? std::filesystem::path(set.path).stem().string() : set.info.recipe;
}

double seconds_per_video(const std::string& path) {
  constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  const std::string beside = store::manifest_path(path, false);
  std::error_code ignored;
  if (!std::filesystem::exists(beside, ignored)) return kUnknown;
  const store::Json manifest = store::read_manifest(beside);
  // Fused, averaged again, left early or merged: such commands name no recipe.
  if (!manifest.at("parameters").contains("recipe")) return kUnknown;
  const auto done = manifest.at("counts").at("done").get<double>();
  return done > 0 ? manifest.at("wall_s").get<double>() / done : kUnknown;
}

}  // namespace vs::evaluate
