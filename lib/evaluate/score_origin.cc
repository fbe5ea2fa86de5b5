#include "lib/evaluate/score_origin.h"

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

std::vector<std::string> weights_behind(const std::string& path) {
  constexpr int kDeepest = 16;
  std::vector<std::string> found, waiting{path};
  for (int step = 0; step < kDeepest && !waiting.empty(); ++step) {
    std::vector<std::string> next;
    for (const auto& file : waiting) {
      const std::string beside = store::manifest_path(file, false);
      std::error_code ignored;
      if (!std::filesystem::exists(beside, ignored)) continue;
      const store::Json manifest = store::read_manifest(beside);
      const store::Json given = manifest.at("parameters").value("weights", store::Json());
      const size_t weights = given.is_array() ? given.size() : 0;
      const bool ran = manifest.at("parameters").contains("recipe");
      const auto& inputs = manifest.at("inputs");
      // A run's weights stand first among its inputs; what was made from scores has them there.
      for (size_t i = 0; i < inputs.size(); ++i) {
        if (ran && i < weights) found.push_back(inputs[i].at("sha256"));
        if (!ran)
          next.push_back(
              store::path_from_document(inputs[i].at("path"), std::filesystem::path(beside).parent_path().string()));
      }
    }
    waiting = std::move(next);
  }
  return found;
}

}  // namespace vs::evaluate
