#include "lib/sampling/adafocus_frames.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "lib/core/error.h"
#include "lib/sampling/segment.h"
#include "tests/lib/sampling/draws.h"

namespace vs::sampling {
namespace {

using Indices = std::vector<int64_t>;

TEST_CASE("one frame drawn of each segment") {
  ListedDraws random({0, 0.99, 0.5, 0.99});
  CHECK(segment_frames_train({.num_segments = 4}, 23, random) == Indices{0, 9, 12, 19});
  CHECK(random.used() == 4);
  ListedDraws single({0.5, 0.5});
  CHECK(segment_frames_train({.num_segments = 2, .start_index = 1}, 3, single) == Indices{1, 2});
}

TEST_CASE("too few frames: nothing drawn") {
  ListedDraws none({});
  const SegmentSampling repeat{.num_segments = 4}, first{4, TooShort::kFirstFrame, 1};
  CHECK(segment_frames_train(repeat, 3, none) == Indices{0, 1, 2, 2});
  CHECK(segment_frames_train(repeat, 1, none) == Indices{0, 0, 0, 0});
  CHECK(segment_frames_train(first, 3, none) == Indices{1, 1, 1, 1});
  CHECK(segment_frames_validation(repeat, 3) == Indices{0, 1, 2, 2});
  CHECK(segment_frames_validation(first, 3) == Indices{1, 1, 1, 1});
}

TEST_CASE("as many frames as segments") {
  ListedDraws random({0.9, 0.9, 0.9});
  CHECK(segment_frames_train({3, TooShort::kFirstFrame}, 3, random) == Indices{0, 1, 2});
  CHECK(segment_frames_validation({3, TooShort::kRepeatLast}, 3) == Indices{0, 1, 2});
  CHECK(segment_frames_validation({3, TooShort::kFirstFrame}, 3) == Indices{0, 0, 0});
  CHECK(segment_frames_test({3, TooShort::kFirstFrame}, 3) == Indices{0, 1, 2});
}

TEST_CASE("middles in double, not in whole numbers") {
  CHECK(segment_frames_validation({.num_segments = 4}, 10) == Indices{1, 3, 6, 8});
  const Indices middles = segment_frames_validation({.num_segments = 12, .start_index = 1}, 16);
  CHECK(middles == Indices{1, 3, 4, 5, 7, 8, 9, 10, 12, 13, 14, 16});
  CHECK(segment_centers(16, 12)[7] == 10);  // one more than middles[7], counted from 0
  CHECK(segment_frames_test({.num_segments = 8}, 3) == Indices{0, 0, 0, 1, 1, 2, 2, 2});
  CHECK(segment_frames_test({.num_segments = 3}, 1) == Indices{0, 0, 0});
}

TEST_CASE("twice: middles, then beginnings") {
  CHECK(segment_frames_twice({.num_segments = 4}, 10) == Indices{1, 3, 6, 8, 0, 2, 5, 7});
  CHECK(segment_frames_twice({.num_segments = 2, .start_index = 1}, 1) == Indices{1, 1, 1, 1});
}

TEST_CASE("dense: single frames spread over 64") {
  ListedDraws random({0.5});
  CHECK(sample_dense_train(dense_segments(8, 1), 100, random) == Indices{19, 27, 35, 43, 51, 59, 67, 75});
  ListedDraws none({});
  CHECK(sample_dense_train(dense_segments(8), 20, none) == Indices{0, 8, 16, 4, 12, 0, 8, 16});
  CHECK(sample_dense_test(dense_segments(12), 100, none).size() == 120);
}

TEST_CASE("the focus clip is half as long again") {
  CHECK(focus_clip_len(8) == 12);
  CHECK(focus_clip_len(5) == 7);
  CHECK(focus_clip_len(1) == 1);
  CHECK_THROWS_AS(focus_clip_len(0), UsageError);
}

TEST_CASE("bad counts") {
  ListedDraws none({});
  CHECK_THROWS_AS(segment_frames_train({.num_segments = 0}, 5, none), UsageError);
  CHECK_THROWS_AS(segment_frames_train({.num_segments = 4}, 0, none), DataError);
  CHECK_THROWS_AS(segment_frames_validation({.num_segments = 4, .start_index = -1}, 5), UsageError);
  CHECK_THROWS_AS(segment_frames_validation({.num_segments = 4}, 0), DataError);
  CHECK_THROWS_AS(segment_frames_test({.num_segments = 4}, -1), DataError);
  CHECK_THROWS_AS(segment_frames_twice({.num_segments = int64_t{1} << 30}, 5), UsageError);
}

}  // namespace
}  // namespace vs::sampling
