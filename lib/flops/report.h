// A cost as a table, as JSON and as CSV.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lib/flops/cost.h"

namespace vs::flops {

/// What is shown of a cost.
struct ReportOptions {
  int64_t depth = 2;                         ///< levels below the root; -1: all
  Convention convention = Convention::kMac;  ///< of the column in the table
};

/// "8x3x224x224"; "-" for no axes.
std::string shape_text(const std::vector<int64_t>& shape);
/// Three digits and a unit of thousands: "4.09 G", "0".
std::string short_number(int64_t number);
/// The text, in quotes where CSV needs them.
std::string csv_field(const std::string& text);

/// An indented tree: parameters, cost in the chosen convention, activations, output; then totals in every convention,
/// each with its name.
std::string cost_table(const CostNode& cost, const std::vector<int64_t>& shape, const ReportOptions& options);
/// A line a module with its path and level, all conventions.
std::string cost_csv(const CostNode& cost, const ReportOptions& options);
/// vs.cost/1 without what other parts of a run add.
nlohmann::ordered_json cost_json(const CostNode& cost, const std::vector<int64_t>& shape, const ReportOptions& options);

}  // namespace vs::flops
