#include "lib/sampling/uniform_frames.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "lib/core/error.h"
#include "tests/lib/sampling/draws.h"

namespace vs::sampling {
namespace {

using Indices = std::vector<int64_t>;

TEST_CASE("UniformSample, test: rounded steps, clips shifted inside a step") {
  CHECK(uniform_sample_test({16, 3, 1}, 33) == Indices{1, 3, 5, 7, 9,  11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31,
                                                       2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32,
                                                       2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32});
  CHECK(uniform_sample_test({8, 1, 0}, 1) == Indices(8, 0));
}

TEST_CASE("UniformSample, training: both ends of a step can be drawn") {
  ListedDraws lowest({0, 0, 0, 0}), highest({0.999, 0.999, 0.999, 0.999});
  CHECK(uniform_sample_train({4, 1, 0}, 9, lowest) == Indices{0, 2, 4, 6});
  CHECK(uniform_sample_train({4, 1, 0}, 9, highest) == Indices{2, 4, 6, 8});
  ListedDraws some({0});
  CHECK_THROWS_AS(uniform_sample_train({4, 2, 0}, 9, some), UsageError);
}

TEST_CASE("UniformSampleFrames, test: repeatable draws of numpy's generator") {
  const UniformSampling how{8, 4, 1};
  CHECK(uniform_frames_test(how, 33) == Indices{4, 6, 12, 14, 19, 22, 28, 29, 2, 6, 11, 13, 18, 21, 25, 31,
                                                4, 6, 9,  13, 18, 24, 25, 31, 3, 8, 9,  15, 17, 21, 25, 33});
  CHECK(uniform_frames_test(how, 12) ==
        Indices{1, 2, 4, 5, 7, 8, 10, 11, 1, 2, 3, 5, 6, 8, 10, 12, 1, 2, 3, 5, 6, 8, 9, 11, 2, 3, 4, 6, 7, 9, 11, 12});
  CHECK(uniform_frames_test(how, 3) ==
        Indices{1, 2, 3, 1, 2, 3, 1, 2, 2, 3, 1, 2, 3, 1, 2, 3, 3, 1, 2, 3, 1, 2, 3, 1, 1, 2, 3, 1, 2, 3, 1, 2});
  CHECK(uniform_frames_test({8, 1, 0}, 8) == Indices{0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(uniform_frames_test({4, 2, 0}, 3) == Indices{0, 1, 2, 0, 1, 2, 0, 1});
}

TEST_CASE("UniformSampleFrames, training") {
  ListedDraws start({0.5});
  CHECK(uniform_frames_train({5, 1, 0}, 4, start) == Indices{2, 3, 0, 1, 2});
  ListedDraws parts({0, 0.99, 0.5});
  CHECK(uniform_frames_train({3, 1, 0}, 10, parts) == Indices{0, 5, 8});  // parts start at 0, 3, 6 and end at 10
  for (uint32_t seed = 0; seed < 50; ++seed) {
    NumpyRandom random(seed);
    const Indices frames = uniform_frames_train({8, 1, 0}, 11, random);
    for (size_t j = 1; j < frames.size(); ++j) REQUIRE(frames[j] > frames[j - 1]);
    REQUIRE(frames.back() <= 10);
  }
}

TEST_CASE("UntrimmedSampleFrames: one clip a centre, ends repeat") {
  CHECK(untrimmed_frames({1, 16, 1, 1}, 40) == Indices{9, 25});
  CHECK(untrimmed_frames({1, 16, 1, 1}, 41) == Indices{9, 25, 41});
  CHECK(untrimmed_frames({5, 4, 2, 0}, 7) == Indices{0, 0, 2, 4, 6, 2, 4, 6, 6, 6});
  CHECK(untrimmed_frames({1, 1, 1, 0}, 3) == Indices{0, 1, 2});
  CHECK_THROWS_AS(untrimmed_frames({1, 16, 1, 0}, 8), DataError);
  CHECK(untrimmed_frames({1, 16, 1, 0}, 9) == Indices{8});
}

TEST_CASE("counts below one are refused") {
  CHECK_THROWS_AS(uniform_frames_test({0, 1, 0}, 5), UsageError);
  CHECK_THROWS_AS(uniform_frames_test({8, 0, 0}, 5), UsageError);
  CHECK_THROWS_AS(uniform_frames_test({8, 1, 0}, 0), DataError);
  CHECK_THROWS_AS(uniform_sample_test({8, 1, 0}, 0), DataError);
  CHECK_THROWS_AS(untrimmed_frames({1, 0, 1, 0}, 5), UsageError);
}

}  // namespace
}  // namespace vs::sampling
