#include "tests/golden/nn/ocsampler_model.h"

#include <map>
#include <string>

#include "lib/store/recipe.h"
#include "tests/golden/nn/described.h"

namespace vs::golden {

using Json = nlohmann::ordered_json;

Json ocsampler_model(const nlohmann::json& p) {
  Json model = store::Recipe::load(p.at("config").get<std::string>()).model();
  if (p.contains("num_segments")) model["num_segments"] = model["num_test_segments"] = p.at("num_segments");
  if (p.contains("shift_div")) model["sampler"]["shift_div"] = p.at("shift_div");
  if (p.contains("resize_px")) model["resize_px"] = p.at("resize_px");
  if (p.contains("average_clips")) {
    const Json average = ordered(p.at("average_clips"));
    model["test_cfg"]["average_clips"] = average.is_null() ? Json("none") : average;
  }
  Json overrides = p.contains("overrides") ? ordered(p.at("overrides")) : Json::object();
  if (overrides.contains("num_segments") && !overrides.contains("num_test_segments"))
    overrides["num_test_segments"] = overrides["num_segments"];
  for (const auto& [key, value] : overrides.items()) {
    if (value.is_object() && model.contains(key)) {
      model[key].merge_patch(value);
    } else if (value.is_null()) {
      model.erase(key);
    } else {
      model[key] = value;
    }
  }
  const Json& test = model["test_cfg"];
  if (test.contains("average_clips") && test["average_clips"].is_null()) model["test_cfg"]["average_clips"] = "none";
  return model;
}

WeightRule rule_by_first_part(const nlohmann::json& p) {
  WeightRule rule;
  for (const auto& [part, gain] : p.at("gains").get<std::map<std::string, double>>())
    rule.gains_by_prefix[part + "."] = gain;
  return rule;
}

}  // namespace vs::golden
