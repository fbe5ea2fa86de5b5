// Published numbers of parameters beside those of vs.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lib/store/recipe.h"

namespace vs::flops {

/// A number of parameters that somebody published, all that are trained: with ResKD the teacher's too.
struct PublishedParameters {
  std::string printed;  ///< "23864558", "23.87 M"
  double count = 0;
  double rounding = 0;  ///< half a unit of the last digit that is printed; 0 of what is printed in full
  std::string source = {};
  std::string reason = {};  ///< why the model of the recipe may have another number; empty if it may not
};

/// A number as it is printed, in thousands, millions or thousands of millions with K, M or G after it. Throws
/// DataError, with `place` before it, for another text.
PublishedParameters parse_parameters(const std::string& printed, const std::string& place);

/// Those that a recipe states, in its order.
std::vector<PublishedParameters> published_parameters(const store::Recipe& recipe);

struct ParameterComparison {
  std::string recipe;
  PublishedParameters published;
  int64_t counted = 0;
  /// Equal, to the digits printed.
  bool agrees() const;
  bool explained() const { return agrees() || !published.reason.empty(); }
};

/// All of the recipes named, in their order.
std::vector<ParameterComparison> compare_parameters(const std::vector<std::string>& names);

/// A table for people, a line a figure, with how many hold.
std::string parameters_table(const std::vector<ParameterComparison>& comparisons);
nlohmann::ordered_json parameters_json(const std::vector<ParameterComparison>& comparisons);

}  // namespace vs::flops
