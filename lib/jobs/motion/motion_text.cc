#include "lib/jobs/motion/motion_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lib/core/text.h"
#include "lib/jobs/motion/motion_plan.h"
#include "lib/store/json.h"

namespace vs::jobs {

bool prints_lines(const MotionOptions& options) {
  return options.output == "-" || (options.output.empty() && options.json);
}

bool prints_table(const MotionOptions& options) {
  return options.output.empty() && !options.json && options.plot.empty() && options.sheet.empty();
}

std::string motion_table_heading() {
  return fmt::format("{:<32} {:>8} {:>12} {:>12}  {}\n", "video", "frames", "mean", "largest", "at frame");
}

std::string motion_table_row(const store::VideoMotion& motion) {
  double sum = 0;
  for (const double value : motion.motion) sum += value;
  const auto largest = std::max_element(motion.motion.begin(), motion.motion.end());
  const bool any = largest != motion.motion.end();
  return fmt::format("{:<32} {:>8} {:>12.6g} {:>12.6g}  {}\n", printable(motion.video_id), motion.num_frames,
                     any ? sum / static_cast<double>(motion.motion.size()) : 0.0, any ? *largest : 0.0,
                     any ? largest - motion.motion.begin() : 0);
}

std::string plan_line(const store::VideoMotion& raw, store::MotionKind kind, const std::string& path,
                      const PlanOptions& plan) {
  store::Json line{{"id", store::utf8_or_replaced(raw.video_id)},
                   {"path", store::utf8_or_replaced(path)},
                   {"total_frames", std::max<int64_t>(raw.num_frames, 1)}};
  line["frame_index"] = plan_frames(raw, kind, plan);
  return store::json_line(line) + "\n";
}

std::string motion_line(const store::VideoMotion& motion, const store::MotionInfo& info, const std::string& path) {
  store::Json line{{"video_id", store::utf8_or_replaced(motion.video_id)},
                   {"path", store::utf8_or_replaced(path)},
                   {"num_frames", motion.num_frames},
                   {"method", info.method},
                   {"kind", info.kind == store::MotionKind::kRaw ? "raw" : "curve"}};
  line["motion"] = motion.motion;
  return store::json_line(line) + "\n";
}

}  // namespace vs::jobs
