// Metric losses against their definitions in plain loops, and sets without pairs.
#include "lib/train/losses/metric_learning.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "lib/nn/config.h"
#include "tests/lib/nn/random_weights.h"
#include "tests/lib/nn/refusal.h"

namespace vs::train {
namespace {

using nn::testing::is_refused;
using nn::testing::random_tensor;

constexpr int64_t kWidth = 5;

at::Tensor numbers(const std::vector<int64_t>& list) { return at::tensor(list, at::kLong); }
at::Tensor embeddings(size_t rows) {
  return normalised(random_tensor({static_cast<int64_t>(rows), kWidth}, 3).to(at::kDouble));
}

/// S of anchor i and reference j.
std::vector<std::vector<double>> similarities(const at::Tensor& anchors, const at::Tensor& references) {
  std::vector<std::vector<double>> all;
  for (int64_t i = 0; i < anchors.size(0); ++i) {
    all.emplace_back();
    for (int64_t j = 0; j < references.size(0); ++j)
      all.back().push_back((anchors[i] * references[j]).sum().item<double>());
  }
  return all;
}

double multi_similarity_in_loops(const at::Tensor& anchors, const std::vector<int64_t>& labels) {
  const auto s = similarities(anchors, anchors);
  double total = 0;
  for (size_t i = 0; i < labels.size(); ++i) {
    double positive = 0, negative = 0;
    for (size_t j = 0; j < labels.size(); ++j) {
      if (i != j && labels[i] == labels[j]) positive += std::exp(2 * (0.5 - s[i][j]));
      if (labels[i] != labels[j]) negative += std::exp(50 * (s[i][j] - 0.5));
    }
    total += std::log(1 + positive) / 2 + std::log(1 + negative) / 50;
  }
  return total / static_cast<double>(labels.size());
}

double triplets_in_loops(const at::Tensor& anchors, const std::vector<int64_t>& labels,
                         const MetricLossOptions& options) {
  const auto s = similarities(anchors, anchors);
  double total = 0, count = 0;
  for (size_t a = 0; a < labels.size(); ++a) {
    for (size_t p = 0; p < labels.size(); ++p) {
      for (size_t n = 0; n < labels.size(); ++n) {
        if (a == p || labels[a] != labels[p] || labels[a] == labels[n]) continue;
        const double apart = s[a][n] - s[a][p];
        const bool cosine = options.distance == EmbeddingDistance::kCosine;
        const double violation = (cosine ? apart : 2 * apart) + options.margin;  // d^2 = 2 - 2 S of unit vectors
        total += std::max(violation, 0.0);
        count += violation > 0 ? 1 : 0;
      }
    }
  }
  return count > 0 ? total / count : 0;
}

double loss_of(const std::vector<int64_t>& labels, const MetricLossOptions& options = {}) {
  return metric_loss(embeddings(labels.size()), numbers(labels), options).item<double>();
}

}  // namespace

TEST_CASE("multi-similarity is its definition, whatever pairs there are") {
  for (const std::vector<int64_t>& labels :
       {std::vector<int64_t>{0, 0, 1, 1, 2}, {7, 7, 7, 7}, {0, 1, 2, 3}, {4, 4, 4, 9}, {0, 0, 1}})
    CHECK(loss_of(labels) ==
          doctest::Approx(multi_similarity_in_loops(embeddings(labels.size()), labels)).epsilon(1e-9));
  MetricLossOptions half;
  half.weight = 0.5;
  CHECK(loss_of({0, 0, 1}, half) == doctest::Approx(loss_of({0, 0, 1}) / 2));
}

TEST_CASE("too few pairs: no loss, and a gradient of zeros") {
  // One embedding has no pair; with references two pairs in all may still be too few.
  const at::Tensor anchor = embeddings(1).clone().set_requires_grad(true);
  const at::Tensor others = embeddings(3);
  const auto loss = [&](const std::vector<int64_t>& labels) {
    return metric_loss(anchor, numbers({5}), {others, numbers(labels), numbers({0})}, MetricLossOptions{});
  };
  CHECK(loss({5, 5, 6}).item<double>() == 0);
  CHECK(loss({5, 6, 6}).item<double>() > 0);
  CHECK(loss({5, 5, 5}).item<double>() > 0);
  loss({5, 5, 6}).backward();
  CHECK(anchor.grad().abs().max().item<double>() == 0);
  CHECK(loss_of({3}) == 0);
}

TEST_CASE("triplets are their definition for both distances") {
  MetricLossOptions options;
  options.kind = MetricLossKind::kTripletMargin;
  for (const EmbeddingDistance distance : {EmbeddingDistance::kCosine, EmbeddingDistance::kSquaredL2}) {
    options.distance = distance;
    for (const double margin : {0.0, 0.3, 2.0}) {
      options.margin = margin;
      const std::vector<int64_t> labels{0, 0, 1, 1, 0, 2};
      const double want = triplets_in_loops(embeddings(labels.size()), labels, options);
      CHECK(want > 0);
      CHECK(loss_of(labels, options) == doctest::Approx(want).epsilon(1e-9));
    }
    CHECK(loss_of({1, 1, 1}, options) == 0);
    CHECK(loss_of({1, 2, 3}, options) == 0);
  }
}

TEST_CASE("triplets that keep the margin count nothing") {
  MetricLossOptions options;
  options.kind = MetricLossKind::kTripletMargin;
  const at::Tensor far = at::tensor({1.0, 0.0, 1.0, 0.0, -1.0, 0.0}).view({3, 2}).set_requires_grad(true);
  const at::Tensor loss = metric_loss(far, numbers({0, 0, 1}), options);
  CHECK(loss.item<double>() == 0);
  loss.backward();
  CHECK(far.grad().abs().max().item<double>() == 0);
}

TEST_CASE("normalised rows have length 1, a row of zeros stays and has a finite gradient") {
  const at::Tensor rows = random_tensor({3, kWidth}, 1);
  rows[1].zero_();
  rows.set_requires_grad(true);
  const at::Tensor unit = normalised(rows);
  CHECK(at::allclose(unit.norm(2, {1}), at::tensor({1.0F, 0.0F, 1.0F})));
  unit.sum().backward();
  CHECK(at::isfinite(rows.grad()).all().item<bool>());
}

TEST_CASE("embeddings and labels that do not fit are refused") {
  const at::Tensor rows = embeddings(3);
  const auto loss = [](const at::Tensor& anchors, const at::Tensor& labels) {
    return [=] { metric_loss(anchors, labels, MetricLossOptions{}); };
  };
  CHECK(is_refused(loss(rows, numbers({1, 2})), "3 embeddings need a number each, not labels [2]"));
  CHECK(is_refused(loss(rows, at::ones({3})), "need a number each"));
  CHECK(is_refused(loss(rows[0], numbers({1, 2, 3, 4, 5})), "cannot be compared"));
  CHECK(is_refused(
      [&] {
        metric_loss(rows, numbers({0, 0, 1}), {rows.slice(1, 1), numbers({0, 0, 1}), numbers({0, 1, 2})}, {});
      },
      "embeddings [3, 5] cannot be compared with [3, 4]"));
}

TEST_CASE("a description of a loss that is none is refused") {
  const auto read = [](const nlohmann::ordered_json& described) {
    nn::Config config(described, "loss");
    return read_metric_loss(config);
  };
  const MetricLossOptions options = read({{"type", "TripletMarginLoss"}, {"distance", "L2"}, {"margin", 0.1}});
  CHECK(options.kind == MetricLossKind::kTripletMargin);
  CHECK(options.distance == EmbeddingDistance::kSquaredL2);
  CHECK(options.margin == 0.1);
  CHECK(is_refused([&] { read({{"distance", "L2"}}); }, "loss.distance"));
  CHECK(is_refused([&] { read({{"type", "TripletLoss"}}); }, "TripletMarginLoss"));
  CHECK(is_refused([&] { read({{"loss_weight", -1}}); }, "loss.loss_weight"));
}

}  // namespace vs::train
