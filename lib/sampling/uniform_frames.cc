#include "lib/sampling/uniform_frames.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "lib/core/error.h"
#include "lib/sampling/checks.h"

namespace vs::sampling {
namespace {

void check(const UniformSampling& how, int64_t num_frames) {
  check_num_frames(num_frames);
  check_argument("clip_len", how.clip_len);
  check_argument("num_clips", how.num_clips);
  check_argument("start_index", how.start_index, 0);
  check_product("clip_len and num_clips", how.clip_len, how.num_clips);
}

/// Appends index mod num_frames + start_index for a clip that runs on from `first`.
void append_run(const UniformSampling& how, int64_t first, int64_t num_frames, std::vector<int64_t>& frames) {
  for (int64_t j = 0; j < how.clip_len; ++j) frames.push_back((first + j) % num_frames + how.start_index);
}

/// A clip of a video with at least clip_len frames.
void append_spread(const UniformSampling& how, int64_t num_frames, RandomSource& random, std::vector<int64_t>& frames) {
  const int64_t len = how.clip_len;
  if (num_frames < 2 * len) {
    // Of the len + 1 places between frames, num_frames - len hold a frame that is left out.
    std::vector<int64_t> skipped(static_cast<size_t>(len) + 1, 0);
    for (const int64_t place : random.choose(len + 1, num_frames - len)) skipped[static_cast<size_t>(place)] = 1;
    int64_t left_out = 0;
    for (int64_t j = 0; j < len; ++j) {
      left_out += skipped[static_cast<size_t>(j)];
      frames.push_back((j + left_out) % num_frames + how.start_index);
    }
    return;
  }
  const auto bound = [&](int64_t j) { return num_frames / len * j + num_frames % len * j / len; };
  for (int64_t j = 0; j < len; ++j)
    frames.push_back((bound(j) + random.below(bound(j + 1) - bound(j))) % num_frames + how.start_index);
}

}  // namespace

std::vector<int64_t> uniform_sample_train(const UniformSampling& how, int64_t num_frames, RandomSource& random) {
  check(how, num_frames);
  if (how.num_clips != 1)
    throw UsageError(fmt::format("num_clips {}", how.num_clips), "UniformSample trains on one clip", "set it to 1");
  const double part = static_cast<double>(num_frames - 1) / static_cast<double>(how.clip_len);
  std::vector<int64_t> frames;
  for (int64_t i = 0; i < how.clip_len; ++i) {
    const int64_t first = static_cast<int64_t>(std::rint(part * static_cast<double>(i)));
    const int64_t last = static_cast<int64_t>(std::rint(part * static_cast<double>(i + 1)));
    frames.push_back(first + random.below(last - first + 1) + how.start_index);
  }
  return frames;
}

std::vector<int64_t> uniform_sample_test(const UniformSampling& how, int64_t num_frames) {
  check(how, num_frames);
  const double part = static_cast<double>(num_frames - 1) / static_cast<double>(how.clip_len);
  const double shift = part / static_cast<double>(how.num_clips + 1);
  std::vector<int64_t> frames;
  for (int64_t k = 0; k < how.num_clips; ++k)
    for (int64_t i = 0; i < how.clip_len; ++i)
      frames.push_back(static_cast<int64_t>(std::rint(part * static_cast<double>(i))) +
                       static_cast<int64_t>(shift * static_cast<double>(k + 1)) + how.start_index);
  return frames;
}

std::vector<int64_t> uniform_frames_train(const UniformSampling& how, int64_t num_frames, RandomSource& random) {
  check(how, num_frames);
  std::vector<int64_t> frames;
  for (int64_t k = 0; k < how.num_clips; ++k) {
    if (num_frames < how.clip_len)
      append_run(how, random.below(num_frames), num_frames, frames);
    else
      append_spread(how, num_frames, random, frames);
  }
  return frames;
}

std::vector<int64_t> uniform_frames_test(const UniformSampling& how, int64_t num_frames, uint32_t seed) {
  check(how, num_frames);
  NumpyRandom random(seed);
  std::vector<int64_t> frames;
  for (int64_t k = 0; k < how.num_clips; ++k) {
    if (num_frames < how.clip_len)
      append_run(how, num_frames < how.num_clips ? k : k * num_frames / how.num_clips, num_frames, frames);
    else
      append_spread(how, num_frames, random, frames);
  }
  return frames;
}

std::vector<int64_t> untrimmed_frames(const UntrimmedSampling& how, int64_t num_frames) {
  check_num_frames(num_frames);
  check_argument("clip_len", how.clip_len);
  check_argument("clip_interval", how.clip_interval);
  check_argument("frame_interval", how.frame_interval);
  check_argument("start_index", how.start_index, 0);
  if (num_frames <= how.clip_interval / 2)
    throw DataError("video",
                    fmt::format("{} frames have no clip with a clip interval of {}", num_frames, how.clip_interval),
                    "take a smaller interval");
  check_product("clip_len and clip_interval", how.clip_len, num_frames / how.clip_interval + 1);
  std::vector<int64_t> frames;
  for (int64_t centre = how.clip_interval / 2; centre < num_frames; centre += how.clip_interval) {
    for (int64_t j = 0; j < how.clip_len; ++j) {
      const int64_t index = centre + (j - how.clip_len / 2) * how.frame_interval;
      frames.push_back(std::clamp<int64_t>(index, 0, num_frames - 1) + how.start_index);
    }
  }
  return frames;
}

}  // namespace vs::sampling
