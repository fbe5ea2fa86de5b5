#include "lib/metrics/validation.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "lib/core/error.h"

namespace vs::metrics {
namespace {

using Floats = std::vector<float>;
using Labels = std::vector<int64_t>;

TEST_CASE("validation: loss over all stages, the rest over the last") {
  // Two videos, two stages, two classes; all even but the last stage of the first video.
  const Floats logits = {0, 0, 0, static_cast<float>(std::log(3.0)), 0, 0, 1, 0};
  const auto result = validate_prefixes({logits, 2, 2}, Labels{1, -1, 0, 1}, 2);
  const double last = std::log(1 + std::exp(-1.0));
  CHECK(result.loss == doctest::Approx((std::log(2.0) + std::log(4.0 / 3) + std::log(2.0) + last) / 4));
  CHECK(result.top1 == 1);
  CHECK(result.top5 == 1);
  // Class 1 is relevant to both, class 0 to the second.
  CHECK(result.mean_average_precision == 1);
}

TEST_CASE("validation: nothing, and what cannot be") {
  CHECK(std::isnan(validate_prefixes({{}, 2, 2}, Labels{}, 1).loss));
  CHECK(std::isnan(validate_prefixes({{}, 2, 2}, Labels{}, 1).mean_average_precision));
  const Floats logits = {0, 1, 2, 3};
  CHECK_THROWS_AS(validate_prefixes({logits, 2, 2}, Labels{-1}, 1), DataError);
  CHECK_THROWS_AS(validate_prefixes({logits, 2, 2}, Labels{2}, 1), DataError);
  CHECK_THROWS_AS(validate_prefixes({logits, 2, 2}, Labels{0, 1}, 1), DataError);
}

}  // namespace
}  // namespace vs::metrics
