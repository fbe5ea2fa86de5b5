#include "lib/sampling/adafocus_frames.h"

#include <algorithm>

#include "lib/sampling/checks.h"

namespace vs::sampling {
namespace {

void check(const SegmentSampling& how, int64_t num_frames) {
  check_num_frames(num_frames);
  check_argument("num_segments", how.num_segments);
  check_argument("start_index", how.start_index, 0);
  check_product("num_segments", how.num_segments, 2);
}

/// Appends trunc(shift * t + t * k) for every segment, in double and in this order.
void append_spread(const SegmentSampling& how, int64_t num_frames, double shift, std::vector<int64_t>& frames) {
  const double tick = static_cast<double>(num_frames) / static_cast<double>(how.num_segments);
  for (int64_t k = 0; k < how.num_segments; ++k)
    frames.push_back(static_cast<int64_t>(tick * shift + tick * static_cast<double>(k)) + how.start_index);
}

std::vector<int64_t> of_too_short(const SegmentSampling& how, int64_t num_frames) {
  std::vector<int64_t> frames(static_cast<size_t>(how.num_segments), how.start_index);
  if (how.too_short == TooShort::kFirstFrame) return frames;
  for (int64_t k = 0; k < how.num_segments; ++k) frames[static_cast<size_t>(k)] += std::min(k, num_frames - 1);
  return frames;
}

}  // namespace

std::vector<int64_t> segment_frames_train(const SegmentSampling& how, int64_t num_frames, RandomSource& random) {
  check(how, num_frames);
  const int64_t part = num_frames / how.num_segments;
  if (part == 0) return of_too_short(how, num_frames);
  std::vector<int64_t> frames;
  for (int64_t k = 0; k < how.num_segments; ++k) frames.push_back(k * part + random.below(part) + how.start_index);
  return frames;
}

std::vector<int64_t> segment_frames_validation(const SegmentSampling& how, int64_t num_frames) {
  check(how, num_frames);
  if (num_frames <= how.num_segments) return of_too_short(how, num_frames);
  return segment_frames_test(how, num_frames);
}

std::vector<int64_t> segment_frames_test(const SegmentSampling& how, int64_t num_frames) {
  check(how, num_frames);
  std::vector<int64_t> frames;
  append_spread(how, num_frames, 0.5, frames);
  return frames;
}

std::vector<int64_t> segment_frames_twice(const SegmentSampling& how, int64_t num_frames) {
  std::vector<int64_t> frames = segment_frames_test(how, num_frames);
  append_spread(how, num_frames, 0, frames);
  return frames;
}

DenseSampling dense_segments(int64_t num_segments, int64_t start_index) {
  DenseSampling how;
  how.clips.num_clips = num_segments;
  how.clips.start_index = start_index;
  return how;
}

int64_t focus_clip_len(int64_t glance_clip_len) {
  check_argument("glance clip length", glance_clip_len);
  return glance_clip_len + glance_clip_len / 2;
}

}  // namespace vs::sampling
