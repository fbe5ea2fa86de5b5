#include "lib/sampling/segment.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "lib/core/error.h"

namespace vs::sampling {
namespace {

using Indices = std::vector<int64_t>;

TEST_CASE("segment centres") {
  CHECK(segment_centers(16, 8) == Indices{1, 3, 5, 7, 9, 11, 13, 15});
  CHECK(segment_centers(10, 4) == Indices{1, 3, 6, 8});
  CHECK(segment_centers(100, 1) == Indices{50});
  CHECK(segment_centers(3, 8) == Indices{0, 0, 0, 1, 1, 2, 2, 2});
  CHECK(segment_centers(1, 3) == Indices{0, 0, 0});
  CHECK(segment_centers(int64_t{1} << 60, 2) == Indices{int64_t{1} << 58, 3 * (int64_t{1} << 58)});
}

TEST_CASE("evenly spaced frames hold both ends") {
  CHECK(evenly_spaced(9, 5) == Indices{0, 2, 4, 6, 8});
  CHECK(evenly_spaced(10, 4) == Indices{0, 3, 6, 9});
  CHECK(evenly_spaced(4, 3) == Indices{0, 2, 3});
  CHECK(evenly_spaced(9, 1) == Indices{4});
  CHECK(evenly_spaced(1, 3) == Indices{0, 0, 0});
  CHECK(evenly_spaced(2, 4) == Indices{0, 0, 1, 1});
}

TEST_CASE("every n-th frame") {
  CHECK(every_nth(10, 4) == Indices{0, 4, 8});
  CHECK(every_nth(10, 4, 1) == Indices{1, 5, 9});
  CHECK(every_nth(3, 100) == Indices{0});
  CHECK(every_nth(3, 1) == Indices{0, 1, 2});
  CHECK(every_nth(3, 1, 3).empty());
}

TEST_CASE("counts below one are refused") {
  CHECK_THROWS_AS(segment_centers(0, 4), DataError);
  CHECK_THROWS_AS(segment_centers(4, 0), UsageError);
  CHECK_THROWS_AS(evenly_spaced(0, 4), DataError);
  CHECK_THROWS_AS(evenly_spaced(4, 0), UsageError);
  CHECK_THROWS_AS(evenly_spaced(4, int64_t{1} << 40), UsageError);
  CHECK_THROWS_AS(every_nth(4, 0), UsageError);
  CHECK_THROWS_AS(every_nth(4, 1, -1), UsageError);
}

}  // namespace
}  // namespace vs::sampling
