#include "lib/metrics/average_precision.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "lib/core/error.h"
#include "lib/metrics/ranking_internal.h"

namespace vs::metrics {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

template <class T>
void check_ranking(std::span<const T> scores, std::span<const uint8_t> relevant) {
  if (scores.size() != relevant.size()) {
    throw DataError("labels", fmt::format("{} labels for {} scores", relevant.size(), scores.size()));
  }
  const auto bad = std::find_if(scores.begin(), scores.end(), [](T value) { return std::isnan(value); });
  if (bad != scores.end()) {
    throw DataError(fmt::format("item {}", bad - scores.begin()), "score is not a number", "leave it out");
  }
}

int64_t count_relevant(std::span<const uint8_t> relevant) {
  return std::count_if(relevant.begin(), relevant.end(), [](uint8_t mark) { return mark != 0; });
}

/// Mean of the precision at each relevant item of `order`; 0 if there is none.
double precision_at_hits(std::span<const uint32_t> order, std::span<const uint8_t> relevant) {
  int64_t found = 0;
  double sum = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    if (relevant[order[i]] == 0) continue;
    ++found;
    sum += static_cast<double>(found) / static_cast<double>(i + 1);
  }
  return found == 0 ? 0 : sum / static_cast<double>(found);
}

/// Mean of the values that are numbers; NaN if there is none.
void take_mean_of_defined(MeanAveragePrecision& result) {
  double sum = 0;
  int64_t defined = 0;
  for (const double value : result.each) {
    if (std::isnan(value)) continue;
    sum += value;
    ++defined;
  }
  result.num_without_relevant = static_cast<int64_t>(result.each.size()) - defined;
  result.mean = defined == 0 ? kNaN : sum / static_cast<double>(defined);
}

template <class T, class Measure>
MeanAveragePrecision over_classes(const Scores<T>& scores, std::span<const uint8_t> relevant, const Measure& measure) {
  check_relevant(scores, relevant);
  MeanAveragePrecision result;
  for (int64_t c = 0; c < scores.num_classes; ++c) {
    const std::vector<T> class_scores = column(scores.values, scores.num_classes, c);
    const std::vector<uint8_t> class_marks = column(relevant, scores.num_classes, c);
    result.each.push_back(measure(std::span<const T>(class_scores), std::span<const uint8_t>(class_marks)));
  }
  take_mean_of_defined(result);
  return result;
}

}  // namespace

template <class T>
void check_relevant(const Scores<T>& scores, std::span<const uint8_t> relevant) {
  check_scores(scores);
  if (relevant.size() != scores.values.size()) {
    throw DataError("labels", fmt::format("{} values for {} scores", relevant.size(), scores.values.size()));
  }
}

template <class T>
double average_precision(std::span<const T> scores, std::span<const uint8_t> relevant) {
  check_ranking(scores, relevant);
  const int64_t num_relevant = count_relevant(relevant);
  if (num_relevant == 0) return kNaN;
  const std::vector<uint32_t> order = falling_order(scores);
  double sum = 0;
  int64_t found = 0;
  for (size_t i = 0; i < order.size();) {
    const T threshold = scores[order[i]];
    int64_t found_here = 0;
    for (; i < order.size() && scores[order[i]] == threshold; ++i) found_here += relevant[order[i]] != 0 ? 1 : 0;
    found += found_here;
    sum += static_cast<double>(found_here) * (static_cast<double>(found) / static_cast<double>(i));
  }
  return sum / static_cast<double>(num_relevant);
}

template <class T>
double average_precision_one_by_one(std::span<const T> scores, std::span<const uint8_t> relevant, int64_t top_n) {
  if (top_n < 0) throw UsageError("average precision", fmt::format("top_n is {}", top_n), "must be at least 0");
  check_ranking(scores, relevant);
  if (count_relevant(relevant) == 0) return kNaN;
  std::vector<uint32_t> order = falling_order(scores, TieOrder::kLaterFirst);
  if (top_n > 0) order.resize(std::min(order.size(), static_cast<size_t>(top_n)));
  return precision_at_hits(order, relevant);
}

template <class T>
MeanAveragePrecision mean_average_precision(const Scores<T>& scores, std::span<const uint8_t> relevant) {
  return over_classes(scores, relevant, [](std::span<const T> values, std::span<const uint8_t> marks) {
    return average_precision(values, marks);
  });
}

template <class T>
MeanAveragePrecision mmit_mean_average_precision(const Scores<T>& scores, std::span<const uint8_t> relevant) {
  check_relevant(scores, relevant);
  MeanAveragePrecision result;
  for (int64_t i = 0; i < scores.num_samples(); ++i) {
    const auto row = scores.row(i);
    result.each.push_back(
        average_precision(row, relevant.subspan(static_cast<size_t>(i * scores.num_classes), row.size())));
  }
  take_mean_of_defined(result);
  if (result.num_without_relevant > 0) result.mean = kNaN;
  return result;
}

template <class T>
MeanAveragePrecision frame_exit_mean_average_precision(const Scores<T>& scores, std::span<const uint8_t> relevant,
                                                       int64_t top_n) {
  return over_classes(scores, relevant, [top_n](std::span<const T> values, std::span<const uint8_t> marks) {
    return average_precision_one_by_one(values, marks, top_n);
  });
}

template <class T>
MeanAveragePrecision arnet_mean_average_precision(const Scores<T>& scores, std::span<const uint8_t> relevant,
                                                  AbsentClasses absent) {
  check_relevant(scores, relevant);
  const std::vector<double> shares = softmax(scores);
  MeanAveragePrecision result;
  result.each.assign(static_cast<size_t>(scores.num_classes), 0);
  int64_t num_present = 0;
  double sum = 0;
  for (int64_t c = 0; c < scores.num_classes; ++c) {
    const std::vector<uint8_t> marks = column(relevant, scores.num_classes, c);
    if (count_relevant(marks) == 0) continue;
    const int64_t place = absent == AbsentClasses::kRenumber ? num_present : c;
    const std::vector<double> class_scores = column(std::span<const double>(shares), scores.num_classes, place);
    const std::vector<uint32_t> order = falling_order(std::span<const double>(class_scores));
    result.each[static_cast<size_t>(place)] = precision_at_hits(order, marks);
    sum += result.each[static_cast<size_t>(place)];
    ++num_present;
  }
  result.num_without_relevant = scores.num_classes - num_present;
  result.mean = sum / static_cast<double>(scores.num_classes);
  return result;
}

template double average_precision(std::span<const float>, std::span<const uint8_t>);
template double average_precision(std::span<const double>, std::span<const uint8_t>);
template double average_precision_one_by_one(std::span<const float>, std::span<const uint8_t>, int64_t);
template double average_precision_one_by_one(std::span<const double>, std::span<const uint8_t>, int64_t);
template void check_relevant(const Scores<float>&, std::span<const uint8_t>);
template void check_relevant(const Scores<double>&, std::span<const uint8_t>);
template MeanAveragePrecision mean_average_precision(const Scores<float>&, std::span<const uint8_t>);
template MeanAveragePrecision mean_average_precision(const Scores<double>&, std::span<const uint8_t>);
template MeanAveragePrecision mmit_mean_average_precision(const Scores<float>&, std::span<const uint8_t>);
template MeanAveragePrecision mmit_mean_average_precision(const Scores<double>&, std::span<const uint8_t>);
template MeanAveragePrecision frame_exit_mean_average_precision(const Scores<float>&, std::span<const uint8_t>,
                                                                int64_t);
template MeanAveragePrecision frame_exit_mean_average_precision(const Scores<double>&, std::span<const uint8_t>,
                                                                int64_t);
template MeanAveragePrecision arnet_mean_average_precision(const Scores<float>&, std::span<const uint8_t>,
                                                           AbsentClasses);
template MeanAveragePrecision arnet_mean_average_precision(const Scores<double>&, std::span<const uint8_t>,
                                                           AbsentClasses);

}  // namespace vs::metrics
