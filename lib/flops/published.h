// vs's figures beside published ones.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "lib/flops/cost.h"
#include "lib/flops/published_parameters.h"
#include "lib/store/recipe.h"

namespace vs::flops {

/// A cost that somebody published.
struct PublishedCost {
  double gflops = 0;  ///< as printed, whatever a FLOP was there
  /// How it was counted; nothing if that is not known.
  std::optional<Convention> convention;
  std::string source;
  std::vector<int64_t> shape;  ///< the input it holds for, if not the recipe's own
  std::string reason;          ///< why vs's figure may differ by more than 1 %; empty if it may not
};

/// Those that a recipe states, in its order.
std::vector<PublishedCost> published_costs(const store::Recipe& recipe);

/// One published figure and what vs counts for the same input.
struct Comparison {
  std::string recipe;
  PublishedCost published;
  std::vector<int64_t> shape;  ///< that both hold for
  Counts counted;
  /// The convention of `published`, or that which comes nearest.
  Convention convention = Convention::kMac;
  double vs_gflops = 0;   ///< in that convention
  double difference = 0;  ///< vs / published - 1
  /// Within 1 %, or a reason is given.
  bool explained() const;
};

/// All figures of the recipes named, in their order.
std::vector<Comparison> compare_published(const std::vector<std::string>& names);

/// A table for people, a line a figure, with how many hold.
std::string published_table(const std::vector<Comparison>& comparisons);
/// Both kinds of figures: a row, or an object, each.
std::string published_csv(const std::vector<Comparison>& comparisons,
                          const std::vector<ParameterComparison>& parameters);
nlohmann::ordered_json published_json(const std::vector<Comparison>& comparisons,
                                      const std::vector<ParameterComparison>& parameters);

}  // namespace vs::flops
