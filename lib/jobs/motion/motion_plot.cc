#include "lib/jobs/motion/motion_plot.h"

#include <fmt/format.h>

#include <cstddef>

#include "lib/jobs/motion/motion_plan.h"
#include "lib/plot/line_chart.h"

namespace vs::jobs {
namespace {

// More lines than this are a grey block.
constexpr int64_t kMostSteps = 64;
constexpr double kMotionHeight = 240, kCurveHeight = 360;

std::vector<double> numbers(const std::vector<int64_t>& frames) { return {frames.begin(), frames.end()}; }

// Heights at which chosen frames stand on the curve.
std::vector<double> on_curve(const std::vector<int64_t>& frames, const std::vector<double>& curve) {
  std::vector<double> heights;
  for (const int64_t frame : frames) {
    const auto at = static_cast<std::size_t>(frame);
    heights.push_back(at < curve.size() ? curve[at] : curve.empty() ? 0 : curve.back());
  }
  return heights;
}

// What the values of a method are, in words that fit beside the axis.
std::string method_label(const std::string& method) {
  if (method == "ssim") return "1 - SSIM";
  if (method == "mad") return "gray change";
  if (method == "luma") return "luma change";
  if (method == "codec-packets") return "packet size level";
  if (method == "codec-vectors") return "vector length";
  if (method.starts_with("flow-")) return "flow length";
  return "motion";
}

plot::LineChart motion_chart(const store::VideoMotion& video, const std::string& method, const std::string& units,
                             const std::vector<double>& x) {
  plot::LineChart chart;
  chart.title = fmt::format("{}: motion", video.video_id);
  chart.subtitle = fmt::format("{} frames, method {}", video.num_frames, method);
  chart.height = kMotionHeight;
  chart.y_from_zero = true;
  chart.x.label = "frame";
  chart.y.label = units == "1" ? method_label(method) : fmt::format("{} ({})", method_label(method), units);
  chart.series.push_back({"", x, video.motion, plot::Look::kLine});
  return chart;
}

}  // namespace

std::string draw_motion_plot(const store::VideoMotion& video, store::MotionKind kind, const std::string& method,
                             const std::string& units, const PlanOptions& plan, const std::vector<int64_t>& frames) {
  const std::vector<double> curve = curve_of(video, kind, plan.exponent);
  std::vector<double> x;
  for (std::size_t i = 0; i < curve.size(); ++i) x.push_back(static_cast<double>(i));
  plot::LineChart chart;
  chart.title = "cumulative motion and chosen frames";
  chart.subtitle =
      fmt::format("{} frames by rule {}, exponent {}", plan.num_segments, plan_rule_name(plan.rule), plan.exponent);
  chart.height = kCurveHeight;
  chart.y_from_zero = true;
  chart.x.label = "frame";
  chart.y.label = "share of the motion so far";
  chart.series.push_back({"curve", x, curve, plot::Look::kLine});
  chart.series.push_back({"chosen frames", numbers(frames), on_curve(frames, curve), plot::Look::kStems});
  if (!plan.windowed() && plan.num_segments <= kMostSteps) {
    for (int64_t k = 1; k < plan.num_segments; ++k) {
      chart.guides.push_back(
          {plot::Direction::kHorizontal, static_cast<double>(k) / static_cast<double>(plan.num_segments), ""});
    }
  }
  if (kind == store::MotionKind::kCurve) return plot::draw(chart);
  return plot::draw_stacked({motion_chart(video, method, units, x), chart});
}

}  // namespace vs::jobs
