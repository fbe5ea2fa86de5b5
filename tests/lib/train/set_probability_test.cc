// Probabilities of drawn sets: against sums over all orders, all sets, finite differences and counted draws.
#include "lib/train/losses/set_probability.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <numeric>
#include <vector>

#include "tests/lib/nn/random_weights.h"
#include "tests/lib/nn/refusal.h"

namespace vs::train {
namespace {

using nn::testing::is_refused;
using nn::testing::random_tensor;
using nn::testing::relative_error;

constexpr auto kEvery = {SetProbability::kAllOrders, SetProbability::kDrawOrder, SetProbability::kTwoOrders};

at::Tensor random_logits(int64_t videos, int64_t frames, uint64_t seed) {
  return random_tensor({videos, frames}, seed).to(at::kDouble) * 1.5;
}

at::Tensor row(const std::vector<int64_t>& values) { return at::tensor(values, at::kLong).unsqueeze(0); }

/// All subsets of `count` of `total` places, a row each.
at::Tensor every_set(int64_t total, int64_t count) {
  std::vector<at::Tensor> sets;
  for (uint64_t mask = 0; mask < (uint64_t{1} << total); ++mask) {
    if (std::popcount(mask) != static_cast<int>(count)) continue;
    std::vector<int64_t> places;
    for (int64_t i = 0; i < total; ++i) {
      if ((mask >> i) & 1U) places.push_back(i);
    }
    sets.push_back(at::tensor(places, at::kLong));
  }
  return at::stack(sets);
}

/// The definition: each order's product, in double, what is left by subtraction.
double by_orders(const at::Tensor& probabilities, std::vector<int64_t> places) {
  double sum = 0;
  std::sort(places.begin(), places.end());
  do {
    double product = 1, left = 1;
    for (const int64_t place : places) {
      const double p = probabilities[0][place].item<double>();
      product *= p / left;
      left -= p;
    }
    sum += product;
  } while (std::next_permutation(places.begin(), places.end()));
  return sum;
}

}  // namespace

TEST_CASE("probabilities of all sets sum to one") {
  for (const int64_t count : {1, 2, 3, 5, 6}) {
    CAPTURE(count);
    const at::Tensor sets = every_set(6, count);
    const at::Tensor probabilities = at::softmax(random_logits(1, 6, 3), 1).expand({sets.size(0), 6});
    const at::Tensor sum = set_log_probability(probabilities, sets, SetProbability::kAllOrders).exp().sum();
    CHECK(sum.item<double>() == doctest::Approx(1).epsilon(1e-12));
  }
}

TEST_CASE("the sum over sets is the sum over orders") {
  const at::Tensor probabilities = at::softmax(random_logits(1, 8, 4), 1);
  const std::vector<int64_t> drawn{6, 1, 7, 0, 3};
  const double got = set_log_probability(probabilities, row(drawn), SetProbability::kAllOrders).item<double>();
  CHECK(got == doctest::Approx(std::log(by_orders(probabilities, drawn))).epsilon(1e-12));
  const auto other = set_log_probability(probabilities, row({0, 1, 3, 6, 7}), SetProbability::kAllOrders);
  CHECK(other.item<double>() == doctest::Approx(got).epsilon(1e-12));
}

TEST_CASE("the approximations: the order of drawing; both orders of the eight least") {
  const at::Tensor p = at::tensor({0.5, 0.2, 0.2, 0.1}, at::kDouble).unsqueeze(0);
  const double by_draw = 0.2 / 1 * 0.5 / 0.8;
  CHECK(set_log_probability(p, row({1, 0}), SetProbability::kDrawOrder).item<double>() ==
        doctest::Approx(std::log(by_draw)).epsilon(1e-8));
  const double both = (0.1 * 0.5 / 0.9 + 0.5 * 0.1 / 0.5) / 2;
  CHECK(set_log_probability(p, row({3, 0}), SetProbability::kTwoOrders).item<double>() ==
        doctest::Approx(std::log(2 * both)).epsilon(1e-12));
  // Nine of twelve: the largest is left out, and the set of eight is counted in 8! orders.
  const at::Tensor many = at::softmax(random_logits(1, 12, 5), 1);
  std::vector<double> values;
  for (int64_t i = 0; i < 9; ++i) values.push_back(many[0][i].item<double>());
  std::sort(values.begin(), values.end());
  values.resize(8);
  const auto product = [](const std::vector<double>& order) {
    double result = 1, left = 1;
    for (const double value : order) {
      result *= value / left;
      left -= value;
    }
    return result;
  };
  const std::vector<double> falling(values.rbegin(), values.rend());
  std::vector<int64_t> drawn(9);
  std::iota(drawn.begin(), drawn.end(), 0);
  const double wanted = std::log(40320 * (product(values) + product(falling)) / 2);
  CHECK(set_log_probability(many, row(drawn), SetProbability::kTwoOrders).item<double>() ==
        doctest::Approx(wanted).epsilon(1e-12));
}

TEST_CASE("gradients agree with finite differences") {
  const at::Tensor drawn = at::tensor({4, 0, 6, 2, 5, 3, 1, 6}, at::kLong).view({2, 4});
  for (const SetProbability kind : kEvery) {
    CAPTURE(static_cast<int>(kind));
    const at::Tensor logits = random_logits(2, 7, 6);
    const auto value = [&](const at::Tensor& at_logits) {
      return set_log_probability(at::softmax(at_logits, 1), drawn, kind).sum();
    };
    const at::Tensor leaf = logits.clone().set_requires_grad(true);
    value(leaf).backward();
    const at::Tensor differences = at::zeros_like(logits);
    constexpr double kStep = 1e-5;
    for (int64_t i = 0; i < logits.numel(); ++i) {
      at::Tensor more = logits.clone(), less = logits.clone();
      more.view(-1)[i] += kStep;
      less.view(-1)[i] -= kStep;
      differences.view(-1)[i] = (value(more) - value(less)) / (2 * kStep);
    }
    CHECK(relative_error(leaf.grad(), differences) < 1e-7);
  }
}

TEST_CASE("one frame, and all of them") {
  const at::Tensor logits = random_logits(3, 6, 7);
  const at::Tensor p = at::softmax(logits, 1), one = at::tensor({2, 5, 0}, at::kLong).view({3, 1});
  for (const SetProbability kind : kEvery)
    CHECK(relative_error(set_log_probability(p, one, kind), p.gather(1, one).log().squeeze(1)) < 1e-7);
  const at::Tensor leaf = logits.clone().set_requires_grad(true);
  const at::Tensor all = at::arange(6, at::kLong).expand({3, 6});
  const at::Tensor certain = set_log_probability(at::softmax(leaf, 1), all, SetProbability::kAllOrders);
  CHECK(certain.abs().max().item<double>() < 1e-12);
  certain.sum().backward();
  CHECK(leaf.grad().abs().max().item<double>() < 1e-12);
}

TEST_CASE("single precision holds where one frame has nearly all of the probability") {
  const at::Tensor logits = at::tensor({30.0, 0.5, 0.0, -1.0, -60.0}, at::kDouble).unsqueeze(0);
  const at::Tensor drawn = row({0, 2, 3});
  for (const SetProbability kind : {SetProbability::kAllOrders, SetProbability::kTwoOrders}) {
    CAPTURE(static_cast<int>(kind));
    const at::Tensor wide = logits.clone().set_requires_grad(true);
    const at::Tensor narrow = logits.to(at::kFloat).set_requires_grad(true);
    const at::Tensor exact = set_log_probability(at::softmax(wide, 1), drawn, kind);
    const at::Tensor coarse = set_log_probability(at::softmax(narrow, 1), drawn, kind);
    CHECK(relative_error(coarse, exact) < 1e-5);
    exact.sum().backward();
    coarse.sum().backward();
    CHECK(relative_error(narrow.grad(), wide.grad()) < 1e-5);
  }
  // A frame of probability 0 too.
  const at::Tensor none = at::tensor({200.0F, 0.0F, -300.0F}).unsqueeze(0).set_requires_grad(true);
  const at::Tensor finite = set_log_probability(at::softmax(none, 1), row({0, 2}), SetProbability::kAllOrders);
  finite.sum().backward();
  CHECK(at::isfinite(finite).all().item<bool>());
  CHECK(at::isfinite(none.grad()).all().item<bool>());
}

TEST_CASE("renormalised, nothing else could have been drawn") {
  const at::Tensor p = at::softmax(random_logits(2, 7, 8), 1);
  const at::Tensor drawn = at::tensor({4, 0, 6, 2, 5, 3}, at::kLong).view({2, 3});
  CHECK(set_log_probability(p, drawn, SetProbability::kAllOrders, true).abs().max().item<double>() < 1e-12);
  const at::Tensor own = at::softmax(p.gather(1, drawn), 1), order = at::arange(3, at::kLong).expand({2, 3});
  CHECK(relative_error(set_log_probability(p, drawn, SetProbability::kDrawOrder, true),
                       set_log_probability(own, order, SetProbability::kDrawOrder)) < 1e-12);
}

TEST_CASE("draws follow the probabilities") {
  constexpr int64_t kDraws = 40000;
  const at::Tensor p = at::softmax(at::tensor({1.0, 0.0, -1.0, 0.5}, at::kDouble).unsqueeze(0), 1);
  nn::SeededNoise source(9);
  const at::Tensor noise = exponential_noise(source.uniform({kDraws, 4}, at::kDouble));
  const at::Tensor drawn = draw_without_replacement(p.expand({kDraws, 4}), noise, 2);
  std::map<int64_t, double> counts;
  const at::Tensor codes = (at::ones_like(drawn) * 2).pow(drawn).sum(1);
  for (int64_t i = 0; i < kDraws; ++i) ++counts[codes[i].item<int64_t>()];
  for (const at::Tensor& set : every_set(4, 2).unbind()) {
    const double wanted = set_log_probability(p, set.unsqueeze(0), SetProbability::kAllOrders).exp().item<double>();
    const int64_t code = (int64_t{1} << set[0].item<int64_t>()) + (int64_t{1} << set[1].item<int64_t>());
    const double deviation = std::sqrt(wanted * (1 - wanted) / kDraws);
    CHECK(std::abs(counts[code] / kDraws - wanted) < 4 * deviation);
  }
}

TEST_CASE("a draw is in the order of probability over noise, and never twice the same") {
  const at::Tensor p = at::tensor({0.1F, 0.4F, 0.3F, 0.2F}).unsqueeze(0);
  const at::Tensor noise = at::tensor({0.1F, 1.0F, 0.5F, 2.0F}).unsqueeze(0);
  CHECK(at::equal(draw_without_replacement(p, noise, 3), row({0, 2, 1})));
  // Frames of no probability, noise of zero: still different frames.
  const at::Tensor poor = at::tensor({1.0F, 0.0F, 0.0F}).unsqueeze(0), silence = at::zeros({1, 3});
  CHECK(at::equal(draw_without_replacement(poor, silence, 3), row({0, 1, 2})));
}

TEST_CASE("sets that cannot be drawn or counted are refused") {
  const at::Tensor p = at::full({1, 20}, 0.05);
  const auto probability_of = [&](int64_t count, SetProbability kind) {
    return [&p, count, kind] { set_log_probability(p, at::arange(count, at::kLong).unsqueeze(0), kind); };
  };
  CHECK(is_refused(probability_of(13, SetProbability::kAllOrders), "13 frames"));
  CHECK(is_refused(probability_of(0, SetProbability::kDrawOrder), "0 of 20"));
  CHECK(!is_refused(probability_of(12, SetProbability::kAllOrders), "12"));
  CHECK(!is_refused(probability_of(13, SetProbability::kTwoOrders), "13"));
  CHECK(is_refused([&] { draw_without_replacement(p, p, 21); }, "21 of 20"));
}

}  // namespace vs::train
