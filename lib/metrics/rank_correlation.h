// Rank correlation: how alike two measures order the same items.
#pragma once

#include <span>
#include <vector>

namespace vs::metrics {

/// Ranks of the values from 1; equal values share the mean of their ranks. Returns [values.size()].
/// Throws DataError naming the item for NaN.
std::vector<double> average_ranks(std::span<const double> values);

/// Spearman's rank correlation: Pearson's correlation of average_ranks(), in [-1, 1].
///
/// a and b of one length, item by item. NaN (undefined) with fewer than 2 items or if one of them is constant.
/// Throws DataError for NaN or different lengths. Source: Spearman, Am. J. Psychol. 1904; equals scipy's spearmanr.
double spearman(std::span<const double> a, std::span<const double> b);

}  // namespace vs::metrics
