#include "lib/flops/published.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "lib/flops/report.h"
#include "lib/flops/system.h"

namespace vs::flops {
namespace {

using Json = nlohmann::ordered_json;
constexpr double kGiga = 1e9, kClose = 0.01;

Convention nearest_convention(const Counts& counts, double gflops) {
  Convention best = Convention::kMac;
  double least = std::numeric_limits<double>::infinity();
  for (const auto convention : {Convention::kMac, Convention::kFlop, Convention::kMmcv, Convention::kFvcore}) {
    const double away = std::abs(static_cast<double>(counts.in(convention)) / kGiga / gflops - 1);
    if (away < least) best = convention;
    least = std::min(least, away);
  }
  return best;
}

PublishedCost published_of(const Json& entry) {
  PublishedCost published;
  published.gflops = entry.at("gflops").get<double>();
  if (entry.contains("convention")) published.convention = convention_named(entry.at("convention"));
  published.source = entry.at("source").get<std::string>();
  published.shape = entry.value("shape", std::vector<int64_t>{});
  published.reason = entry.value("reason", std::string());
  return published;
}

std::string name_of(const Comparison& c) {
  return c.published.convention ? convention_name(c.convention) : fmt::format("{}?", convention_name(c.convention));
}

}  // namespace

std::vector<PublishedCost> published_costs(const store::Recipe& recipe) {
  std::vector<PublishedCost> costs;
  for (const Json& entry : recipe.document().value("published", Json::array())) {
    if (entry.contains("gflops")) costs.push_back(published_of(entry));
  }
  return costs;
}

bool Comparison::explained() const { return std::abs(difference) <= kClose || !published.reason.empty(); }

std::vector<Comparison> compare_published(const std::vector<std::string>& names) {
  std::vector<Comparison> comparisons;
  for (const std::string& name : names) {
    const auto recipe = store::Recipe::load(name);
    std::vector<int64_t> shape;
    Counts counts;
    for (const PublishedCost& published : published_costs(recipe)) {
      const auto& wanted = published.shape.empty() ? recipe.shape() : published.shape;
      if (shape != wanted) {
        shape = wanted;
        counts = cost_of_system(build_system(recipe.model(), shape, name)).cost.counts;
      }
      Comparison one{.recipe = name, .published = published, .shape = shape, .counted = counts};
      one.convention = published.convention ? *published.convention : nearest_convention(counts, published.gflops);
      one.vs_gflops = static_cast<double>(counts.in(one.convention)) / kGiga;
      one.difference = one.vs_gflops / published.gflops - 1;
      comparisons.push_back(std::move(one));
    }
  }
  return comparisons;
}

std::string published_table(const std::vector<Comparison>& comparisons) {
  std::string text =
      fmt::format("{:<46} {:>9} {:>9} {:>7}  {:<7} {}\n", "recipe", "published", "vs", "differ", "counted", "source");
  size_t close = 0, reasons = 0;
  for (const Comparison& c : comparisons) {
    text += fmt::format("{:<46} {:>9.3f} {:>9.3f} {:>+6.2f}%  {:<7} {}\n", c.recipe, c.published.gflops, c.vs_gflops,
                        100 * c.difference, name_of(c), c.published.source);
    if (!c.published.reason.empty()) text += fmt::format("{:<46} {}\n", "", c.published.reason);
    if (std::abs(c.difference) <= kClose) {
      ++close;
    } else if (!c.published.reason.empty()) {
      ++reasons;
    }
  }
  text += fmt::format("{} figures: {} within 1 %, {} with a reason, {} unexplained. Units of 10^9; counted: ",
                      comparisons.size(), close, reasons, comparisons.size() - close - reasons);
  text +=
      "mac = multiply-accumulates,\nflop = twice those, mmcv and fvcore = as those libraries count, ? = not stated\n";
  return text;
}

std::string published_csv(const std::vector<Comparison>& comparisons,
                          const std::vector<ParameterComparison>& parameters) {
  std::string text = "recipe,shape,quantity,convention,published,vs,difference,source,reason\n";
  for (const Comparison& c : comparisons) {
    text += fmt::format("{},{},gflops,{},{},{},{:.6f},{},{}\n", csv_field(c.recipe), shape_text(c.shape), name_of(c),
                        c.published.gflops, c.vs_gflops, c.difference, csv_field(c.published.source),
                        csv_field(c.published.reason));
  }
  for (const ParameterComparison& c : parameters) {
    const double difference = static_cast<double>(c.counted) / c.published.count - 1;
    text += fmt::format("{},,parameters,,{:.0f},{},{:.6f},{},{}\n", csv_field(c.recipe), c.published.count, c.counted,
                        difference, csv_field(c.published.source), csv_field(c.published.reason));
  }
  return text;
}

Json published_json(const std::vector<Comparison>& comparisons, const std::vector<ParameterComparison>& parameters) {
  Json rows = Json::array();
  for (const Comparison& c : comparisons) {
    Json row{{"recipe", c.recipe}, {"shape", c.shape}, {"published_gflops", c.published.gflops}};
    row["convention"] = c.published.convention ? Json(convention_name(c.convention)) : Json();
    row["compared_as"] = convention_name(c.convention);
    row["vs_gflops"] = c.vs_gflops;
    row["difference"] = c.difference;
    row["source"] = c.published.source;
    if (!c.published.reason.empty()) row["reason"] = c.published.reason;
    rows.push_back(std::move(row));
  }
  return Json{
      {"schema", "vs.published_costs/1"}, {"figures", std::move(rows)}, {"parameters", parameters_json(parameters)}};
}

}  // namespace vs::flops
