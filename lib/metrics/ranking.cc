#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <utility>

#include "lib/metrics/ranking_internal.h"

namespace vs::metrics {
namespace {

struct Entry {
  uint64_t key;  ///< rises as the score falls
  uint32_t item;
};

uint64_t falling_key(double score) {
  constexpr uint64_t kSign = uint64_t{1} << 63U;
  const auto bits = std::bit_cast<uint64_t>(score + 0.0);  // -0 becomes 0
  return (bits & kSign) != 0 ? bits : ~bits & ~kSign;
}

/// Stable, smallest key first: by digits of 11 bits from the lowest, those that are the same in all entries left out.
void sort_by_digits(std::vector<Entry>& entries) {
  constexpr unsigned kDigitBits = 11, kDigits = 6;
  constexpr size_t kBuckets = size_t{1} << kDigitBits;
  const auto digit_of = [](uint64_t key, unsigned digit) {
    return static_cast<size_t>(key >> (digit * kDigitBits)) & (kBuckets - 1);
  };
  std::vector<std::array<uint32_t, kBuckets>> counts(kDigits);
  for (const Entry& entry : entries) {
    for (unsigned digit = 0; digit < kDigits; ++digit) ++counts[digit][digit_of(entry.key, digit)];
  }
  std::vector<Entry> sorted(entries.size());
  for (unsigned digit = 0; digit < kDigits; ++digit) {
    auto& places = counts[digit];
    if (places[digit_of(entries[0].key, digit)] == entries.size()) continue;
    uint32_t place = 0;
    for (uint32_t& count : places) place += std::exchange(count, place);
    for (const Entry& entry : entries) sorted[places[digit_of(entry.key, digit)]++] = entry;
    entries.swap(sorted);
  }
}

}  // namespace

template <class T>
std::vector<uint32_t> falling_order(std::span<const T> scores, TieOrder ties) {
  constexpr size_t kFew = 1024;  // below, the counts of the digits cost more than comparing
  const size_t count = scores.size();
  std::vector<Entry> entries(count);
  for (size_t i = 0; i < count; ++i) {
    const size_t item = ties == TieOrder::kEarlierFirst ? i : count - 1 - i;
    entries[i] = {falling_key(static_cast<double>(scores[item])), static_cast<uint32_t>(item)};
  }
  if (count < kFew) {
    std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.key < b.key; });
  } else {
    sort_by_digits(entries);
  }
  std::vector<uint32_t> order(count);
  std::transform(entries.begin(), entries.end(), order.begin(), [](const Entry& entry) { return entry.item; });
  return order;
}

template std::vector<uint32_t> falling_order(std::span<const float>, TieOrder);
template std::vector<uint32_t> falling_order(std::span<const double>, TieOrder);

}  // namespace vs::metrics
