#include "lib/sampling/retrieval_clips.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "lib/core/error.h"

namespace vs::sampling {
namespace {

using Indices = std::vector<int64_t>;

TEST_CASE("one frame a second") {
  CHECK(one_frame_a_second(60, 25) == Indices{0, 25, 50});
  CHECK(one_frame_a_second(26, 24.5) == Indices{0, 24});  // halves to even
  CHECK(one_frame_a_second(52, 25.5) == Indices{0, 26});
  CHECK(one_frame_a_second(31, 29.97) == Indices{0, 30});
  CHECK(one_frame_a_second(145, 144) == Indices{0, 144});
  CHECK(one_frame_a_second(60, 144.5) == Indices{0, 25, 50});
  CHECK(one_frame_a_second(1, 25) == Indices{0});
  CHECK(one_frame_a_second(3, 0.25) == Indices{0, 1, 2});
}

TEST_CASE("one frame a second of nothing known") {
  CHECK_THROWS_AS(one_frame_a_second(0, 25), DataError);
  CHECK_THROWS_AS(one_frame_a_second(10, 0), DataError);
  CHECK_THROWS_AS(one_frame_a_second(10, -25), DataError);
  CHECK_THROWS_AS(one_frame_a_second(10, std::numeric_limits<double>::quiet_NaN()), DataError);
  CHECK_THROWS_AS(one_frame_a_second(10, std::numeric_limits<double>::infinity()), DataError);
}

TEST_CASE("clips are filled up or cut off at half") {
  CHECK(partition_into_clips(1, 8) == ClipPartition{1, 1, 7, 0});
  CHECK(partition_into_clips(8, 8) == ClipPartition{1, 8, 0, 0});
  CHECK(partition_into_clips(11, 8) == ClipPartition{1, 8, 0, 3});
  CHECK(partition_into_clips(12, 8) == ClipPartition{2, 12, 4, 0});
  CHECK(partition_into_clips(7, 5) == ClipPartition{1, 5, 0, 2});  // less than half
  CHECK(partition_into_clips(8, 5) == ClipPartition{2, 8, 2, 0});
  CHECK(partition_into_clips(3, 1) == ClipPartition{3, 3, 0, 0});
  CHECK_THROWS_AS(partition_into_clips(0, 8), DataError);
  CHECK_THROWS_AS(partition_into_clips(8, 0), UsageError);
}

TEST_CASE("short side, then the square in the middle") {
  const RetrievalView wide = retrieval_view({405, 719}, 224);
  CHECK(wide.resized == Size{224, 397});
  CHECK(wide.crop == Box{0, 86, 224, 310});
  CHECK(retrieval_view({214, 107}, 224).resized == Size{448, 224});  // the product first
  CHECK(retrieval_view({320, 320}, 224).resized == Size{224, 224});
  CHECK_THROWS_AS(retrieval_view({0, 10}, 224), DataError);
  CHECK_THROWS_AS(retrieval_view({10, 10}, 0), UsageError);
}

}  // namespace
}  // namespace vs::sampling
