// Frame times of real streams and what FFmpeg 5.1 chose from them, small enough to stand here.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/sampling/fps_filter.h"

namespace vs::sampling {

using Indices = std::vector<int64_t>;

/// `count` frames from `first` on, `step` ticks apart.
inline StreamTimes regular_stream(Rational time_base, Rational rate, int64_t count, int64_t step, int64_t first = 0) {
  StreamTimes times;
  times.clock.time_base = time_base;
  times.clock.r_frame_rate = times.clock.avg_frame_rate = rate;
  times.clock.file_start_us = 0;
  for (int64_t i = 0; i < count; ++i) times.ticks.push_back(first + i * step);
  times.last_duration_ticks = step;
  return times;
}

/// Times of a constant rate in milliseconds, as Matroska rounds them.
inline StreamTimes millisecond_stream(Rational rate, int64_t count, int64_t first, int64_t last_duration) {
  StreamTimes times = regular_stream({1, 1000}, rate, count, 0);
  for (int64_t i = 0; i < count; ++i)
    times.ticks[static_cast<size_t>(i)] = first + nearest_product(i, {1000, 1}, inverse(rate));
  times.last_duration_ticks = last_duration;
  return times;
}

/// 150 frames at 29.97 a second, beside a sound stream.
inline StreamTimes film() { return regular_stream({1, 30000}, {30000, 1001}, 150, 1001); }

/// 82 frames of that film: gaps of 2, 4 and 38 frames.
inline StreamTimes film_with_gaps() {
  StreamTimes times = film();
  times.ticks.clear();
  times.clock.avg_frame_rate = {615000, 37037};
  times.clock.lone_stream = true;
  const Indices kept{0,   2,   3,   7,   8,   9,   10,  11,  12,  13,  14,  18,  19,  20,  21,  22,  23,
                     24,  25,  29,  30,  31,  32,  33,  34,  35,  36,  40,  41,  42,  43,  44,  45,  46,
                     47,  51,  52,  53,  54,  55,  56,  57,  58,  96,  97,  98,  99,  100, 101, 102, 106,
                     107, 108, 109, 110, 111, 112, 113, 117, 118, 119, 120, 121, 122, 123, 124, 128, 129,
                     130, 131, 132, 133, 134, 135, 139, 140, 141, 142, 143, 144, 145, 146};
  for (const int64_t frame : kept) times.ticks.push_back(frame * 1001);
  return times;
}

/// 51 frames that start 1.323 s after the sound.
inline StreamTimes late_film() {
  StreamTimes times = millisecond_stream({30, 1}, 51, 1323, 33);
  times.clock.stream_start_ticks = 1323;
  return times;
}

/// A transport stream cut inside a group of pictures: times from 2.92 s, the stream's start at 2.52 s.
inline StreamTimes broadcast() {
  StreamTimes times = regular_stream({1, 90000}, {25, 1}, 39, 3600, 262800);
  times.clock.file_start_us = 2400000;
  times.clock.stream_start_ticks = 226800;
  times.clock.start_of_stream_counts = true;
  times.clock.lone_stream = true;
  return times;
}

/// Five frames at one a second.
inline StreamTimes slow_film() {
  StreamTimes times = regular_stream({1, 16384}, {1, 1}, 5, 16384);
  times.clock.lone_stream = true;
  return times;
}

}  // namespace vs::sampling
