#include "lib/train/losses/metric_learning.h"

#include <fmt/format.h>

#include <limits>

#include "lib/core/error.h"
#include "lib/nn/config.h"

namespace vs::train {
namespace {

constexpr double kMostWeight = 1e6;

struct Pairs {
  at::Tensor positive, negative;  ///< [B, R], true where the two are one
};

Pairs pairs_of(const at::Tensor& labels, const References& references) {
  const at::Tensor equal = labels.unsqueeze(1) == references.labels.unsqueeze(0);
  const at::Tensor places = at::arange(references.labels.size(0), references.own.options());
  return {at::logical_and(equal, references.own.unsqueeze(1) != places.unsqueeze(0)), at::logical_not(equal)};
}

/// log(1 + sum of exp(exponents) over the pairs) of each row [B]; 0 for a row without pairs.
at::Tensor log_one_plus_sum(const at::Tensor& exponents, const at::Tensor& pairs) {
  const at::Tensor kept = exponents.masked_fill(at::logical_not(pairs), -std::numeric_limits<double>::infinity());
  return at::logsumexp(at::cat({kept, at::zeros({kept.size(0), 1}, kept.options())}, 1), 1);
}

at::Tensor multi_similarity(const at::Tensor& similarity, const Pairs& pairs, const MetricLossOptions& options) {
  if (pairs.positive.sum().item<int64_t>() <= 1 && pairs.negative.sum().item<int64_t>() <= 1)
    return similarity.sum() * 0;
  return (log_one_plus_sum((options.base - similarity) * options.alpha, pairs.positive) / options.alpha +
          log_one_plus_sum((similarity - options.base) * options.beta, pairs.negative) / options.beta)
      .mean();
}

/// near: larger where two are more alike.
at::Tensor triplet_margin(const at::Tensor& near, const Pairs& pairs, double margin) {
  // A row for each positive pair, with every candidate for the negative: the pairs are far fewer than the triplets.
  const at::Tensor where = pairs.positive.nonzero();
  const at::Tensor anchors = where.select(1, 0);
  const at::Tensor to_positive = near.index({anchors, where.select(1, 1)}).unsqueeze(1);
  const at::Tensor violations = near.index_select(0, anchors) - to_positive + margin;
  const at::Tensor counted = at::logical_and(pairs.negative.index_select(0, anchors), violations > 0);
  const int64_t count = counted.sum().item<int64_t>();
  if (count == 0) return near.sum() * 0;
  return violations.masked_select(counted).sum() / static_cast<double>(count);
}

void check(const at::Tensor& anchors, const at::Tensor& labels, const References& references) {
  const bool fits = anchors.dim() == 2 && anchors.size(0) > 0 && references.embeddings.dim() == 2 &&
                    references.embeddings.size(1) == anchors.size(1);
  if (!fits)
    throw DataError("metric loss",
                    fmt::format("embeddings [{}] cannot be compared with [{}]", fmt::join(anchors.sizes(), ", "),
                                fmt::join(references.embeddings.sizes(), ", ")));
  const bool labelled = labels.dim() == 1 && labels.size(0) == anchors.size(0) && references.labels.dim() == 1 &&
                        references.labels.size(0) == references.embeddings.size(0) &&
                        references.own.sizes() == labels.sizes();
  if (!labelled || at::isFloatingType(labels.scalar_type()))
    throw DataError("metric loss", fmt::format("{} embeddings need a number each, not labels [{}]", anchors.size(0),
                                               fmt::join(labels.sizes(), ", ")));
}

}  // namespace

MetricLossOptions read_metric_loss(nn::Config& config) {
  config.pass({"miner_name"});
  MetricLossOptions options;
  if (config.word("type", "MultiSimilarityLoss", {"MultiSimilarityLoss", "TripletMarginLoss"}) == "TripletMarginLoss")
    options.kind = MetricLossKind::kTripletMargin;
  if (config.word("distance", "Cosine", {"Cosine", "L2"}) == "L2") options.distance = EmbeddingDistance::kSquaredL2;
  if (options.kind == MetricLossKind::kMultiSimilarity && options.distance != EmbeddingDistance::kCosine)
    throw UsageError(config.place_of("distance"), "MultiSimilarityLoss compares by cosine only",
                     "set it to Cosine, or take TripletMarginLoss");
  options.weight = config.number_or("loss_weight", options.weight, 0, kMostWeight);
  options.margin = config.number_or("margin", options.margin, 0, 4);
  return options;
}

at::Tensor normalised(const at::Tensor& embeddings) {
  constexpr double kNoDivisionByZero = 1e-12;
  return embeddings / at::linalg_vector_norm(embeddings, 2, at::IntArrayRef{1}, true).clamp_min(kNoDivisionByZero);
}

at::Tensor metric_loss(const at::Tensor& anchors, const at::Tensor& labels, const References& references,
                       const MetricLossOptions& options) {
  check(anchors, labels, references);
  const Pairs pairs = pairs_of(labels, references);
  const at::Tensor similarity = anchors.matmul(references.embeddings.t());
  if (options.kind == MetricLossKind::kMultiSimilarity)
    return multi_similarity(similarity, pairs, options) * options.weight;
  if (options.distance == EmbeddingDistance::kCosine)
    return triplet_margin(similarity, pairs, options.margin) * options.weight;
  const at::Tensor lengths = anchors.square().sum(1, true) + references.embeddings.square().sum(1).unsqueeze(0);
  return triplet_margin(similarity * 2 - lengths, pairs, options.margin) * options.weight;
}

at::Tensor metric_loss(const at::Tensor& anchors, const at::Tensor& labels, const MetricLossOptions& options) {
  return metric_loss(anchors, labels, {anchors, labels, at::arange(anchors.size(0), labels.options())}, options);
}

}  // namespace vs::train
