#include "lib/sampling/motion_guided.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "lib/core/error.h"
#include "lib/sampling/checks.h"
#include "lib/sampling/sample_frames.h"

namespace vs::sampling {
namespace {

double real(int64_t x) { return static_cast<double>(x); }

void check_segments(int64_t num_segments) {
  check_argument("num_segments", num_segments);
  check_product("num_segments", num_segments, 1);
}

int64_t frames_of(std::span<const double> motion) { return static_cast<int64_t>(motion.size()) + 1; }

}  // namespace

std::vector<double> segment_targets(int64_t num_segments) {
  check_segments(num_segments);
  std::vector<double> targets;
  for (int64_t k = 0; k < num_segments; ++k)
    targets.push_back(1 / (2 * real(num_segments)) + real(k) / real(num_segments));
  return targets;
}

std::vector<double> segment_targets(int64_t num_segments, int64_t clip, int64_t num_clips) {
  check_segments(num_segments);
  check_argument("num_clips", num_clips);
  if (clip < 0 || clip >= num_clips)
    throw UsageError(fmt::format("clip {}", clip), fmt::format("there are {}", num_clips));
  if (num_clips == 1) return segment_targets(num_segments);
  const double inside = real(2 * clip + 1) / real(2 * num_clips);
  std::vector<double> targets;
  for (int64_t k = 0; k < num_segments; ++k) targets.push_back((real(k) + inside) / real(num_segments));
  return targets;
}

std::vector<double> random_segment_targets(int64_t num_segments, RandomSource& random) {
  check_segments(num_segments);
  std::vector<double> targets;
  for (int64_t k = 0; k < num_segments; ++k) {
    const double begin = real(k) / real(num_segments), end = real(k + 1) / real(num_segments);
    targets.push_back(begin + (end - begin) * random.uniform());
  }
  return targets;
}

std::vector<int64_t> pick_by_curve(std::span<const double> curve, std::span<const double> targets) {
  std::vector<int64_t> picked;
  picked.reserve(targets.size());
  for (const double target : targets) {
    const auto distance = [&](double value) { return std::fabs(value - target); };
    auto best = std::lower_bound(curve.begin(), curve.end(), target);
    // Before `best` distances fall or stay, so the nearest there is the last one; of its equals the first one counts.
    if (best != curve.begin() && (best == curve.end() || distance(*std::prev(best)) <= distance(*best))) {
      const double nearest = distance(*std::prev(best));
      best = std::partition_point(curve.begin(), best, [&](double value) { return distance(value) > nearest; });
    }
    picked.push_back(best - curve.begin());
  }
  return picked;
}

std::vector<int64_t> curve_test_frames(std::span<const double> curve, int64_t num_segments, int64_t num_clips) {
  check_segments(num_segments);
  check_argument("num_clips", num_clips);
  check_product("num_segments and num_clips", num_segments, num_clips);
  std::vector<int64_t> frames;
  for (int64_t clip = 0; clip < num_clips; ++clip) {
    const std::vector<int64_t> picked = pick_by_curve(curve, segment_targets(num_segments, clip, num_clips));
    frames.insert(frames.end(), picked.begin(), picked.end());
  }
  return frames;
}

std::vector<int64_t> guided_test_frames(std::span<const double> motion, int64_t num_segments, int64_t num_clips,
                                        double mu) {
  return curve_test_frames(motion_curve(motion, mu), num_segments, num_clips);
}

std::vector<int64_t> curve_train_frames(std::span<const double> curve, int64_t num_segments, RandomSource& random) {
  return pick_by_curve(curve, random_segment_targets(num_segments, random));
}

std::vector<int64_t> guided_train_frames(std::span<const double> motion, int64_t num_segments, RandomSource& random,
                                         double mu) {
  return curve_train_frames(motion_curve(motion, mu), num_segments, random);
}

std::vector<int64_t> window_offsets(int64_t num_frames, int64_t num_clips, int64_t window) {
  check_num_frames(num_frames);
  check_argument("window", window);
  check_argument("num_clips", num_clips);
  check_product("num_clips", num_clips, 1);
  return test_clip_offsets(num_frames, window, num_clips);
}

int64_t random_window_offset(int64_t num_frames, RandomSource& random, int64_t window) {
  check_num_frames(num_frames);
  check_argument("window", window);
  const int64_t starts = num_frames - window + 1;
  return starts > 0 ? random.below(starts) : 0;
}

std::vector<int64_t> pick_in_window(std::span<const double> motion, int64_t offset, const GuidedWindow& how,
                                    std::span<const double> targets) {
  check_argument("window", how.window);
  if (motion.empty() && offset == 0) return std::vector<int64_t>(targets.size(), 0);
  if (offset < 0 || offset >= static_cast<int64_t>(motion.size()))
    throw DataError(fmt::format("window offset {}", offset),
                    fmt::format("the video has {} motion values", motion.size()));
  const std::span<const double> rest = motion.subspan(static_cast<size_t>(offset));
  const std::span<const double> inside = rest.first(std::min(rest.size(), static_cast<size_t>(how.window)));
  std::vector<int64_t> frames = pick_by_curve(motion_curve(inside, how.mu), targets);
  for (int64_t& frame : frames) frame += offset + 1;
  return frames;
}

std::vector<int64_t> guided_window_test_frames(std::span<const double> motion, int64_t num_clips,
                                               const GuidedWindow& how) {
  const std::vector<double> targets = segment_targets(how.num_segments);
  std::vector<int64_t> frames;
  for (const int64_t offset : window_offsets(frames_of(motion), num_clips, how.window)) {
    const std::vector<int64_t> picked = pick_in_window(motion, offset, how, targets);
    frames.insert(frames.end(), picked.begin(), picked.end());
  }
  return frames;
}

std::vector<int64_t> guided_window_train_frames(std::span<const double> motion, RandomSource& random,
                                                const GuidedWindow& how) {
  const int64_t offset = random_window_offset(frames_of(motion), random, how.window);
  const std::vector<double> targets = random_segment_targets(how.num_segments, random);
  return pick_in_window(motion, offset, how, targets);
}

}  // namespace vs::sampling
