#include "lib/train/loop/gradient_scaler.h"

#include <limits>

#include "lib/core/error.h"
// After LibTorch's headers, whose CHECK it replaces.
#include <doctest/doctest.h>

namespace vs::train {
namespace {

constexpr double kFirst = 65536;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

GradientScaler after_updates(int64_t good) {
  GradientScaler scaler;
  for (int64_t i = 0; i < good; ++i) scaler.update(true, i);
  return scaler;
}

}  // namespace

TEST_CASE("gradients are divided by the scale, exactly") {
  const GradientScaler scaler;
  CHECK(scaler.scale() == kFirst);
  const at::Tensor first = at::tensor({3.0F, -0.1F}), second = at::tensor({{1e-30F}, {7e8F}});
  const at::Tensor scaled_first = first * kFirst, scaled_second = second * kFirst;
  CHECK(scaler.unscale({scaled_first, scaled_second}));
  CHECK(at::equal(scaled_first, first));
  CHECK(at::equal(scaled_second, second));
  CHECK(scaler.unscale({}));
}

TEST_CASE("one gradient that is not finite is found among all") {
  const GradientScaler scaler;
  for (const float bad : {kInfinity, -kInfinity, std::numeric_limits<float>::quiet_NaN()})
    CHECK_FALSE(scaler.unscale({at::ones({3}), at::tensor({1.0F, bad})}));
}

TEST_CASE("the scale doubles after 2000 good updates in a row and halves at once") {
  CHECK(after_updates(1999).scale() == kFirst);
  CHECK(after_updates(2000).scale() == 2 * kFirst);
  CHECK(after_updates(3999).scale() == 2 * kFirst);
  GradientScaler scaler = after_updates(1999);
  scaler.update(false, 1999);
  CHECK(scaler.scale() == kFirst / 2);
  // Counted from the start again.
  for (int64_t i = 0; i < 1999; ++i) scaler.update(true, i);
  CHECK(scaler.scale() == kFirst / 2);
  scaler.update(true, 0);
  CHECK(scaler.scale() == kFirst);
}

TEST_CASE("a scale that no gradient is finite with ends the run") {
  GradientScaler scaler;
  for (int64_t i = 0; i < 26; ++i) scaler.update(false, i);
  CHECK(scaler.scale() == 0x1p-10);
  CHECK_THROWS_WITH_AS(scaler.update(false, 26), doctest::Contains("iteration 26"), DataError);
}

TEST_CASE("a scaler goes on from its state") {
  GradientScaler saved = after_updates(500);
  saved.update(false, 500);
  for (int64_t i = 0; i < 1500; ++i) saved.update(true, i);
  GradientScaler resumed;
  resumed.restore(saved.state());
  CHECK(resumed.scale() == kFirst / 2);
  for (int64_t i = 0; i < 499; ++i) resumed.update(true, i);
  CHECK(resumed.scale() == kFirst / 2);
  resumed.update(true, 0);
  CHECK(resumed.scale() == kFirst);
}

TEST_CASE("what is no state of a scaler is refused, and changes nothing") {
  const auto number = [](double value) { return at::scalar_tensor(value, at::kDouble); };
  GradientScaler scaler;
  CHECK_THROWS_AS(scaler.restore({}), DataError);
  CHECK_THROWS_AS(scaler.restore({{"scale", number(2)}}), DataError);
  CHECK_THROWS_AS(scaler.restore({{"scale", at::ones({2})}, {"good_updates", number(0)}}), DataError);
  for (const double scale : {0.0, 3.0, -2.0, 0x1p-11, 0x1p127, std::numeric_limits<double>::infinity(),
                             std::numeric_limits<double>::quiet_NaN()})
    CHECK_THROWS_AS(scaler.restore({{"scale", number(scale)}, {"good_updates", number(0)}}), DataError);
  for (const double good : {-1.0, 2000.0, std::numeric_limits<double>::quiet_NaN()})
    CHECK_THROWS_AS(scaler.restore({{"scale", number(2)}, {"good_updates", number(good)}}), DataError);
  CHECK(scaler.scale() == kFirst);
}

}  // namespace vs::train
