// Losses over which embeddings belong together: multi-similarity and triplets.
#pragma once

#include <cstdint>

#include "lib/nn/torch.h"

namespace vs::nn {

class Config;

}  // namespace vs::nn

namespace vs::train {

enum class MetricLossKind { kMultiSimilarity, kTripletMargin };
enum class EmbeddingDistance {
  kCosine,     ///< similarity, the cosine
  kSquaredL2,  ///< squared Euclidean distance of the normalised vectors
};

struct MetricLossOptions {
  MetricLossKind kind = MetricLossKind::kMultiSimilarity;
  EmbeddingDistance distance = EmbeddingDistance::kCosine;  ///< of triplets; multi-similarity compares by cosine
  double weight = 1;                                        ///< the loss is multiplied by it
  double margin = 0.3;                                      ///< of triplets
  double alpha = 2, beta = 50, base = 0.5;                  ///< of multi-similarity
};

/// Keys of the reference's metric loss that are not of its memory: type (MultiSimilarityLoss, TripletMarginLoss),
/// distance (Cosine, L2), loss_weight, margin. miner_name is passed by: the reference makes a miner and never asks it.
MetricLossOptions read_metric_loss(nn::Config& config);

/// Rows [B, E] of length 1; a row of zeros stays.
at::Tensor normalised(const at::Tensor& embeddings);

/// What anchors are compared with.
struct References {
  at::Tensor embeddings;  ///< [R, E]
  at::Tensor labels;      ///< [R] integers
  at::Tensor own;         ///< [B] integers: the row of each anchor itself, which is no pair with it
};

/// How badly embeddings of one label keep together and those of others apart.
///
/// anchors: [B, E], normalised; labels [B] integers. Multi-similarity: the mean over the anchors of
/// log(1 + sum over positives of exp(alpha * (base - S))) / alpha + log(1 + sum over negatives of exp(beta * (S -
/// base))) / beta, a term of an empty set being 0; 0 if there are at most one positive and one negative pair in all.
/// Triplets: the mean over those of all triplets (anchor, positive, negative) that violate the margin, S_an - S_ap +
/// margin > 0 or d_ap - d_an + margin > 0; 0 if none does. Returns a scalar with a graph also where it is 0.
/// Throws DataError if the shapes do not fit each other.
/// Sources: Wang et al., "Multi-similarity loss with general pair weighting", CVPR 2019; Schroff et al., "FaceNet",
/// CVPR 2015; as pytorch-metric-learning 2.3 has them.
at::Tensor metric_loss(const at::Tensor& anchors, const at::Tensor& labels, const References& references,
                       const MetricLossOptions& options);
/// Of a batch against itself.
at::Tensor metric_loss(const at::Tensor& anchors, const at::Tensor& labels, const MetricLossOptions& options);

}  // namespace vs::train
