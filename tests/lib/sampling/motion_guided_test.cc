#include "lib/sampling/motion_guided.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
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

// The definition, word for word.
Indices pick_by_scan(const Values& curve, const Values& targets) {
  Indices picked;
  for (const double target : targets) {
    size_t best = 0;
    for (size_t i = 1; i < curve.size(); ++i)
      if (std::fabs(curve[i] - target) < std::fabs(curve[best] - target)) best = i;
    picked.push_back(static_cast<int64_t>(best));
  }
  return picked;
}

TEST_CASE("lookup equals a scan of the whole curve: flat stretches, equal distances, ends") {
  CHECK(pick_by_curve(Values{0.25, 0.25, 0.75, 0.75}, Values{0.5, 0.25, 0.75, 0, 1}) == Indices{0, 0, 2, 0, 2});
  CHECK(pick_by_curve(Values{0, 0, 0}, Values{0, 0.5, 1}) == Indices{0, 0, 0});
  CHECK(pick_by_curve(Values{0.5}, Values{0, 0.5, 1}) == Indices{0, 0, 0});
  // Neighbours whose distances round to the same number.
  const Values tiny{0, 1e-30, 2e-30, 1};
  CHECK(pick_by_curve(tiny, Values{0.25, 0.5}) == pick_by_scan(tiny, Values{0.25, 0.5}));
  uint64_t state = 1;
  const auto draw = [&](uint64_t limit) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % limit;
  };
  for (int round = 0; round < 200; ++round) {
    Values motion(1 + draw(60)), targets(1 + draw(20));
    for (double& value : motion) value = draw(3) == 0 ? 0 : static_cast<double>(draw(4)) / 8;
    for (double& target : targets) target = static_cast<double>(draw(33)) / 32;
    const Values curve = motion_curve(motion, 1);
    CHECK(pick_by_curve(curve, targets) == pick_by_scan(curve, targets));
  }
}

TEST_CASE("samples from a curve are those from its motion") {
  const Values motion{0.1, 0.4, 0, 0.3, 0.2, 0.9, 0.1};
  CHECK(curve_test_frames(motion_curve(motion), 3, 2) == guided_test_frames(motion, 3, 2));
  ListedDraws one({0.1, 0.5, 0.9}), two({0.1, 0.5, 0.9});
  CHECK(curve_train_frames(motion_curve(motion), 3, one) == guided_train_frames(motion, 3, two));
  CHECK_THROWS_AS(curve_test_frames(motion_curve(motion), 1 << 20, 1 << 16), UsageError);
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
