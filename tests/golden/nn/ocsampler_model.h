// OCSampler's models as its cases state them.
#pragma once

#include <nlohmann/json.hpp>

#include "tests/golden/nn/network.h"

namespace vs::golden {

/// The model of the recipe that the case names under `config`, with what the case states instead.
nlohmann::ordered_json ocsampler_model(const nlohmann::json& parameters);

/// `gains`: {"sampler": 1.8} is the gain of names that begin with "sampler.".
WeightRule rule_by_first_part(const nlohmann::json& parameters);

}  // namespace vs::golden
