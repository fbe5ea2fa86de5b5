#include "lib/flops/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>

namespace vs::flops {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::array kConventions{Convention::kMac, Convention::kFlop, Convention::kMmcv, Convention::kFvcore};

Json counts_json(const Counts& counts) {
  Json object;
  for (const Convention convention : kConventions) object[convention_name(convention)] = counts.in(convention);
  return object;
}

/// Visits nodes of shown levels in order: node, level, path.
void walk(const CostNode& node, int64_t depth, int64_t level, const std::string& path,
          const std::function<void(const CostNode&, int64_t, const std::string&)>& visit) {
  visit(node, level, path);
  if (depth >= 0 && level >= depth) return;
  for (const CostNode& below : node.children) walk(below, depth, level + 1, path + "." + below.name, visit);
}

Json node_json(const CostNode& node, int64_t depth, int64_t level) {
  Json object{{"name", node.name}, {"kind", node.kind}, {"parameters", node.parameters}};
  object["cost"] = counts_json(node.cost.counts);
  object["activations"] = node.cost.activations;
  object["output"] = node.output;
  if (depth >= 0 && level >= depth) return object;
  Json children = Json::array();
  for (const CostNode& below : node.children) children.push_back(node_json(below, depth, level + 1));
  if (!children.empty()) object["children"] = std::move(children);
  return object;
}

}  // namespace

std::string shape_text(const std::vector<int64_t>& shape) {
  return shape.empty() ? "-" : fmt::format("{}", fmt::join(shape, "x"));
}

std::string short_number(int64_t number) {
  double value = static_cast<double>(number);
  for (const char* unit : {"", " k", " M", " G", " T"}) {
    // 999.6 has three digits only as 1.00 of the next unit.
    if (std::abs(value) < 999.5 || unit == std::string_view(" T")) {
      if (!*unit) return fmt::format("{}", number);
      const int decimals = std::abs(value) < 9.995 ? 2 : std::abs(value) < 99.95 ? 1 : 0;
      return fmt::format("{:.{}f}{}", value, decimals, unit);
    }
    value /= 1000;
  }
  return {};
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string cost_table(const CostNode& cost, const std::vector<int64_t>& shape, const ReportOptions& options) {
  struct Row {
    std::string label;
    const CostNode* node;
  };
  std::vector<Row> rows;
  size_t width = 6;
  walk(cost, options.depth, 0, cost.name, [&](const CostNode& node, int64_t level, const std::string&) {
    std::string label = std::string(static_cast<size_t>(2 * level), ' ') + node.name;
    if (node.kind != "Module" && node.kind != node.name) label += " (" + node.kind + ")";
    width = std::max(width, label.size());
    rows.push_back({std::move(label), &node});
  });
  std::string heading = convention_name(options.convention);
  if (options.convention == Convention::kMac) heading = "MACs";
  if (options.convention == Convention::kFlop) heading = "FLOPs";
  std::string text = fmt::format("{:<{}}  {:>10}  {:>8}  {:>11}  {}\n", "module", width, "parameters", heading,
                                 "activations", "output");
  for (const Row& row : rows) {
    text += fmt::format("{:<{}}  {:>10}  {:>8}  {:>11}  {}\n", row.label, width, short_number(row.node->parameters),
                        short_number(row.node->cost.counts.in(options.convention)),
                        short_number(row.node->cost.activations), shape_text(row.node->output));
  }
  text += fmt::format("\none video of {}: {} parameters\n", shape_text(shape), cost.parameters);
  for (const Convention convention : kConventions) {
    const int64_t count = cost.cost.counts.in(convention);
    text += fmt::format("  {:<6} {:>16}  {:>7} {}\n", convention_name(convention), count, short_number(count),
                        convention_unit(convention));
  }
  return text;
}

std::string cost_csv(const CostNode& cost, const ReportOptions& options) {
  std::string text = "module,kind,level,parameters,mac,flop,mmcv,fvcore,activations,output\n";
  walk(cost, options.depth, 0, cost.name, [&](const CostNode& node, int64_t level, const std::string& path) {
    text += fmt::format("{},{},{},{}", csv_field(path), csv_field(node.kind), level, node.parameters);
    for (const Convention convention : kConventions) text += fmt::format(",{}", node.cost.counts.in(convention));
    text += fmt::format(",{},{}\n", node.cost.activations, node.output.empty() ? "" : shape_text(node.output));
  });
  return text;
}

Json cost_json(const CostNode& cost, const std::vector<int64_t>& shape, const ReportOptions& options) {
  Json document{{"schema", "vs.cost/1"}, {"name", cost.name}, {"shape", shape}, {"parameters", cost.parameters}};
  document["convention"] = convention_name(options.convention);
  document["cost"] = cost.cost.counts.in(options.convention);
  document["totals"] = counts_json(cost.cost.counts);
  document["activations"] = cost.cost.activations;
  Json operations = Json::object();
  for (const auto& [name, counts] : cost.cost.by_operation) operations[name] = counts_json(counts);
  document["operations"] = std::move(operations);
  document["modules"] = node_json(cost, options.depth, 0);
  return document;
}

}  // namespace vs::flops
