#include "lib/sampling/sample_frames.h"

#include <algorithm>
#include <cmath>

#include "lib/core/error.h"
#include "lib/sampling/checks.h"

namespace vs::sampling {
namespace {

double real(int64_t x) { return static_cast<double>(x); }

int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a % b < 0) != (b < 0) ? 1 : 0); }

/// trunc(stop * j / (count - 1)) for j < count, the last one exactly trunc(stop), in the order of numpy's linspace.
std::vector<double> truncated_linspace(double stop, int64_t count) {
  if (count == 1) return {0};
  std::vector<double> values;
  const double step = stop / real(count - 1);
  for (int64_t j = 0; j + 1 < count; ++j) values.push_back(std::trunc(real(j) * step));
  values.push_back(std::trunc(stop));
  return values;
}

void check(const ClipSampling& how, int64_t num_frames) {
  check_num_frames(num_frames);
  check_argument("clip_len", how.clip_len);
  check_argument("frame_interval", how.frame_interval);
  check_argument("num_clips", how.num_clips);
  check_argument("start_index", how.start_index, 0);
  check_product("clip_len and num_clips", how.clip_len, how.num_clips);
}

/// The frames of every clip from its offset: stride or given steps, jitter, bounds, start index, and only then the cut
/// to integers.
std::vector<int64_t> clip_frames(const ClipSampling& how, const std::vector<double>& offsets,
                                 const std::vector<double>& steps, int64_t num_frames, RandomSource& random) {
  const double n = real(num_frames);
  std::vector<int64_t> frames;
  frames.reserve(offsets.size() * steps.size());
  std::vector<double> clip(steps.size());
  for (const double offset : offsets) {
    for (size_t j = 0; j < steps.size(); ++j) {
      clip[j] = offset + steps[j];
      if (how.temporal_jitter) clip[j] += real(random.below(how.frame_interval));
    }
    if (how.out_of_bound == OutOfBound::kLoop) {
      for (double& index : clip) index = std::fmod(index, n);
    } else {
      double last_valid = 0;
      for (const double index : clip)
        if (index < n) last_valid = std::max(last_valid, index);
      for (double& index : clip)
        if (!(index < n)) index = last_valid;
    }
    for (const double index : clip) frames.push_back(static_cast<int64_t>(index + real(how.start_index)));
  }
  return frames;
}

std::vector<double> strides(const ClipSampling& how) {
  std::vector<double> steps;
  for (int64_t j = 0; j < how.clip_len; ++j) steps.push_back(real(j * how.frame_interval));
  return steps;
}

std::vector<double> train_offsets(const ClipSampling& how, int64_t num_frames, RandomSource& random) {
  const int64_t clips = how.num_clips, span = how.clip_len * how.frame_interval, starts = num_frames - span + 1;
  std::vector<double> offsets(static_cast<size_t>(clips), 0.0);
  if (how.keep_tail_frames) {
    if (num_frames < span) return offsets;
    const double part = real(starts) / real(clips);
    for (int64_t k = 0; k < clips; ++k)
      offsets[static_cast<size_t>(k)] = std::trunc(real(k) * part + part * random.uniform());
    return offsets;
  }
  const int64_t part = floor_divide(starts, clips);
  if (part > 0) {
    for (int64_t k = 0; k < clips; ++k) offsets[static_cast<size_t>(k)] = real(k * part + random.below(part));
  } else if (num_frames > std::max(clips, span)) {
    for (double& offset : offsets) offset = real(random.below(starts));
    std::sort(offsets.begin(), offsets.end());
  } else if (part == 0) {
    const double ratio = (real(num_frames - span) + 1.0) / real(clips);
    for (int64_t k = 0; k < clips; ++k) offsets[static_cast<size_t>(k)] = std::rint(real(k) * ratio);
  }
  return offsets;
}

std::vector<double> test_offsets_0x(const ClipSampling& how, int64_t num_frames) {
  const int64_t span = how.clip_len * how.frame_interval;
  const std::vector<int64_t> middles = test_clip_offsets(num_frames, span, how.num_clips);
  std::vector<double> offsets(middles.begin(), middles.end());
  if (how.twice_sample && num_frames >= span) {
    const double part = real(num_frames - span + 1) / real(how.num_clips);
    for (int64_t k = 0; k < how.num_clips; ++k) offsets.push_back(real(k) * part);
  }
  return offsets;
}

std::vector<double> test_offsets_1x(const ClipSampling& how, int64_t num_frames, double span) {
  std::vector<double> offsets;
  if (how.clip_len == 1) {
    const double part = real(num_frames) / real(how.num_clips);
    for (int64_t k = 0; k < how.num_clips; ++k) offsets.push_back(real(k) * part + part / 2.0);
    for (int64_t k = 0; how.twice_sample && k < how.num_clips; ++k) offsets.push_back(real(k) * part);
    return offsets;
  }
  const double last_start = std::max(real(num_frames) - span, 0.0);
  const int64_t clips = how.twice_sample ? 2 * how.num_clips : how.num_clips;
  if (clips == 1) return {std::floor(last_start / 2)};
  if (how.num_clips == 1)
    throw UsageError("twice_sample", "not defined for one clip of several frames in 1.x",
                     "take two clips, or the 0.x rule");
  const double between = last_start / real(how.num_clips - 1);
  for (int64_t k = 0; k < clips; ++k)
    offsets.push_back(how.target_fps ? real(k) * std::floor(between) : std::rint(real(k) * between));
  return offsets;
}

std::vector<int64_t> dense_frames(const DenseSampling& how, const std::vector<int64_t>& positions, int64_t num_frames,
                                  RandomSource& random) {
  const int64_t between = how.sample_range / how.clips.num_clips;
  std::vector<double> offsets;
  for (const int64_t position : positions)
    for (int64_t k = 0; k < how.clips.num_clips; ++k) offsets.push_back(real((k * between + position) % num_frames));
  return clip_frames(how.clips, offsets, strides(how.clips), num_frames, random);
}

/// How many positions the range has in the video, at least one.
int64_t dense_positions(const DenseSampling& how, int64_t num_frames) {
  check(how.clips, num_frames);
  check_argument("sample_range", how.sample_range);
  return std::max<int64_t>(1, 1 + num_frames - how.sample_range);
}

}  // namespace

std::vector<int64_t> sample_train(const ClipSampling& how, int64_t num_frames, RandomSource& random) {
  check(how, num_frames);
  if (how.target_fps) throw UsageError("target_fps", "is a rule of test sampling", "leave it out in training");
  const std::vector<double> offsets = train_offsets(how, num_frames, random);
  return clip_frames(how, offsets, strides(how), num_frames, random);
}

std::vector<int64_t> sample_test(const ClipSampling& how, int64_t num_frames, RandomSource& random, double fps) {
  check(how, num_frames);
  if (!how.target_fps) {
    const double span = real((how.clip_len - 1) * how.frame_interval + 1);
    const bool v0 = how.generation == Generation::k0x;
    const std::vector<double> offsets = v0 ? test_offsets_0x(how, num_frames) : test_offsets_1x(how, num_frames, span);
    return clip_frames(how, offsets, strides(how), num_frames, random);
  }
  if (how.generation == Generation::k0x)
    throw UsageError("target_fps", "is not part of the 0.x rule", "take the 1.x rule");
  if (!(*how.target_fps > 0) || !std::isfinite(*how.target_fps)) throw UsageError("target_fps", "must be above 0");
  const double ratio = fps > 0 && std::isfinite(fps) ? fps / *how.target_fps : 1.0;
  const double span = std::max(1.0, real(how.clip_len * how.frame_interval) * ratio);
  if (!(span < 9007199254740992.0)) throw UsageError("target_fps", "is too small for this video");
  return clip_frames(how, test_offsets_1x(how, num_frames, span), truncated_linspace(span - 1, how.clip_len),
                     num_frames, random);
}

std::vector<int64_t> test_clip_offsets(int64_t num_frames, int64_t span, int64_t num_clips) {
  std::vector<int64_t> offsets(static_cast<size_t>(num_clips), 0);
  if (num_frames < span) return offsets;
  const double part = real(num_frames - span + 1) / real(num_clips);
  for (int64_t k = 0; k < num_clips; ++k)
    offsets[static_cast<size_t>(k)] = static_cast<int64_t>(real(k) * part + part / 2.0);
  return offsets;
}

std::vector<int64_t> sample_dense_train(const DenseSampling& how, int64_t num_frames, RandomSource& random) {
  const int64_t positions = dense_positions(how, num_frames);
  return dense_frames(how, {positions == 1 ? 0 : random.below(positions - 1)}, num_frames, random);
}

std::vector<int64_t> sample_dense_test(const DenseSampling& how, int64_t num_frames, RandomSource& random) {
  const int64_t positions = dense_positions(how, num_frames);
  check_argument("num_sample_positions", how.num_sample_positions);
  check_product("clip_len, num_clips and num_sample_positions", how.clips.clip_len, how.clips.num_clips,
                how.num_sample_positions);
  const std::vector<double> starts = truncated_linspace(real(positions - 1), how.num_sample_positions);
  return dense_frames(how, std::vector<int64_t>(starts.begin(), starts.end()), num_frames, random);
}

}  // namespace vs::sampling
