#include "lib/sampling/sample_frames.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "lib/core/error.h"
#include "tests/lib/sampling/draws.h"

namespace vs::sampling {
namespace {

using Indices = std::vector<int64_t>;

ClipSampling clips(int64_t clip_len, int64_t frame_interval, int64_t num_clips) {
  ClipSampling how;
  how.clip_len = clip_len;
  how.frame_interval = frame_interval;
  how.num_clips = num_clips;
  return how;
}

Indices tested(const ClipSampling& how, int64_t num_frames, double fps = 0) {
  ListedDraws none({});
  return sample_test(how, num_frames, none, fps);
}

Indices trained(const ClipSampling& how, int64_t num_frames, const std::vector<double>& draws) {
  ListedDraws random(draws);
  const Indices frames = sample_train(how, num_frames, random);
  CHECK(random.used() == draws.size());
  return frames;
}

TEST_CASE("test clips of one frame: the middles of equal parts") {
  ClipSampling how = clips(1, 1, 8);
  how.start_index = 1;
  CHECK(tested(how, 23) == Indices{2, 5, 8, 11, 13, 16, 19, 22});
  CHECK(tested(how, 5) == Indices{1, 1, 2, 3, 3, 4, 5, 5});
  how.twice_sample = true;
  const Indices twice{7, 19, 32, 44, 57, 69, 82, 94, 1, 13, 26, 38, 51, 63, 76, 88};
  CHECK(tested(how, 100) == twice);
  how.generation = Generation::k1x;
  CHECK(tested(how, 100) == twice);
}

TEST_CASE("test clips of several frames: 0.x and 1.x differ") {
  ClipSampling how = clips(4, 4, 3);
  how.start_index = 1;
  how.out_of_bound = OutOfBound::kRepeatLast;
  CHECK(tested(how, 23) == Indices{2, 6, 10, 14, 5, 9, 13, 17, 7, 11, 15, 19});
  CHECK(tested(how, 5) == Indices{1, 5, 5, 5, 1, 5, 5, 5, 1, 5, 5, 5});
  how.generation = Generation::k1x;
  CHECK(tested(how, 23) == Indices{1, 5, 9, 13, 6, 10, 14, 18, 11, 15, 19, 23});
  CHECK(tested(how, 100) == Indices{1, 5, 9, 13, 45, 49, 53, 57, 88, 92, 96, 100});
  how.num_clips = 1;
  CHECK(tested(how, 23) == Indices{6, 10, 14, 18});
}

TEST_CASE("twice_sample appends clips, and does not double a video shorter than a clip in 0.x") {
  ClipSampling how = clips(4, 2, 3);
  how.start_index = 1;
  how.twice_sample = true;
  CHECK(tested(how, 5) == Indices{1, 3, 5, 2, 1, 3, 5, 2, 1, 3, 5, 2});
  CHECK(tested(how, 23) ==
        Indices{3, 5, 7, 9, 9, 11, 13, 15, 14, 16, 18, 20, 1, 3, 5, 7, 6, 8, 10, 12, 11, 13, 15, 17});
  how.generation = Generation::k1x;
  // Offsets 0, 8, 16, 24, 32, 40 of 23 frames: the second half is folded back.
  CHECK(tested(how, 23) ==
        Indices{1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 1});
  how.num_clips = 1;
  CHECK_THROWS_AS(tested(how, 23), UsageError);
}

TEST_CASE("bounds: loop folds, repeat_last stays inside its clip") {
  ClipSampling how = clips(4, 2, 1);
  CHECK(tested(how, 3) == Indices{0, 2, 1, 0});
  how.out_of_bound = OutOfBound::kRepeatLast;
  CHECK(tested(how, 3) == Indices{0, 2, 2, 2});
  // The largest valid index of the clip, not the last frame.
  CHECK(tested(how, 4) == Indices{0, 2, 2, 2});
  CHECK(tested(how, 1) == Indices{0, 0, 0, 0});
}

TEST_CASE("target_fps: clips cover as much time as at that rate") {
  ClipSampling how = clips(8, 4, 3);
  how.generation = Generation::k1x;
  how.target_fps = 24;
  CHECK(tested(how, 300, 30) == Indices{0,   5,   11,  16,  22,  27,  33,  39,  130, 135, 141, 146,
                                        152, 157, 163, 169, 260, 265, 271, 276, 282, 287, 293, 299});
  CHECK(tested(how, 33, 12) ==
        Indices{0, 2, 4, 6, 8, 10, 12, 15, 8, 10, 12, 14, 16, 18, 20, 23, 16, 18, 20, 22, 24, 26, 28, 31});
  CHECK(tested(how, 64, 0) == tested(how, 64, 24));
  how.num_clips = 1;
  how.target_fps = 30;
  CHECK(tested(how, 300, 30) == Indices{134, 138, 142, 147, 151, 156, 160, 165});
  how.clip_len = 1;
  CHECK(tested(how, 300, 30) == Indices{150});
  how.target_fps = 0;
  CHECK_THROWS_AS(tested(how, 300, 30), UsageError);
  how.target_fps = 30;
  how.generation = Generation::k0x;
  CHECK_THROWS_AS(tested(how, 300, 30), UsageError);
  CHECK_THROWS_AS(trained(how, 300, {0.5}), UsageError);
}

TEST_CASE("training: one start drawn from each part") {
  CHECK(trained(clips(1, 1, 4), 8, {0, 0.99, 0.5, 0.49}) == Indices{0, 3, 5, 6});
  // 9 - 4 + 1 = 6 starts, parts of 3.
  CHECK(trained(clips(2, 2, 2), 9, {0.99, 0}) == Indices{2, 4, 3, 5});
}

TEST_CASE("training: too few starts for a part each") {
  // 6 frames, clips of 4: 3 starts for 4 clips, and more frames than either: sorted draws.
  CHECK(trained(clips(4, 1, 4), 6, {0.9, 0.1, 0.5, 0.4}) == Indices{0, 1, 2, 3, 1, 2, 3, 4, 1, 2, 3, 4, 2, 3, 4, 5});
  // 5 frames for 8 clips: rounded steps of 5/8, halves to even (2.5 -> 2), nothing drawn.
  CHECK(trained(clips(1, 1, 8), 5, {}) == Indices{0, 1, 1, 2, 2, 3, 4, 4});
  // Shorter than a clip: from the start, folded.
  CHECK(trained(clips(4, 1, 2), 2, {}) == Indices{0, 1, 0, 1, 0, 1, 0, 1});
}

TEST_CASE("training: keep_tail_frames draws from parts of real length") {
  ClipSampling how = clips(1, 1, 4);
  how.keep_tail_frames = true;
  CHECK(trained(how, 10, {0.99, 0.99, 0.99, 0.99}) == Indices{2, 4, 7, 9});
  CHECK(trained(how, 10, {0, 0, 0, 0}) == Indices{0, 2, 5, 7});
  how.clip_len = 16;
  how.num_clips = 1;
  CHECK(trained(how, 15, {}) == Indices{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0});
}

TEST_CASE("jitter is drawn after all offsets, clip by clip, in test mode too") {
  ClipSampling how = clips(2, 4, 2);
  how.temporal_jitter = true;
  CHECK(trained(how, 27, {0, 0.5, 0.99, 0, 0.25, 0.5}) == Indices{3, 4, 16, 21});
  ListedDraws random({0, 0.99, 0.25, 0.5});
  CHECK(sample_test(how, 27, random) == Indices{5, 12, 16, 21});
}

TEST_CASE("dense sampling") {
  DenseSampling how{.clips = clips(1, 1, 8), .sample_range = 32, .num_sample_positions = 3};
  how.clips.start_index = 1;
  ListedDraws none({});
  CHECK(sample_dense_test(how, 100, none) ==
        Indices{1, 5, 9, 13, 17, 21, 25, 29, 35, 39, 43, 47, 51, 55, 59, 63, 69, 73, 77, 81, 85, 89, 93, 97});
  CHECK(sample_dense_test(how, 5, none).size() == 24);
  how.num_sample_positions = 1;
  CHECK(sample_dense_test(how, 100, none) == Indices{1, 5, 9, 13, 17, 21, 25, 29});
  how.clips.num_clips = 2;
  ListedDraws last({0.999});
  CHECK(sample_dense_train(how, 100, last) == Indices{68, 84});  // of 69 positions the last is never drawn
  CHECK(sample_dense_train(how, 32, none) == Indices{1, 17});
  CHECK(sample_dense_train(how, 10, none) == Indices{1, 7});
}

TEST_CASE("clip offsets never run past the last start") {
  for (int64_t num_frames = 1; num_frames < 90; ++num_frames) {
    for (const int64_t offset : test_clip_offsets(num_frames, 64, 10)) {
      REQUIRE(offset >= 0);
      REQUIRE(offset <= std::max<int64_t>(num_frames - 64, 0));
    }
  }
}

TEST_CASE("counts below one are refused") {
  CHECK_THROWS_AS(tested(clips(1, 1, 1), 0), DataError);
  CHECK_THROWS_AS(tested(clips(0, 1, 1), 5), UsageError);
  CHECK_THROWS_AS(tested(clips(1, 0, 1), 5), UsageError);
  CHECK_THROWS_AS(tested(clips(1, 1, 0), 5), UsageError);
  CHECK_THROWS_AS(tested(clips(1 << 20, 1, 1 << 20), 5), UsageError);
  ListedDraws none({});
  CHECK_THROWS_AS(sample_dense_test({.clips = clips(1, 1, 1), .num_sample_positions = 0}, 5, none), UsageError);
  CHECK_THROWS_AS(sample_dense_train({.clips = clips(1, 1, 1), .sample_range = 0}, 5, none), UsageError);
}

}  // namespace
}  // namespace vs::sampling
