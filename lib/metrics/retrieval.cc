#include "lib/metrics/retrieval.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <unordered_map>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/metrics/ranking_internal.h"

namespace vs::metrics {
namespace {

/// Rows of length 1 (or 0, where a row is 0).
std::vector<double> unit_rows(std::span<const float> rows, int64_t dim) {
  if (dim < 1 || rows.empty() || rows.size() % static_cast<size_t>(dim) != 0) {
    throw DataError("embeddings", fmt::format("{} values are no rows of {}", rows.size(), dim));
  }
  if (!std::all_of(rows.begin(), rows.end(), [](float value) { return std::isfinite(value); })) {
    throw DataError("embeddings", "a value is not finite");
  }
  constexpr double kShortest = 1e-12;
  std::vector<double> units(rows.begin(), rows.end());
  const auto width = static_cast<size_t>(dim);
  for (size_t first = 0; first < units.size(); first += width) {
    const std::span<double> row(units.data() + first, width);
    const double length = std::sqrt(std::inner_product(row.begin(), row.end(), row.begin(), 0.0));
    for (double& value : row) value /= std::max(length, kShortest);
  }
  return units;
}

void take_mean(RetrievalPrecision& precision) {
  precision.mean = precision.each.empty() ? std::numeric_limits<double>::quiet_NaN()
                                          : std::accumulate(precision.each.begin(), precision.each.end(), 0.0) /
                                                static_cast<double>(precision.each.size());
}

}  // namespace

double chamfer_similarity(std::span<const float> query, std::span<const float> other, int64_t dim, int64_t best_clips) {
  if (best_clips < 0) {
    throw UsageError("similarity", fmt::format("best {} clips", best_clips), "must be at least 0");
  }
  const std::vector<double> queries = unit_rows(query, dim), others = unit_rows(other, dim);
  const auto width = static_cast<std::ptrdiff_t>(dim);
  std::vector<double> best;
  for (auto q = queries.begin(); q != queries.end(); q += width) {
    double largest = -std::numeric_limits<double>::infinity();
    for (auto o = others.begin(); o != others.end(); o += width) {
      largest = std::max(largest, std::inner_product(q, q + width, o, 0.0));
    }
    best.push_back(largest);
  }
  if (best_clips > 0 && static_cast<size_t>(best_clips) < best.size()) {
    std::sort(best.begin(), best.end(), std::greater<>());
    best.resize(static_cast<size_t>(best_clips));
  }
  return std::accumulate(best.begin(), best.end(), 0.0) / static_cast<double>(best.size());
}

double retrieval_average_precision(std::span<const double> similarity, std::span<const uint8_t> relevant,
                                   std::span<const uint8_t> candidate) {
  const size_t count = similarity.size();
  if (relevant.size() != count || (!candidate.empty() && candidate.size() != count)) {
    throw DataError("retrieval", fmt::format("{} similarities, {} marks of relevance, {} of candidates", count,
                                             relevant.size(), candidate.size()));
  }
  std::vector<double> ranked;
  std::vector<uint8_t> marks;
  int64_t num_relevant = 0;
  for (size_t i = 0; i < count; ++i) {
    num_relevant += relevant[i] != 0 ? 1 : 0;
    if (!candidate.empty() && candidate[i] == 0) continue;
    if (std::isnan(similarity[i])) throw DataError(fmt::format("item {}", i), "similarity is not a number");
    ranked.push_back(similarity[i]);
    marks.push_back(relevant[i]);
  }
  if (num_relevant == 0) return 1;
  int64_t found = 0, seen = 0;
  double sum = 0;
  for (const uint32_t item : falling_order(std::span<const double>(ranked))) {
    ++seen;
    if (marks[item] == 0) continue;
    ++found;
    sum += static_cast<double>(found) / static_cast<double>(seen);
  }
  return sum / static_cast<double>(num_relevant);
}

FivrPrecision fivr_precision(std::span<const FivrQuery> queries, std::span<const std::string> database,
                             std::span<const double> similarity, std::span<const uint8_t> compared) {
  const size_t size = database.size();
  if (similarity.size() != queries.size() * size || (!compared.empty() && compared.size() != similarity.size())) {
    throw DataError("retrieval", fmt::format("{} similarities for {} queries and {} videos", similarity.size(),
                                             queries.size(), size));
  }
  std::unordered_map<std::string_view, size_t> places;
  for (size_t i = 0; i < size; ++i) {
    if (!places.emplace(database[i], i).second) {
      throw DataError("retrieval", "video \"" + printable(database[i]) + "\" is in the database twice");
    }
  }
  FivrPrecision result;
  for (size_t q = 0; q < queries.size(); ++q) {
    const FivrQuery& query = queries[q];
    const std::span<const double> row = similarity.subspan(q * size, size);
    std::vector<uint8_t> candidate(size, 1);
    if (!compared.empty())
      std::copy_n(compared.begin() + static_cast<std::ptrdiff_t>(q * size), size, candidate.begin());
    if (const auto self = places.find(query.name); self != places.end()) candidate[self->second] = 0;
    for (size_t i = 0; i < size; ++i) {
      if (candidate[i] == 0 || !std::isnan(row[i])) continue;
      throw DataError("retrieval", fmt::format("similarity of \"{}\" and \"{}\" is not a number", printable(query.name),
                                               printable(database[i])));
    }
    std::vector<uint8_t> relevant(size, 0);
    const auto add = [&](const std::vector<std::string>& names) {
      for (const std::string& name : names) {
        if (const auto place = places.find(name); place != places.end()) relevant[place->second] = 1;
      }
    };
    const auto measure = [&] { return retrieval_average_precision(row, relevant, candidate); };
    add(query.near_duplicate);
    add(query.duplicate_scene);
    result.dsvr.each.push_back(measure());
    add(query.complementary_scene);
    result.csvr.each.push_back(measure());
    add(query.incident_scene);
    result.isvr.each.push_back(measure());
  }
  for (RetrievalPrecision* task : {&result.dsvr, &result.csvr, &result.isvr}) take_mean(*task);
  return result;
}

}  // namespace vs::metrics
