#include "lib/train/tasks/mixup.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "tests/lib/nn/random_weights.h"

namespace vs::train {
namespace {

using nn::testing::random_tensor;
using nn::testing::relative_error;

TEST_CASE("videos and labels are blended alike") {
  const Batch batch{random_tensor({3, 2, 3, 4, 4}, 1), at::eye(3)};
  const at::Tensor order = at::tensor(std::vector<int64_t>{2, 1, 0});
  for (const double weight : {0.25, 0.75}) {
    const Batch blended = mixed(batch, weight, order);
    for (int64_t i = 0; i < 3; ++i) {
      CHECK(relative_error(blended.imgs[i], batch.imgs[i] * weight + batch.imgs[2 - i] * (1 - weight)) < 1e-6);
      CHECK(relative_error(blended.labels[i], batch.labels[i] * weight + batch.labels[2 - i] * (1 - weight)) < 1e-6);
    }
  }
  const Batch same = mixed(batch, 1, order);
  CHECK(same.imgs.equal(batch.imgs));
  CHECK(batch.labels.equal(at::eye(3)));
}

TEST_CASE("a batch is blended with an order of itself, the same for the same seed") {
  const Batch batch{at::arange(5, at::kFloat).view({5, 1, 1, 1, 1}).contiguous(), at::eye(5)};
  nn::SeededNoise noise(7), again(7);
  const Batch blended = mixed_up(batch, 0.2, noise);
  CHECK(mixed_up(batch, 0.2, again).imgs.equal(blended.imgs));
  CHECK(relative_error(blended.labels.sum(1), at::ones({5})) < 1e-6);
  // Every video gives its part twice: as the first and as the second.
  CHECK(relative_error(blended.labels.sum(0), at::ones({5})) < 1e-6);
  CHECK(relative_error(blended.labels.mv(at::arange(5, at::kFloat)), blended.imgs.flatten()) < 1e-6);
}

TEST_CASE("the weight has the moments of its distribution") {
  for (const double alpha : {0.01, 0.2, 1.0, 4.0}) {
    nn::SeededNoise noise(3);
    constexpr int kDraws = 20000;
    double sum = 0, squares = 0;
    for (int i = 0; i < kDraws; ++i) {
      const double draw = draw_beta(alpha, noise);
      REQUIRE(draw >= 0);
      REQUIRE(draw <= 1);
      sum += draw;
      squares += (draw - 0.5) * (draw - 0.5);
    }
    const double variance = 1 / (4 * (2 * alpha + 1));
    CHECK(std::abs(sum / kDraws - 0.5) < 5 * std::sqrt(variance / kDraws));
    CHECK(squares / kDraws == doctest::Approx(variance).epsilon(0.05));
  }
}

}  // namespace
}  // namespace vs::train
