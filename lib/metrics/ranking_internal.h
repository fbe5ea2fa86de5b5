// How average precision orders its items; a header of this room.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace vs::metrics {

/// Which of two equal scores comes first.
enum class TieOrder { kEarlierFirst, kLaterFirst };

/// Items from the largest score to the smallest: at most 2^32 - 1 of them, none NaN. -0 equals 0.
template <class T>
std::vector<uint32_t> falling_order(std::span<const T> scores, TieOrder ties = TieOrder::kEarlierFirst);

/// Values [rows, num_columns] row-major: column `index`.
template <class V>
std::vector<V> column(std::span<const V> values, int64_t num_columns, int64_t index) {
  std::vector<V> out;
  out.reserve(values.size() / static_cast<size_t>(num_columns));
  for (size_t i = static_cast<size_t>(index); i < values.size(); i += static_cast<size_t>(num_columns)) {
    out.push_back(values[i]);
  }
  return out;
}

}  // namespace vs::metrics
