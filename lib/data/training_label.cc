#include "lib/data/training_label.h"

#include <fmt/format.h>

#include <algorithm>

#include "lib/core/error.h"

namespace vs::data {

std::vector<int32_t> distinct_labels(std::span<const int32_t> labels) {
  std::vector<int32_t> distinct(labels.begin(), labels.end());
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  if (distinct.empty()) throw DataError("video", "no label", "training and metrics need a labelled list");
  if (distinct.front() < 0)
    throw DataError("video", fmt::format("label {}", distinct.front()), "labels are counted from 0");
  return distinct;
}

int32_t draw_label(std::span<const int32_t> labels, RandomSource& random) {
  const std::vector<int32_t> distinct = distinct_labels(labels);
  return distinct[static_cast<size_t>(random.below(static_cast<int64_t>(distinct.size())))];
}

std::vector<int32_t> draw_label_order(std::span<const int32_t> labels, RandomSource& random) {
  std::vector<int32_t> order = distinct_labels(labels);
  if (order.size() > 2) {
    shuffle(order, random);
  } else if (order.size() == 2 && random.below(3) == 2) {
    std::swap(order[0], order[1]);
  }
  return order;
}

}  // namespace vs::data
