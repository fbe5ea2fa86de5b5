#include "lib/metrics/bootstrap.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include "lib/core/error.h"
#include "lib/metrics/accuracy.h"
#include "lib/metrics/average_precision.h"

namespace vs::metrics {
namespace {

using Counts = std::vector<uint32_t>;

struct Sample {
  std::vector<float> scores;
  std::vector<uint8_t> marks;
  std::vector<int64_t> labels;
  int64_t classes = 5;

  explicit Sample(int64_t videos, unsigned seed = 3) {
    std::minstd_rand random(seed);
    for (int64_t v = 0; v < videos; ++v) {
      labels.push_back(static_cast<int64_t>(random() % 4));  // class 4 never occurs
      for (int64_t c = 0; c < classes; ++c) {
        scores.push_back(static_cast<float>(random() % 20) / 10);  // with ties
        marks.push_back(c == labels.back() || random() % 7 == 0 ? 1 : 0);
      }
    }
  }
  Scores<float> view() const { return {scores, classes}; }
  /// As often as the counts say, one after the other.
  Sample repeated(const Counts& counts) const {
    Sample out(0);
    for (size_t v = 0; v < counts.size(); ++v) {
      for (uint32_t k = 0; k < counts[v]; ++k) {
        const auto row = static_cast<std::ptrdiff_t>(v * static_cast<size_t>(classes));
        out.scores.insert(out.scores.end(), scores.begin() + row, scores.begin() + row + classes);
        out.marks.insert(out.marks.end(), marks.begin() + row, marks.begin() + row + classes);
        out.labels.push_back(labels[v]);
      }
    }
    return out;
  }
};

TEST_CASE("counted metrics equal the plain ones on repeated samples") {
  const Sample sample(40);
  const auto map = counted_mean_average_precision(sample.view(), sample.marks);
  const auto mean_class = counted_mean_class_accuracy(predicted_classes(sample.view()), sample.labels);
  std::vector<double> hits;
  for (const int64_t rank : label_ranks(sample.view(), sample.labels)) hits.push_back(rank < 1 ? 1 : 0);
  const auto top1 = counted_mean(hits);
  const std::vector<int64_t> ks = {1};
  for (uint64_t r = 0; r < 5; ++r) {
    const Counts counts = r == 0 ? Counts(40, 1) : resample_counts(40, 1, r);
    const Sample repeated = sample.repeated(counts);
    CHECK(map(counts) == doctest::Approx(mean_average_precision(repeated.view(), repeated.marks).mean).epsilon(1e-12));
    CHECK(mean_class(counts) == doctest::Approx(mean_class_accuracy(repeated.view(), repeated.labels)).epsilon(1e-12));
    CHECK(top1(counts) == doctest::Approx(top_k_accuracy(repeated.view(), repeated.labels, ks)[0]).epsilon(1e-12));
  }
  CHECK(std::isnan(map(Counts(40, 0))));
  CHECK(std::isnan(top1(Counts(40, 0))));
  CHECK(std::isnan(mean_class(Counts(40, 0))));
  CHECK_THROWS_AS(map(Counts(39, 1)), DataError);
}

TEST_CASE("resamples: sum, streams, one sample, none") {
  const Counts counts = resample_counts(1000, 7, 0);
  CHECK(std::accumulate(counts.begin(), counts.end(), 0U) == 1000);
  CHECK(counts == resample_counts(1000, 7, 0));
  CHECK(counts != resample_counts(1000, 7, 1));
  CHECK(counts != resample_counts(1000, 8, 0));
  // About 1/e are left out.
  const auto out = std::count(counts.begin(), counts.end(), 0U);
  CHECK(out > 300);
  CHECK(out < 430);
  CHECK(resample_counts(1, 7, 0) == Counts{1});
  CHECK(resample_counts(0, 7, 0).empty());
}

TEST_CASE("bootstrap: the same for any threads; the interval is that of the binomial") {
  std::vector<double> hits(400, 0);
  std::fill(hits.begin(), hits.begin() + 100, 1);
  const auto metric = counted_mean(hits);
  const Bootstrap one = bootstrap(400, metric, {.num_resamples = 2000, .seed = 5, .threads = 1});
  const Bootstrap four = bootstrap(400, metric, {.num_resamples = 2000, .seed = 5, .threads = 4});
  CHECK(one.values == four.values);
  CHECK(one.value == 0.25);
  const auto interval = one.interval(0.95);
  const double deviation = std::sqrt(0.25 * 0.75 / 400);
  CHECK(interval.low == doctest::Approx(0.25 - 1.96 * deviation).epsilon(0.03));
  CHECK(interval.high == doctest::Approx(0.25 + 1.96 * deviation).epsilon(0.03));
  CHECK(interval.num_undefined == 0);
}

TEST_CASE("intervals: quantiles as numpy's, undefined values, p of zero") {
  Bootstrap result;
  result.values = {3, 1, std::numeric_limits<double>::quiet_NaN(), 2, 4, 5};
  const auto half = result.interval(0.5);  // numpy.quantile([1..5], [0.25, 0.75])
  CHECK(half.low == 2);
  CHECK(half.high == 4);
  CHECK(half.num_undefined == 1);
  CHECK(result.interval(0.9).low == doctest::Approx(1.2));
  CHECK(result.p_of_zero() == doctest::Approx(2.0 / 6));
  result.values = {-1, 1, 0};
  CHECK(result.p_of_zero() == 1);
  result.values = {std::numeric_limits<double>::quiet_NaN()};
  CHECK(std::isnan(result.interval().low));
  CHECK(std::isnan(result.p_of_zero()));
  CHECK_THROWS_AS(result.interval(1), UsageError);
  CHECK_THROWS_AS(bootstrap(3, counted_mean({1, 2, 3}), {.num_resamples = 0}), UsageError);
  CHECK(std::isnan(bootstrap(0, counted_mean({}), {.num_resamples = 2}).value));
}

}  // namespace
}  // namespace vs::metrics
