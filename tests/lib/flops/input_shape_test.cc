#include "lib/flops/input_shape.h"

#include <doctest/doctest.h>

#include "lib/core/error.h"

namespace vs::flops {
namespace {

TEST_CASE("shapes") {
  CHECK(parse_shape("1,3,8,224,224", "x") == std::vector<int64_t>{1, 3, 8, 224, 224});
  CHECK(parse_shape("8x3x224 224", "x") == std::vector<int64_t>{8, 3, 224, 224});
  for (const char* bad : {"0", "-1", "3,a", "1.5", "99999999999999999999"})
    CHECK_THROWS_AS(parse_shape(bad, "x"), UsageError);
  CHECK(input_shape({224}) == std::vector<int64_t>{1, 3, 224, 224});
  CHECK(input_shape({340, 256}) == std::vector<int64_t>{1, 3, 340, 256});
  CHECK(input_shape({8, 3, 9, 9}) == std::vector<int64_t>{8, 3, 9, 9});
  CHECK_THROWS_AS(input_shape({1, 2, 3}), UsageError);
  CHECK_THROWS_AS(input_shape({}), UsageError);
  CHECK_THROWS_AS(input_shape({1, 1, 1, 1, 1, 1}), UsageError);
}

}  // namespace
}  // namespace vs::flops
