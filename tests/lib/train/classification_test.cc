#include "lib/train/losses/classification.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>

#include "lib/core/error.h"
#include "tests/lib/nn/random_weights.h"
#include "tests/lib/nn/refusal.h"

namespace vs::train {
namespace {

using nn::testing::random_tensor;
using nn::testing::refusal_of;
using nn::testing::relative_error;

at::Tensor classes(std::vector<int64_t> list) { return at::tensor(list); }

double value(const at::Tensor& scalar) { return scalar.item<double>(); }

TEST_CASE("a class: minus the logarithm of its probability, averaged over the batch") {
  const at::Tensor scores = at::tensor({1.0F, 0.0F, 3.0F, 0.0F, 0.0F, 0.0F}).view({2, 3});
  const double first = std::log(std::exp(1) + 1 + std::exp(3)) - 1, second = std::log(3);
  CHECK(value(classification_loss(scores, classes({0, 2}))) == doctest::Approx((first + second) / 2));
  CHECK(value(classification_loss(scores, classes({0, 2}).unsqueeze(1))) == doctest::Approx((first + second) / 2));
  CHECK(value(classification_loss(scores.slice(0, 0, 1), classes({0})[0])) == doctest::Approx(first));
  CHECK(value(classification_loss(scores, classes({0, 2}), {.weight = 0.5})) == doctest::Approx((first + second) / 4));
}

TEST_CASE("a row of one 1 is a class, with class weights too") {
  const at::Tensor scores = random_tensor({4, 6}, 1), labels = classes({5, 0, 3, 3});
  const at::Tensor rows = rows_of_labels(labels, 6, scores.options());
  CHECK(rows.sum(1).eq(1).all().item<bool>());
  CHECK(rows.argmax(1).equal(labels));
  const ClassificationLossOptions weighted{.class_weights = at::tensor({1., 2., 3., 4., 5., 0.5})};
  CHECK(relative_error(classification_loss(scores, rows), classification_loss(scores, labels)) < 1e-6);
  const at::Tensor loss = classification_loss(scores, labels, weighted);
  CHECK(relative_error(classification_loss(scores, rows, weighted), loss) < 1e-6);
  // By hand: each video counts as much as its class.
  const at::Tensor each = -at::log_softmax(scores, 1).gather(1, labels.unsqueeze(1)).squeeze(1);
  const at::Tensor weights = at::tensor({0.5F, 1.0F, 4.0F, 4.0F});
  CHECK(relative_error(loss, (each * weights).sum() / weights.sum()) < 1e-6);
}

TEST_CASE("soft labels, and several labels smoothed") {
  const at::Tensor scores = random_tensor({3, 4}, 2), logs = at::log_softmax(scores, 1);
  const at::Tensor soft = at::softmax(random_tensor({3, 4}, 3), 1);
  CHECK(relative_error(classification_loss(scores, soft), -(soft * logs).sum() / 3) < 1e-6);
  const at::Tensor many =
      at::tensor({1.0F, 1.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 1.0F, 1.0F, 1.0F, 1.0F, 0.0F}).view({3, 4});
  const ClassificationLossOptions several{.label_smoothing = 0.2, .several_labels = true};
  CHECK(relative_error(classification_loss(scores, many, several), -((many * 0.8 + 0.05) * logs).sum() / 3) < 1e-6);
  // Of one label a video nothing is smoothed, as in the reference.
  CHECK(relative_error(classification_loss(scores, many, {.label_smoothing = 0.2}), -(many * logs).sum() / 3) < 1e-6);
  // A batch of one may come as a plain list.
  CHECK(relative_error(classification_loss(scores.slice(0, 0, 1), soft[0]), -(soft[0] * logs[0]).sum()) < 1e-6);
}

TEST_CASE("the gradient is the probability less the label; half precision is widened") {
  at::Tensor scores = random_tensor({5, 3}, 4).to(at::kDouble).set_requires_grad(true);
  const at::Tensor labels = classes({0, 1, 2, 2, 1});
  classification_loss(scores, labels).backward();
  const at::Tensor expected = (at::softmax(scores.detach(), 1) - rows_of_labels(labels, 3, at::kDouble)) / 5;
  CHECK(relative_error(scores.grad(), expected) < 1e-12);
  const at::Tensor half = scores.detach().to(at::kBFloat16);
  const at::Tensor loss = classification_loss(half, labels);
  CHECK((loss.scalar_type() == at::kFloat));
  CHECK(relative_error(loss, classification_loss(half.to(at::kFloat), labels)) < 1e-6);
}

TEST_CASE("share of rows whose label is among the highest") {
  const at::Tensor scores = at::tensor({0.1F, 0.9F, 0.5F, 0.3F, 0.2F, 0.1F}).view({2, 3});
  CHECK(value(top_k_share(scores, classes({2, 0}), 1)) == 0.5);
  CHECK(value(top_k_share(scores, classes({2, 2}), 2)) == 0.5);
  CHECK(value(top_k_share(scores, classes({0, 2}), 2)) == 0);
  CHECK(value(top_k_share(scores, classes({0, 2}), 5)) == 1);
  const at::Tensor soft = at::tensor({0.1F, 0.6F, 0.3F, 0.2F, 0.2F, 0.6F}).view({2, 3});
  CHECK(value(top_k_share(scores, soft, 1)) == 0.5);
}

TEST_CASE("bad labels are named with their video") {
  const at::Tensor scores = at::zeros({3, 4});
  const auto refusal = [&](const at::Tensor& labels, const ClassificationLossOptions& options = {}) {
    return refusal_of([&] { classification_loss(scores, labels, options); });
  };
  CHECK(refusal(classes({0, 4, 1})).find("video 1 of the batch: class 4 is not in 0 to 3") != std::string::npos);
  CHECK(refusal(classes({0, 1, -1})).find("video 2 of the batch: class -1") != std::string::npos);
  CHECK(refusal(classes({0, 1})).find("[2] for 3 videos") != std::string::npos);
  CHECK(refusal(at::ones({3, 5})).find("[3, 5]") != std::string::npos);
  CHECK(refusal(at::ones({4})).find("[4]") != std::string::npos);
  at::Tensor rows = at::ones({3, 4});
  rows[2][1] = std::numeric_limits<float>::quiet_NaN();
  CHECK(refusal(rows).find("labels of video 2") != std::string::npos);
  rows[0][0] = -0.5F;
  CHECK(refusal(rows).find("labels of video 0") != std::string::npos);
  CHECK(refusal(classes({0, 1, 2}), {.several_labels = true}).find("takes several") != std::string::npos);
  CHECK(refusal(classes({0, 1, 2}), {.class_weights = at::tensor({1., 2.})}).find("2 for 4 classes") !=
        std::string::npos);
  CHECK_THROWS_AS(classification_loss(scores, classes({0, 4, 1})), DataError);
  CHECK_THROWS_AS(classification_loss(at::zeros({3}), classes({0, 1, 1})), DataError);
  CHECK_THROWS_AS(classification_loss(at::zeros({0, 4}), at::zeros({0}, at::kLong)), DataError);
}

}  // namespace
}  // namespace vs::train
