#include "lib/evaluate/report/cells.h"

#include <fmt/format.h>

#include <cmath>

namespace vs::evaluate {
namespace {

/// A metric as it is shown: percent with one decimal, or a number with three.
std::string shown(double value, const std::string& metric, const char* sign = "") {
  if (!std::isfinite(value)) return "-";
  const bool share = is_share(metric);
  const std::string text = fmt::format("{:.{}f}", share ? 100 * value : value, share ? 1 : 3);
  return value >= 0 ? sign + text : text;
}

std::string with_spread(const metrics::Spread& spread, const std::string& metric) {
  const std::string mean = shown(spread.mean, metric);
  return spread.count < 2 ? mean : fmt::format("{} ± {}", mean, shown(spread.deviation, metric));
}

std::string each_run(const ReportRow& row, const std::string& metric) {
  std::string text;
  for (const auto& run : row.runs) text += (text.empty() ? "" : ", ") + shown(run.metrics.front().value, metric);
  return text;
}

/// About three significant digits.
std::string quantity(double value) {
  if (!std::isfinite(value)) return "-";
  if (value >= 100) return fmt::format("{:.0f}", value);
  return value >= 10 ? fmt::format("{:.1f}", value) : fmt::format("{:.3g}", value);
}

std::string titled(const std::string& metric) { return is_share(metric) ? metric + ", %" : metric; }

}  // namespace

ReportTable table_of(const ReportSection& section) {
  ReportTable table{.head = {""}, .rows = {}, .time_column = 0};
  for (const auto& metric : section.metrics) table.head.push_back(titled(metric));
  const std::string& first = section.metrics.front();
  for (const char* head : {"of each run", "first less this", "over its standard error", "million MACs a video"})
    table.head.emplace_back(head);
  table.time_column = table.head.size();
  table.head.emplace_back("ms a video");
  for (const auto& row : section.rows) {
    std::vector<std::string> cells{row.name};
    for (size_t m = 0; m < section.metrics.size(); ++m)
      cells.push_back(with_spread(row.metrics[m], section.metrics[m]));
    cells.push_back(each_run(row, first));
    const bool is_first = &row == &section.rows.front();
    const double error = row.first_less.standard_error;
    cells.push_back(is_first ? "" : shown(row.first_less.value, first, "+"));
    cells.push_back(is_first || !(error > 0) ? "" : fmt::format("{:.1f}", row.first_less.value / error));
    cells.push_back(quantity(1000 * row.gflops.mean));
    cells.push_back(quantity(1000 * row.seconds.mean));
    table.rows.push_back(std::move(cells));
  }
  return table;
}

}  // namespace vs::evaluate
