#include "lib/sampling/motion_guided.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "lib/core/error.h"
#include "tests/lib/sampling/draws.h"

namespace vs::sampling {
namespace {

using Indices = std::vector<int64_t>;
using Values = std::vector<double>;

TEST_CASE("targets") {
  CHECK(segment_targets(4) == Values{0.125, 0.375, 0.625, 0.875});
  CHECK(segment_targets(2, 0, 2) == Values{0.125, 0.625});
  CHECK(segment_targets(2, 1, 2) == Values{0.375, 0.875});
  CHECK(segment_targets(8, 0, 1) == segment_targets(8));
  ListedDraws random({0, 0.5});
  CHECK(random_segment_targets(2, random) == Values{0, 0.75});
  CHECK_THROWS_AS(segment_targets(0), UsageError);
  CHECK_THROWS_AS(segment_targets(2, 2, 2), UsageError);
}

TEST_CASE("equal motion: equal steps, ties to the first") {
  CHECK(guided_test_frames(Values(32, 1.0), 16) == Indices{0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30});
  CHECK(guided_test_frames(Values(112, 0.3), 16) ==
        Indices{2, 9, 17, 24, 30, 37, 44, 51, 58, 65, 72, 80, 87, 94, 101, 108});
  CHECK(guided_test_frames(Values(112, 0.3), 8) == Indices{6, 20, 34, 48, 62, 76, 90, 104});
}

TEST_CASE("flat stretches: the first of equal entries") {
  Values motion(25, 0.0);
  std::fill(motion.begin() + 10, motion.begin() + 16, 0.2);
  CHECK(guided_test_frames(motion, 16) == Indices{0, 10, 10, 10, 11, 11, 11, 12, 12, 13, 13, 13, 14, 14, 14, 15});
  Values spike(30, 0.0);
  spike[11] = 0.4;
  CHECK(guided_test_frames(spike, 4) == Indices{0, 0, 11, 11});
}

TEST_CASE("degenerate videos: static, two frames, one frame") {
  CHECK(guided_test_frames(Values(20, 0.0), 8) == Indices(8, 0));
  CHECK(guided_test_frames(Values{0.3}, 8) == Indices(8, 0));
  CHECK(guided_test_frames(Values{}, 8) == Indices(8, 0));
  ListedDraws random(Values(8, 0.5));
  CHECK(guided_train_frames(Values{}, 8, random) == Indices(8, 0));
}

TEST_CASE("indices do not fall, and the last frame is never chosen") {
  ItemRandom random(1, 0, "guided");
  for (int round = 0; round < 200; ++round) {
    Values motion(static_cast<size_t>(1 + random.below(60)));
    for (double& value : motion) value = random.uniform();
    const Indices frames = guided_train_frames(motion, 16, random);
    REQUIRE(frames.size() == 16);
    REQUIRE(std::is_sorted(frames.begin(), frames.end()));
    REQUIRE(frames.front() >= 0);
    REQUIRE(frames.back() < static_cast<int64_t>(motion.size()));
  }
}

TEST_CASE("several clips: their targets lie between each other") {
  const Indices frames = guided_test_frames(Values(64, 1.0), 4, 2);
  REQUIRE(frames.size() == 8);
  const Indices first(frames.begin(), frames.begin() + 4), second(frames.begin() + 4, frames.end());
  CHECK(first == Indices{3, 19, 35, 51});
  CHECK(second == Indices{11, 27, 43, 59});
}

TEST_CASE("lookup in a stored curve") {
  const Values curve{0.1, 0.5, 0.5, 0.9, 1};
  CHECK(pick_by_curve(curve, Values{0, 0.29, 0.31, 0.5, 0.7, 2}) == Indices{0, 0, 1, 1, 1, 4});
  CHECK(pick_by_curve(Values{}, Values{0.5}) == Indices{0});
  CHECK(pick_by_curve(curve, Values{}).empty());
}

TEST_CASE("windows: offsets") {
  CHECK(window_offsets(10, 3) == Indices{0, 0, 0});
  CHECK(window_offsets(63, 2) == Indices{0, 0});
  CHECK(window_offsets(64, 2) == Indices{0, 0});
  CHECK(window_offsets(163, 2) == Indices{25, 75});
  ListedDraws random({0.999, 0.5});
  CHECK(random_window_offset(64, random) == 0);
  CHECK(random_window_offset(163, random) == 50);
  CHECK(random_window_offset(63, random) == 0);
  CHECK(random.used() == 2);
}

TEST_CASE("windows: the second frame of the pair, inside the window") {
  const GuidedWindow how{.window = 4, .num_segments = 2};
  const Values motion{9, 9, 1, 1, 1, 1, 9};
  CHECK(pick_in_window(motion, 2, how, segment_targets(2)) == Indices{3, 5});
  CHECK(pick_in_window(Values(7, 0.0), 2, how, segment_targets(2)) == Indices{3, 3});
  CHECK(pick_in_window(motion, 6, how, segment_targets(2)) == Indices{7, 7});
  CHECK(pick_in_window(Values{}, 0, how, segment_targets(2)) == Indices{0, 0});
  CHECK_THROWS_AS(pick_in_window(motion, 7, how, segment_targets(2)), DataError);
  CHECK_THROWS_AS(pick_in_window(motion, -1, how, segment_targets(2)), DataError);
}

TEST_CASE("windows: whole samples stay in the video") {
  ItemRandom random(2, 0, "window");
  for (int64_t num_frames = 1; num_frames < 140; ++num_frames) {
    Values motion(static_cast<size_t>(num_frames - 1));
    for (double& value : motion) value = random.uniform();
    const Indices tested = guided_window_test_frames(motion, 3);
    const Indices trained = guided_window_train_frames(motion, random);
    REQUIRE(tested.size() == 24);
    REQUIRE(trained.size() == 8);
    for (const Indices& frames : {tested, trained})
      for (const int64_t frame : frames) REQUIRE((frame >= 0 && frame < num_frames));
  }
}

}  // namespace
}  // namespace vs::sampling
