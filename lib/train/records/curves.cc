#include "lib/train/records/curves.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

#include "lib/plot/line_chart.h"

namespace vs::train {
namespace {

using plot::LineChart;
/// A value by moments: iterations, or epochs.
using Curve = plot::Series;

constexpr double kChartHeight = 300;
/// Room for markers at the end of the run.
constexpr double kRoom = 1.02;

/// The curve of that name, made where it is not there yet.
Curve& curve_of(std::vector<Curve>& curves, const std::string& name) {
  const auto found = std::find_if(curves.begin(), curves.end(), [&](const Curve& curve) { return curve.name == name; });
  if (found != curves.end()) return *found;
  return curves.emplace_back(Curve{name, {}, {}});
}

void add_points(std::vector<Curve>& curves, const NamedNumbers& numbers, double at) {
  for (const auto& [name, number] : numbers) {
    Curve& curve = curve_of(curves, name);
    curve.x.push_back(at);
    curve.y.push_back(number);
  }
}

bool is_share(const Curve& curve) {
  return std::all_of(curve.y.begin(), curve.y.end(),
                     [](double value) { return !std::isfinite(value) || (value >= 0 && value <= 1); });
}

/// Rates that are the same all along become one curve, named by its first group and how many more there are.
std::vector<Curve> distinct_rates(const std::vector<Curve>& rates) {
  std::vector<Curve> distinct;
  std::vector<size_t> groups;
  for (const Curve& rate : rates) {
    const auto same = std::find_if(distinct.begin(), distinct.end(),
                                   [&](const Curve& other) { return other.x == rate.x && other.y == rate.y; });
    if (same != distinct.end()) {
      ++groups[static_cast<size_t>(same - distinct.begin())];
    } else {
      distinct.push_back(rate);
      groups.push_back(1);
    }
  }
  for (size_t i = 0; i < distinct.size(); ++i) {
    if (groups[i] > 1) distinct[i].name += fmt::format(" and {} more", groups[i] - 1);
  }
  return distinct;
}

/// The charts of a run, from top to bottom.
class Charts {
 public:
  explicit Charts(const std::vector<LogRecord>& records) {
    for (const LogRecord& record : records) {
      last_iteration_ = std::max(last_iteration_, static_cast<double>(record.iteration));
      if (record.mode == LogRecord::Mode::kValidation && record.epoch > 0 && record.iteration > 0)
        iterations_per_epoch_ = static_cast<double>(record.iteration) / static_cast<double>(record.epoch);
    }
  }

  void add_over_iterations(const std::string& label, std::vector<Curve> curves) {
    add(label, std::move(curves), "iteration", last_iteration_ > 0 ? std::optional(last_iteration_) : std::nullopt);
  }
  void add_over_epochs(const std::string& label, std::vector<Curve> curves) {
    add(label, std::move(curves), "epoch",
        iterations_per_epoch_ > 0 ? std::optional(last_iteration_ / iterations_per_epoch_) : std::nullopt);
  }

  std::vector<LineChart> take(const std::string& title) {
    if (charts_.empty()) add({}, {Curve{}}, "iteration", std::nullopt);
    charts_.front().title = title;
    return std::move(charts_);
  }

 private:
  void add(const std::string& label, std::vector<Curve> curves, const char* moments, std::optional<double> last) {
    if (curves.empty()) return;
    LineChart chart;
    chart.height = kChartHeight;
    chart.x.label = moments;
    chart.x.whole_numbers = true;
    // One moment of the run is at one place in all charts, whether they count iterations or epochs.
    if (last) {
      chart.x.low = 0;
      chart.x.high = *last * kRoom;
    }
    chart.y.label = label;
    chart.y_from_zero = true;
    chart.series = std::move(curves);
    charts_.push_back(std::move(chart));
  }

  std::vector<LineChart> charts_;
  double last_iteration_ = 0, iterations_per_epoch_ = 0;
};

/// Curves within 0..1 together, each other one alone; `add` takes a label and the curves of a chart.
template <class Add>
void add_by_scale(std::vector<Curve> curves, const std::string& label, Add add) {
  const auto others = std::stable_partition(curves.begin(), curves.end(), is_share);
  std::vector<Curve> alone(std::make_move_iterator(others), std::make_move_iterator(curves.end()));
  curves.erase(others, curves.end());
  add(label, std::move(curves));
  for (Curve& curve : alone) add(label, {std::move(curve)});
}

}  // namespace

std::vector<double> smoothed(std::span<const double> values, double weight) {
  std::vector<double> means;
  means.reserve(values.size());
  double sum = 0, weights = 0;
  for (const double value : values) {
    if (!std::isfinite(value)) {
      means.push_back(value);
      continue;
    }
    sum = weight * sum + value;
    weights = weight * weights + 1;
    means.push_back(sum / weights);
  }
  return means;
}

std::string draw_curves(const std::vector<LogRecord>& records, const CurveOptions& options) {
  std::vector<Curve> parts, rates, validation_losses, metrics;
  for (const LogRecord& record : records) {
    const auto iteration = static_cast<double>(record.iteration);
    if (record.mode == LogRecord::Mode::kTrain) {
      add_points(parts, record.losses, iteration);
      add_points(rates, record.learning_rates, iteration);
    } else {
      for (const auto& [name, number] : record.losses)
        add_points(validation_losses, {{"validation " + name, number}}, iteration);
      add_points(metrics, record.metrics, static_cast<double>(record.epoch));
    }
  }
  for (Curve& part : parts) part.y = smoothed(part.y, options.smoothing);
  for (Curve& curve : validation_losses) curve.look = plot::Look::kLineAndMarkers;
  for (Curve& metric : metrics) metric.look = plot::Look::kLineAndMarkers;

  // The total first, in the first colour; what is no loss (accuracies of the steps) has charts of its own.
  const auto is_loss = [](const Curve& part) {
    return part.name != kLossScale && part.name.find("loss") != std::string::npos;
  };
  const auto others = std::stable_partition(parts.begin(), parts.end(), is_loss);
  std::stable_partition(parts.begin(), others, [](const Curve& part) { return part.name == "loss"; });
  std::vector<Curve> losses(parts.begin(), others);
  losses.insert(losses.end(), validation_losses.begin(), validation_losses.end());

  Charts charts(records);
  charts.add_over_iterations(options.smoothing > 0 ? "loss, smoothed" : "loss", std::move(losses));
  add_by_scale({others, parts.end()}, "training", [&](const std::string& label, std::vector<Curve> curves) {
    charts.add_over_iterations(label, std::move(curves));
  });
  charts.add_over_iterations("learning rate", distinct_rates(rates));
  add_by_scale(std::move(metrics), "validation", [&](const std::string& label, std::vector<Curve> curves) {
    charts.add_over_epochs(label, std::move(curves));
  });
  return plot::draw_stacked(charts.take(options.title));
}

}  // namespace vs::train
