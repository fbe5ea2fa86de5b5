#include "lib/flops/published_parameters.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/flops/system.h"
#include "lib/nn/parameter_count.h"

namespace vs::flops {
namespace {

using Json = nlohmann::ordered_json;

double unit_of(std::string_view letter) {
  if (letter == "K") return 1e3;
  if (letter == "M") return 1e6;
  if (letter == "G") return 1e9;
  return letter.empty() ? 1 : 0;
}

int64_t count_parameters(const System& system) {
  int64_t count = 0;
  for (const Part& part : system.parts) count += nn::num_parameters(*part.module);
  return count;
}

}  // namespace

PublishedParameters parse_parameters(const std::string& printed, const std::string& place) {
  PublishedParameters published{.printed = printed};
  const auto words = split(printed, ' ');
  const auto number = parse_real(words[0]);
  const double unit = words.size() > 2 ? 0 : unit_of(words.size() == 2 ? words[1] : "");
  if (!number || *number < 0 || unit == 0)
    throw DataError(place, fmt::format("published parameters \"{}\" are no number", printable(printed)),
                    "write it as 23864558 or 23.87 M");
  published.count = *number * unit;
  if (unit > 1) {
    const size_t point = words[0].find('.');
    const auto decimals = point == std::string_view::npos ? 0 : static_cast<double>(words[0].size() - point - 1);
    published.rounding = 0.5 * unit * std::pow(10, -decimals);
  }
  return published;
}

std::vector<PublishedParameters> published_parameters(const store::Recipe& recipe) {
  std::vector<PublishedParameters> figures;
  for (const Json& entry : recipe.document().value("published", Json::array())) {
    if (!entry.contains("parameters")) continue;
    figures.push_back(parse_parameters(entry.at("parameters").get<std::string>(), recipe.name()));
    figures.back().source = entry.at("source").get<std::string>();
    figures.back().reason = entry.value("reason", std::string());
  }
  return figures;
}

bool ParameterComparison::agrees() const {
  // A figure halfway between two printed ones may have gone either way; products of decimals are not exact.
  constexpr double kSlack = 1e-6;
  return std::abs(static_cast<double>(counted) - published.count) <= published.rounding * (1 + kSlack);
}

std::vector<ParameterComparison> compare_parameters(const std::vector<std::string>& names) {
  std::vector<ParameterComparison> comparisons;
  for (const std::string& name : names) {
    const auto recipe = store::Recipe::load(name);
    const auto published = published_parameters(recipe);
    if (published.empty()) continue;
    const int64_t counted = count_parameters(build_system(recipe.model(), recipe.shape(), name));
    for (const PublishedParameters& figure : published) comparisons.push_back({name, figure, counted});
  }
  return comparisons;
}

std::string parameters_table(const std::vector<ParameterComparison>& comparisons) {
  std::string text = fmt::format("{:<46} {:>10} {:>10} {:<8} {}\n", "recipe", "parameters", "vs", "", "source");
  size_t equal = 0, reasons = 0;
  for (const ParameterComparison& c : comparisons) {
    const char* verdict = c.agrees() ? "equal" : "differs";
    text += fmt::format("{:<46} {:>10} {:>10} {:<8} {}\n", c.recipe, c.published.printed, c.counted, verdict,
                        c.published.source);
    if (!c.published.reason.empty()) text += fmt::format("{:<46} {}\n", "", c.published.reason);
    if (c.agrees()) {
      ++equal;
    } else if (!c.published.reason.empty()) {
      ++reasons;
    }
  }
  text += fmt::format("{} numbers of parameters: {} equal to the digits printed, {} with a reason, {} unexplained\n",
                      comparisons.size(), equal, reasons, comparisons.size() - equal - reasons);
  return text;
}

Json parameters_json(const std::vector<ParameterComparison>& comparisons) {
  Json rows = Json::array();
  for (const ParameterComparison& c : comparisons) {
    Json row{{"recipe", c.recipe}, {"published", c.published.printed}, {"vs", c.counted}, {"agrees", c.agrees()}};
    row["source"] = c.published.source;
    if (!c.published.reason.empty()) row["reason"] = c.published.reason;
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace vs::flops
