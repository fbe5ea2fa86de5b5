// The cumulative motion curve of a video.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace vs::sampling {

/// The smoothing exponent of the paper's code.
constexpr double kDefaultSmoothing = 0.5;

/// Sum in the order in which numpy adds a contiguous array of doubles, so that ties fall alike. 0 for no values.
///
/// Fewer than 8 values: left to right; up to 128: eight running sums; more: two halves, the first a multiple of 8.
double pairwise_sum(std::span<const double> values);

/// Share of the video's motion up to and including each pair of frames: c[i] = c[i-1] + m[i]^mu / sum of m^mu.
///
/// motion: [frames - 1], finite and not negative, m[i] compares frames i and i + 1. mu >= 0: 1 takes motion as it is, 0
/// gives equal steps (0^0 = 1). Returns values of [0, 1] up to rounding, not decreasing, as many as given. Without any
/// motion all are 0, so that every target falls on the first frame, as it does in the original by way of 0/0. Throws
/// UsageError for a bad mu, DataError for a motion value that is negative or not finite, naming its position. Source:
/// MGSampler (Zhi et al., ICCV 2021), its sampler's code, where mu is fixed at 0.5.
std::vector<double> motion_curve(std::span<const double> motion, double mu = kDefaultSmoothing);

}  // namespace vs::sampling
