// Probabilities of sets of frames that are drawn one after the other without putting any back.
#pragma once

#include <cstdint>

#include "lib/nn/torch.h"

namespace vs::train {

/// What stands for the probability of a set.
enum class SetProbability {
  kAllOrders,  ///< exact: the sum over all orders in which its frames can be drawn
  kDrawOrder,  ///< that of the one order in which they were drawn; below it 1e-9 is added to each factor
  /// K! times the mean of those of the rising and the falling order of its K = min(N, 8) least probable frames.
  kTwoOrders,
};

/// The most frames of a set whose probability is computed exactly: its time and memory grow as N 2^N.
constexpr int64_t kMostFramesOfAllOrders = 12;

/// Draws `count` of each row's places without replacement, in proportion to their probabilities: the places of the
/// largest probabilities / noise, in falling order, the first of equals first. probabilities: [B, T]; noise: [B, T],
/// draws of the exponential distribution of mean 1, as exponential_noise() makes them. Returns [B, count] int64 in the
/// order of drawing, without gradient. 1 <= count <= T, else UsageError.
/// Source: Efraimidis, Spirakis, "Weighted random sampling with a reservoir", 2006; PyTorch's multinomial().
at::Tensor draw_without_replacement(const at::Tensor& probabilities, const at::Tensor& noise, int64_t count);

/// Uniform draws in [0, 1) as draws of the exponential distribution of mean 1.
at::Tensor exponential_noise(const at::Tensor& uniform);

/// Logarithm of the probability that these places are drawn, differentiable. probabilities: [B, T], rows that sum to 1;
/// drawn: [B, N] int64, different places of a row in the order of drawing. Probabilities of drawn places count as at
/// least 1e-15 (and no gradient goes to smaller ones).
///
/// What is left to be drawn from is summed up from the places that are left, not subtracted from 1, and products are
/// sums of logarithms: finite and exact to rounding also where one place has nearly all of the probability, or where
/// all are drawn. kAllOrders takes N 2^N steps instead of N!: F(set) = sum over i in set of F(set without i) * p_i /
/// (1 - p of set without i), a tensor for all sets of a size and all videos at once.
///
/// renormalised: the drawn probabilities count as their own soft-max, as if nothing else could have been drawn (the
/// reference's cal_number), so that kAllOrders gives 0 whatever was drawn. Returns [B]. Throws UsageError for no place,
/// more places than T, or more than kMostFramesOfAllOrders with kAllOrders. Source: Lin et al., "OCSampler", CVPR 2022,
/// section 3.2 and its recognizers.
at::Tensor set_log_probability(const at::Tensor& probabilities, const at::Tensor& drawn, SetProbability kind,
                               bool renormalised = false);

/// The probabilities of drawn places as set_log_probability() counts them: [B, N], at least 1e-15.
at::Tensor drawn_probabilities(const at::Tensor& probabilities, const at::Tensor& drawn);

}  // namespace vs::train
