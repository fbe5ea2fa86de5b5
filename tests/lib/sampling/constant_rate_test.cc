#include "lib/sampling/constant_rate.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "lib/core/error.h"
#include "tests/lib/sampling/known_streams.h"

namespace vs::sampling {
namespace {

/// How often each frame 0 .. count-1 is written; also checks that frames come in order.
Indices repeats(const Indices& written, size_t count) {
  Indices counts(count, 0);
  int64_t last = 0;
  for (const int64_t frame : written) {
    CHECK(frame >= last);
    last = frame;
    ++counts.at(static_cast<size_t>(frame));
  }
  return counts;
}

TEST_CASE("constant rate: -r 4, as FFmpeg's program wrote") {
  CHECK(select_constant_rate(film(), {4, 1}) ==
        Indices{0, 1, 6, 14, 21, 29, 36, 44, 51, 59, 66, 74, 81, 89, 96, 104, 111, 119, 126, 134, 141, 149});
  CHECK(select_constant_rate(film_with_gaps(), {4, 1}) ==
        Indices{0, 1, 3, 10, 14, 19, 26, 31, 35, 42, 42, 42, 43, 44, 45, 50, 55, 60, 66, 72, 76});
  CHECK(select_constant_rate(late_film(), {4, 1}) == Indices{0, 0, 0, 0, 0, 1, 2, 4, 12, 19, 27, 34, 42, 49});
  CHECK(select_constant_rate(broadcast(), {4, 1}) == Indices{0, 1, 8, 14, 20, 26, 33});
  CHECK(select_constant_rate(slow_film(), {4, 1}) == Indices{0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4});
}

TEST_CASE("constant rate: no rate given fills gaps and the time before a late start") {
  const StreamTimes gaps = film_with_gaps();
  const Indices filled = select_constant_rate(gaps, output_rate(gaps.clock));
  CHECK(filled.size() == 147);
  CHECK(repeats(filled, 82) == Indices{1,  2, 3, 2, 1, 1, 1, 1, 1, 1, 3, 2, 1, 1, 1, 1, 1, 1, 3, 2, 1,
                                       1,  1, 1, 1, 1, 3, 2, 1, 1, 1, 1, 1, 1, 3, 2, 1, 1, 1, 1, 1, 1,
                                       37, 2, 1, 1, 1, 1, 1, 3, 2, 1, 1, 1, 1, 1, 1, 3, 2, 1, 1, 1, 1,
                                       1,  1, 3, 2, 1, 1, 1, 1, 1, 1, 3, 2, 1, 1, 1, 1, 1, 1, 1});
  const Indices late = select_constant_rate(late_film(), {30, 1});
  CHECK(late.size() == 91);
  Indices expected(51, 1);
  expected[0] = 41;
  CHECK(repeats(late, 51) == expected);
  CHECK(select_constant_rate(film(), {30000, 1001}).size() == 150);
}

TEST_CASE("constant rate: a lone late stream starts at its first frame") {
  StreamTimes lone = late_film();
  lone.clock.lone_stream = true;
  CHECK(select_constant_rate(lone, {30, 1}).size() == 51);
  CHECK(select_constant_rate(broadcast(), {25, 1}).size() == 39);
}

TEST_CASE("constant rate: a frame's own duration counts where no filter is named") {
  const StreamTimes slow = slow_film();
  const Indices durations(5, 16384);
  CHECK(select_constant_rate(slow, {4, 1}, durations) ==
        Indices{0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4});
  // Durations that round to no output frame change nothing.
  CHECK(select_constant_rate(film(), {4, 1}, Indices(150, 1001)) == select_constant_rate(film(), {4, 1}));
}

TEST_CASE("constant rate after the fps filter") {
  CHECK(select_at_fps_constant_rate(film(), {4, 1}) == select_at_fps(film(), {4, 1}).frames);
  CHECK(select_at_fps_constant_rate(late_film(), {4, 1}) == Indices{1, 1, 1, 1, 1, 1, 9, 16, 24, 31, 39, 46});
  CHECK(select_at_fps_constant_rate(broadcast(), {4, 1}) == Indices{5, 11, 18, 24, 30, 36});
  CHECK(select_at_fps_constant_rate(regular_stream({1, 19200}, {30, 1}, 3, 640), {4, 1}).empty());
}

TEST_CASE("constant rate: output rate") {
  StreamClock clock;
  clock.r_frame_rate = {90000, 1};
  clock.avg_frame_rate = {25, 1};
  CHECK(output_rate(clock) == Rational{25, 1});
  clock.avg_frame_rate = {100, 1};
  CHECK(output_rate(clock) == Rational{90000, 1});
  clock.r_frame_rate = {210, 1};
  clock.avg_frame_rate = {25, 1};
  CHECK(output_rate(clock) == Rational{210, 1});
}

TEST_CASE("constant rate: edges and bad input") {
  CHECK(select_constant_rate(regular_stream({1, 1000}, {25, 1}, 0, 0), {25, 1}).empty());
  CHECK(select_constant_rate(regular_stream({1, 1000}, {25, 1}, 1, 40), {25, 1}) == Indices{0});
  CHECK_THROWS_AS(select_constant_rate(film(), {0, 1}), DataError);
  CHECK_THROWS_AS(select_constant_rate(film(), {4, 1}, Indices{1, 2}), DataError);
  StreamTimes damaged = film();
  damaged.ticks[100] = int64_t{1} << 50;
  CHECK_THROWS_AS(select_constant_rate(damaged, {4, 1}), DataError);
  damaged.ticks[100] = std::numeric_limits<int64_t>::max();
  CHECK_THROWS_AS(select_constant_rate(damaged, {4, 1}), DataError);
  CHECK_THROWS_AS(select_constant_rate(film(), {4, 1}, {}, 21), DataError);
}

}  // namespace
}  // namespace vs::sampling
