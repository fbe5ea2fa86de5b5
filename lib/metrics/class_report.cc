#include "lib/metrics/class_report.h"

#include <algorithm>
#include <cstddef>
#include <limits>

#include "lib/metrics/average_precision.h"

namespace vs::metrics {

template <class T>
std::vector<ClassFigures> class_report(const Scores<T>& scores, std::span<const uint8_t> relevant) {
  const MeanAveragePrecision precision = mean_average_precision(scores, relevant);
  const std::vector<int64_t> predicted = predicted_classes(scores);
  const auto num_classes = static_cast<size_t>(scores.num_classes);
  std::vector<ClassFigures> report(num_classes);
  std::vector<int64_t> hits(num_classes, 0);
  std::vector<int64_t> mistakes(num_classes * num_classes, 0);  // true class, predicted class
  for (size_t i = 0; i < predicted.size(); ++i) {
    const auto marks = relevant.subspan(i * num_classes, num_classes);
    const auto guess = static_cast<size_t>(predicted[i]);
    ++report[guess].num_predicted;
    for (size_t c = 0; c < num_classes; ++c) {
      if (marks[c] == 0) continue;
      ++report[c].count;
      if (c == guess) ++hits[c];
      if (marks[guess] == 0) ++mistakes[c * num_classes + guess];
    }
  }
  for (size_t c = 0; c < num_classes; ++c) {
    ClassFigures& figures = report[c];
    figures.average_precision = precision.each[c];
    figures.accuracy = figures.count == 0 ? std::numeric_limits<double>::quiet_NaN()
                                          : static_cast<double>(hits[c]) / static_cast<double>(figures.count);
    const auto begin = mistakes.begin() + static_cast<std::ptrdiff_t>(c * num_classes);
    const auto most = std::max_element(begin, begin + static_cast<std::ptrdiff_t>(num_classes));
    if (*most > 0) figures.most_confused_with = most - begin;
  }
  return report;
}

template std::vector<ClassFigures> class_report(const Scores<float>&, std::span<const uint8_t>);
template std::vector<ClassFigures> class_report(const Scores<double>&, std::span<const uint8_t>);

}  // namespace vs::metrics
