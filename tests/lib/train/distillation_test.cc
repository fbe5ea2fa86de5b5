// Distances of a student from its teacher against their definitions.
#include "lib/train/losses/distillation.h"

#include <doctest/doctest.h>

#include <cmath>

#include "lib/nn/layers/linear.h"
#include "tests/lib/nn/random_weights.h"
#include "tests/lib/nn/refusal.h"

namespace vs::train {
namespace {

using nn::testing::is_refused;
using nn::testing::random_tensor;

at::Tensor doubles(at::IntArrayRef shape, uint64_t seed) { return random_tensor(shape, seed).to(at::kDouble); }

double softmax(const at::Tensor& row, int64_t k, double temperature) {
  double sum = 0;
  for (int64_t i = 0; i < row.size(0); ++i) sum += std::exp(row[i].item<double>() / temperature);
  return std::exp(row[k].item<double>() / temperature) / sum;
}

}  // namespace

TEST_CASE("divergence of scores is its definition, by rows and by elements") {
  const at::Tensor student = doubles({3, 4}, 1), teacher = doubles({3, 4}, 2);
  for (const double temperature : {1.0, 2.0, 5.0}) {
    double sum = 0;
    for (int64_t row = 0; row < 3; ++row) {
      for (int64_t k = 0; k < 4; ++k) {
        const double t = softmax(teacher[row], k, temperature), s = softmax(student[row], k, temperature);
        sum += t * std::log(t / s);
      }
    }
    const double want = temperature * temperature * sum / 3;
    CHECK(score_divergence(student, teacher, temperature, DivergenceMean::kRows).item<double>() ==
          doctest::Approx(want).epsilon(1e-12));
    CHECK(score_divergence(student, teacher, temperature, DivergenceMean::kElements).item<double>() ==
          doctest::Approx(want / 4).epsilon(1e-12));
  }
  CHECK(score_divergence(student, student, 3, DivergenceMean::kRows).item<double>() == doctest::Approx(0));
}

TEST_CASE("a class that the teacher excludes makes no NaN") {
  const at::Tensor student = doubles({1, 3}, 1).set_requires_grad(true);
  const at::Tensor teacher = at::tensor({1e4, 0.0, -1e4}, at::kDouble).unsqueeze(0);
  const at::Tensor distance = score_divergence(student, teacher, 1, DivergenceMean::kRows);
  CHECK(distance.item<double>() == doctest::Approx(-std::log(softmax(student.detach()[0], 0, 1))));
  distance.backward();
  CHECK(at::isfinite(student.grad()).all().item<bool>());
}

TEST_CASE("features: mean of squares, no gradient for the teacher, half precision summed in single") {
  const at::Tensor student = doubles({2, 3, 4, 4}, 1).set_requires_grad(true);
  const at::Tensor teacher = doubles({2, 3, 4, 4}, 2).set_requires_grad(true);
  const at::Tensor distance = feature_distance(student, teacher);
  CHECK(distance.item<double>() == doctest::Approx((student - teacher).square().mean().item<double>()));
  distance.backward();
  CHECK(at::allclose(student.grad(), (student - teacher).detach() * (2.0 / 96)));
  CHECK_FALSE(teacher.grad().defined());
  const at::Tensor of_halves = feature_distance(student.to(at::kBFloat16), teacher.to(at::kBFloat16));
  CHECK((of_halves.scalar_type() == at::kFloat));
  CHECK(is_refused([&] { feature_distance(student, teacher.slice(3, 1)); },
                   "the student gives [2, 3, 4, 4], the teacher [2, 3, 4, 3]"));
}

TEST_CASE("score maps: each position on its own, whatever the widths") {
  nn::Module head;
  auto& classifier = head.child<nn::Linear>("fc_cls", 3, 5);
  auto& other = head.child<nn::Linear>("fc_cls_t", 6, 5);
  nn::testing::randomise(head, 1, at::kDouble);
  const at::Tensor student = doubles({2, 3, 2, 2, 3}, 1), teacher = doubles({2, 6, 2, 2, 3}, 2);
  double sum = 0;
  for (int64_t n = 0; n < 2; ++n) {
    for (int64_t place = 0; place < 12; ++place) {
      const auto scores = [&](nn::Layer& layer, const at::Tensor& maps) {
        return layer(maps[n].flatten(1).select(1, place).unsqueeze(0));
      };
      sum += score_divergence(scores(classifier, student), scores(other, teacher), 2, DivergenceMean::kElements)
                 .item<double>();
    }
  }
  CHECK(score_map_divergence(student, classifier, teacher, other, 2).item<double>() == doctest::Approx(sum / 24));
  CHECK(is_refused([&] { score_map_divergence(student, classifier, teacher.slice(4, 1), other, 2); },
                   "high_feat_size must be"));
}

}  // namespace vs::train
