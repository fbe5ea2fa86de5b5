#include "lib/metrics/bootstrap.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/parallel.h"
#include "lib/core/random.h"
#include "lib/metrics/average_precision.h"
#include "lib/metrics/confusion.h"
#include "lib/metrics/ranking_internal.h"

namespace vs::metrics {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Items in falling order of score, packed: the sample above, then whether it is relevant and whether its score differs
/// from the next one's.
constexpr uint32_t kRelevant = 1, kLastOfTie = 2;
constexpr unsigned kFlagBits = 2;

using RankedClass = std::vector<uint32_t>;

template <class T>
RankedClass rank_class(std::span<const T> scores, std::span<const uint8_t> relevant) {
  RankedClass ranked = falling_order(scores);
  for (size_t i = 0; i < ranked.size(); ++i) {
    const uint32_t sample = ranked[i];
    // The next entry is still a plain index.
    const bool last = i + 1 == ranked.size() || scores[ranked[i + 1]] != scores[sample];
    ranked[i] = sample << kFlagBits | (relevant[sample] != 0 ? kRelevant : 0) | (last ? kLastOfTie : 0);
  }
  return ranked;
}

/// average_precision() where each sample occurs `counts` times; NaN if no relevant one does.
double counted_average_precision(const RankedClass& ranked, std::span<const uint32_t> counts) {
  uint64_t seen = 0, found = 0, found_here = 0;
  double sum = 0;
  for (const uint32_t entry : ranked) {
    const uint32_t times = counts[entry >> kFlagBits];
    seen += times;
    if ((entry & kRelevant) != 0) found_here += times;
    if ((entry & kLastOfTie) == 0 || found_here == 0) continue;
    found += found_here;
    sum += static_cast<double>(found_here) * (static_cast<double>(found) / static_cast<double>(seen));
    found_here = 0;
  }
  return found == 0 ? kNaN : sum / static_cast<double>(found);
}

void check_counts(std::span<const uint32_t> counts, size_t num_samples) {
  if (counts.size() != num_samples) {
    throw DataError("bootstrap", fmt::format("{} counts for {} samples", counts.size(), num_samples));
  }
}

std::vector<double> defined(std::span<const double> values) {
  std::vector<double> kept;
  std::copy_if(values.begin(), values.end(), std::back_inserter(kept), [](double value) { return !std::isnan(value); });
  return kept;
}

/// `sorted` is not empty.
double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(place);
  if (below + 1 >= sorted.size()) return sorted.back();
  const double part = place - static_cast<double>(below);
  return part == 0 ? sorted[below] : sorted[below] + part * (sorted[below + 1] - sorted[below]);
}

}  // namespace

CountedMetric counted_mean(std::vector<double> values) {
  return [values = std::move(values)](std::span<const uint32_t> counts) {
    check_counts(counts, values.size());
    double sum = 0;
    uint64_t total = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      if (counts[i] == 0) continue;
      sum += counts[i] * values[i];
      total += counts[i];
    }
    return total == 0 ? kNaN : sum / static_cast<double>(total);
  };
}

CountedMetric counted_mean_class_accuracy(std::vector<int64_t> predicted, std::vector<int64_t> labels) {
  const Confusion known = count_confusion(predicted, labels);  // refuses what cannot be counted
  // Class numbers become places, so that a call needs arrays as long as the classes there are.
  const auto place = [&known](int64_t value) {
    return std::lower_bound(known.classes.begin(), known.classes.end(), value) - known.classes.begin();
  };
  std::transform(predicted.begin(), predicted.end(), predicted.begin(), place);
  std::transform(labels.begin(), labels.end(), labels.begin(), place);
  return [predicted = std::move(predicted), labels = std::move(labels),
          num_classes = known.classes.size()](std::span<const uint32_t> counts) {
    check_counts(counts, labels.size());
    std::vector<uint64_t> total(num_classes, 0), right(num_classes, 0), guessed(num_classes, 0);
    for (size_t i = 0; i < labels.size(); ++i) {
      total[static_cast<size_t>(labels[i])] += counts[i];
      guessed[static_cast<size_t>(predicted[i])] += counts[i];
      if (labels[i] == predicted[i]) right[static_cast<size_t>(labels[i])] += counts[i];
    }
    double sum = 0;
    int64_t occurring = 0;
    for (size_t c = 0; c < num_classes; ++c) {
      if (total[c] + guessed[c] == 0) continue;
      ++occurring;
      if (total[c] > 0) sum += static_cast<double>(right[c]) / static_cast<double>(total[c]);
    }
    return occurring == 0 ? kNaN : sum / static_cast<double>(occurring);
  };
}

template <class T>
CountedMetric counted_mean_average_precision(const Scores<T>& scores, std::span<const uint8_t> relevant) {
  check_relevant(scores, relevant);
  if (scores.num_samples() >= int64_t{1} << (32U - kFlagBits)) {
    throw DataError("bootstrap", fmt::format("{} samples are too many", scores.num_samples()));
  }
  std::vector<RankedClass> classes;
  for (int64_t c = 0; c < scores.num_classes; ++c) {
    const std::vector<T> class_scores = column(scores.values, scores.num_classes, c);
    const std::vector<uint8_t> marks = column(relevant, scores.num_classes, c);
    classes.push_back(rank_class(std::span<const T>(class_scores), std::span<const uint8_t>(marks)));
  }
  // Shared, so that a copy of the metric does not copy the ranks of all classes.
  const auto ranked = std::make_shared<const std::vector<RankedClass>>(std::move(classes));
  return [ranked, num_samples = static_cast<size_t>(scores.num_samples())](std::span<const uint32_t> counts) {
    check_counts(counts, num_samples);
    double sum = 0;
    int64_t num_defined = 0;
    for (const RankedClass& ranked_class : *ranked) {
      const double precision = counted_average_precision(ranked_class, counts);
      if (std::isnan(precision)) continue;
      sum += precision;
      ++num_defined;
    }
    return num_defined == 0 ? kNaN : sum / static_cast<double>(num_defined);
  };
}

Bootstrap::Interval Bootstrap::interval(double confidence) const {
  if (!(confidence > 0 && confidence < 1)) {
    throw UsageError("confidence interval", fmt::format("confidence {} is not between 0 and 1", confidence));
  }
  std::vector<double> sorted = defined(values);
  Interval result;
  result.num_undefined = static_cast<int64_t>(values.size() - sorted.size());
  if (sorted.empty()) {
    result.low = result.high = kNaN;
    return result;
  }
  std::sort(sorted.begin(), sorted.end());
  result.low = quantile(sorted, (1 - confidence) / 2);
  result.high = quantile(sorted, (1 + confidence) / 2);
  return result;
}

double Bootstrap::p_of_zero() const {
  const std::vector<double> kept = defined(values);
  if (kept.empty()) return kNaN;
  const auto below = std::count_if(kept.begin(), kept.end(), [](double x) { return x <= 0; });
  const auto above = std::count_if(kept.begin(), kept.end(), [](double x) { return x >= 0; });
  const auto fewer = static_cast<double>(std::min(below, above));
  return std::min(1.0, 2 * (fewer + 1) / static_cast<double>(kept.size() + 1));
}

std::vector<uint32_t> resample_counts(int64_t num_samples, uint64_t seed, uint64_t resample) {
  std::vector<uint32_t> counts(static_cast<size_t>(std::max<int64_t>(0, num_samples)), 0);
  ItemRandom random(seed, resample, "bootstrap");
  for (int64_t i = 0; i < num_samples; ++i) ++counts[static_cast<size_t>(random.below(num_samples))];
  return counts;
}

Bootstrap bootstrap(int64_t num_samples, const CountedMetric& metric, const BootstrapOptions& options) {
  if (options.num_resamples < 1) {
    throw UsageError("bootstrap", fmt::format("{} resamples", options.num_resamples), "at least 1 is needed");
  }
  Bootstrap result;
  result.value = metric(std::vector<uint32_t>(static_cast<size_t>(std::max<int64_t>(0, num_samples)), 1));
  const auto count = static_cast<uint64_t>(options.num_resamples);
  ordered_parallel(
      count, thread_count(options.threads, count),
      [&](uint64_t resample) { return metric(resample_counts(num_samples, options.seed, resample)); },
      [&](uint64_t, double value) { result.values.push_back(value); });
  return result;
}

CountedMetric difference(CountedMetric first, CountedMetric second) {
  return [first = std::move(first), second = std::move(second)](std::span<const uint32_t> counts) {
    return second(counts) - first(counts);
  };
}

template CountedMetric counted_mean_average_precision(const Scores<float>&, std::span<const uint8_t>);
template CountedMetric counted_mean_average_precision(const Scores<double>&, std::span<const uint8_t>);

}  // namespace vs::metrics
