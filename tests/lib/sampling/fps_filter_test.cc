#include "lib/sampling/fps_filter.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/random.h"
#include "lib/sampling/constant_rate.h"
#include "tests/lib/sampling/known_streams.h"

namespace vs::sampling {
namespace {

Indices at_fps(const StreamTimes& times, const char* fps) {
  return select_at_fps(times, parse_rate(fps, "--fps")).frames;
}

/// The filter as a machine with a buffer of two frames, one step at a time; nothing shared with the library but the
/// rounding.
FpsSelection step_by_step(const StreamTimes& times, Rational fps) {
  const int64_t offset = start_offset_ticks(times.clock);
  const auto slot = [&](int64_t ticks) { return nearest_product(ticks, times.clock.time_base, fps); };
  const int64_t end = slot(end_ticks(times.clock, times.ticks.back(), times.last_duration_ticks));
  FpsSelection result;
  size_t current = 0;
  int64_t next = slot(times.ticks[0] - offset);
  while (true) {
    const bool more = current + 1 < times.ticks.size();
    if (more && slot(times.ticks[current + 1] - offset) <= next) {
      ++current;
    } else if (!more && end <= next) {
      return result;
    } else {
      result.frames.push_back(static_cast<int64_t>(current));
      result.slots.push_back(next++);
    }
  }
}

TEST_CASE("fps filter: constant rates, as FFmpeg chose") {
  CHECK(at_fps(film(), "4") ==
        Indices{3, 11, 18, 26, 33, 41, 48, 56, 63, 71, 78, 86, 93, 101, 108, 116, 123, 131, 138, 146});
  CHECK(at_fps(film(), "12.5") == Indices{1,   3,   5,   8,   10,  13,  15,  17,  20,  22,  25,  27,  29,
                                          32,  34,  37,  39,  41,  44,  46,  49,  51,  53,  56,  58,  61,
                                          63,  65,  68,  70,  73,  75,  77,  80,  82,  85,  87,  89,  92,
                                          94,  97,  99,  101, 104, 106, 109, 111, 113, 116, 118, 121, 123,
                                          125, 128, 130, 133, 135, 137, 140, 142, 145, 147, 149});
  const StreamTimes cartoon = regular_stream({1, 12800}, {25, 1}, 132, 512);
  CHECK(at_fps(cartoon, "4") ==
        Indices{3, 9, 15, 21, 28, 34, 40, 46, 53, 59, 65, 71, 78, 84, 90, 96, 103, 109, 115, 121, 128});
  CHECK(at_fps(slow_film(), "4") == Indices{0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4});
}

TEST_CASE("fps filter: a time of exactly half a slot belongs to the next slot") {
  const Indices all = at_fps(millisecond_stream({24, 1}, 1691, 0, 41), "4");
  REQUIRE(all.size() == 282);
  CHECK(Indices(all.begin(), all.begin() + 5) == Indices{2, 8, 14, 20, 26});
  CHECK(Indices(all.end() - 3, all.end()) == Indices{1676, 1682, 1688});
}

TEST_CASE("fps filter: variable rate repeats the frame before a gap") {
  CHECK(at_fps(film_with_gaps(), "4") ==
        Indices{2, 7, 11, 18, 23, 28, 34, 40, 42, 42, 42, 42, 42, 48, 52, 57, 64, 69, 73, 81});
}

TEST_CASE("fps filter: starts other than 0") {
  StreamTimes shifted = millisecond_stream({30000, 1001}, 390, 8333, 33);
  shifted.clock.file_start_us = 8333000;
  CHECK(start_offset_ticks(shifted.clock) == 8333);
  CHECK(end_ticks(shifted.clock, shifted.ticks.back(), 33) == 13013);
  const Indices shifted_frames = at_fps(shifted, "4");
  REQUIRE(shifted_frames.size() == 52);
  CHECK(shifted_frames[31] == 235);
  CHECK(shifted_frames.back() == 385);

  const FpsSelection late = select_at_fps(late_film(), {4, 1});
  CHECK(late.slots.front() == 5);
  CHECK(late.frames == Indices{1, 9, 16, 24, 31, 39, 46});

  CHECK(start_offset_ticks(broadcast().clock) == 226800);
  const FpsSelection cut = select_at_fps(broadcast(), {4, 1});
  CHECK(cut.slots.front() == 2);
  CHECK(cut.frames == Indices{5, 11, 18, 24, 30, 36});
}

TEST_CASE("fps filter: the start of the stream counts only in program and transport streams, and only if later") {
  StreamClock clock = broadcast().clock;
  clock.start_of_stream_counts = false;
  CHECK(start_offset_ticks(clock) == 216000);
  clock.start_of_stream_counts = true;
  clock.file_start_us = 3000000;
  CHECK(start_offset_ticks(clock) == 270000);
  clock.file_start_us.reset();
  CHECK(start_offset_ticks(clock) == 0);
}

TEST_CASE("fps filter: shorter than half a slot gives nothing, one frame long enough gives one") {
  CHECK(at_fps(regular_stream({1, 19200}, {30, 1}, 3, 640), "4").empty());
  CHECK(at_fps(regular_stream({1, 16384}, {32, 1}, 4, 512), "4") == Indices{3});
  CHECK(at_fps(regular_stream({1, 1000}, {1, 1}, 1, 1000), "4") == Indices{0, 0, 0, 0});
  CHECK(at_fps(regular_stream({1, 1000}, {1, 1}, 0, 0), "4").empty());
}

TEST_CASE("fps filter: a last frame without duration lasts one frame at r_frame_rate") {
  StreamTimes times = film();
  times.last_duration_ticks = 0;
  CHECK(end_ticks(times.clock, times.ticks.back(), 0) == 150150);
  times.clock.r_frame_rate = {0, 0};
  CHECK(end_ticks(times.clock, times.ticks.back(), 0) == 149149);
}

TEST_CASE("fps filter: the end goes through whole microseconds") {
  // 9 ticks of 1/90000 s are 100 us; 1 tick is 11.1 us, thus 11 us; 111 us are 9.99 ticks.
  const StreamClock clock = regular_stream({1, 90000}, {25, 1}, 1, 1).clock;
  CHECK(end_ticks(clock, 9, 1) == 10);
  // Three microseconds a tick: both parts are rounded before they are added.
  const StreamClock coarse = regular_stream({1, 600000}, {25, 1}, 1, 1).clock;
  CHECK(end_ticks(coarse, 1, 1) == 2);  // 1.67 us each: 2 + 2 us = 2.4 ticks
  CHECK(end_ticks(coarse, 4, 4) == 8);  // 6.67 us each: 7 + 7 us = 8.4 ticks
}

TEST_CASE("fps filter: times that go back, against the procedure step by step") {
  ItemRandom random(11, 0, "times");
  for (int round = 0; round < 300; ++round) {
    StreamTimes times = regular_stream({1, 1000}, {25, 1}, 0, 0);
    int64_t ticks = random.below(400);
    for (int64_t n = 1 + random.below(40); n > 0; --n) {
      times.ticks.push_back(ticks);
      ticks += random.below(220) - 60;
    }
    times.last_duration_ticks = random.below(80);
    const Rational fps{1 + random.below(40), 1 + random.below(3)};
    const FpsSelection got = select_at_fps(times, fps), want = step_by_step(times, fps);
    REQUIRE(got.frames == want.frames);
    REQUIRE(got.slots == want.slots);
  }
}

// Two pieces of 25 frames at 25 a second, the second of another size and two frames too early. What FFmpeg 5.1's
// program gave with -fps_mode passthrough was counted.
TEST_CASE("fps filter: begins anew where the frame size changes") {
  StreamTimes times = regular_stream({1, 90000}, {25, 1}, 25, 3600, 133200);
  times.clock.file_start_us = 1480000;
  times.clock.start_of_stream_counts = true;
  for (int64_t i = 0; i < 25; ++i) times.ticks.push_back(216000 + 3600 * i);
  times.restarts = {25};
  CHECK(at_fps(times, "1").size() == 2);
  CHECK(at_fps(times, "4") == Indices{3, 9, 15, 21, 30, 36, 42, 48});
  CHECK(at_fps(times, "10").size() == 20);
  CHECK(at_fps(times, "12.5").size() == 24);
  CHECK(at_fps(times, "30").size() == 59);
  CHECK(at_fps(times, "60").size() == 118);
  CHECK(select_at_fps_constant_rate(times, {60, 1}).size() == 117);
  const FpsSelection selection = select_at_fps(times, {25, 1});
  Indices frames, slots;
  for (int64_t i = 0; i < 50; ++i) {
    if (i == 24) continue;  // the last one before the change is lost
    frames.push_back(i);
    slots.push_back(i < 24 ? i : i - 2);
  }
  CHECK(selection.frames == frames);
  CHECK(selection.slots == slots);

  times.restarts = {-3, 0, 25, 25, 99};  // the first frame has nothing to lose
  CHECK(at_fps(times, "25") == frames);
  times.restarts = {1, 2};
  CHECK(at_fps(times, "25").front() == 2);
}

TEST_CASE("fps filter: the stream form says how often the frame before is shown") {
  const StreamTimes times = film_with_gaps();
  FpsFilter filter(times.clock, {4, 1});
  CHECK(filter.finish(0) == 0);
  Indices frames;
  for (size_t i = 0; i < times.ticks.size(); ++i) {
    const int64_t count = filter.push(times.ticks[i]);
    if (i == 0) CHECK(count == 0);
    frames.insert(frames.end(), static_cast<size_t>(count), static_cast<int64_t>(i) - 1);
  }
  const int64_t rest = filter.finish(times.last_duration_ticks);
  frames.insert(frames.end(), static_cast<size_t>(rest), static_cast<int64_t>(times.ticks.size()) - 1);
  CHECK(frames == select_at_fps(times, {4, 1}).frames);
}

TEST_CASE("fps filter: damaged times end in an error, not in memory or overflow") {
  constexpr int64_t kLargest = std::numeric_limits<int64_t>::max(), kSmallest = std::numeric_limits<int64_t>::min();
  StreamTimes times = film();
  times.ticks.back() = int64_t{1} << 50;
  CHECK_THROWS_AS(select_at_fps(times, {4, 1}), DataError);
  times.ticks.back() = kLargest;
  CHECK_THROWS_AS(select_at_fps(times, {30000, 1}), DataError);
  times.ticks.front() = kSmallest;
  times.clock.file_start_us = 5;
  CHECK_THROWS_AS(select_at_fps(times, {4, 1}), DataError);
  times = film();
  times.clock.time_base = {0, 1};
  CHECK_THROWS_AS(select_at_fps(times, {4, 1}), DataError);
  times.clock.time_base = {1, 0};
  CHECK_THROWS_AS(select_at_fps(times, {4, 1}), DataError);
  CHECK_THROWS_AS(select_at_fps(film(), {0, 1}), DataError);
  CHECK(select_at_fps(film(), {4, 1}, 20).frames.size() == 20);
  CHECK_THROWS_AS(select_at_fps(film(), {4, 1}, 19), DataError);
}

}  // namespace
}  // namespace vs::sampling
