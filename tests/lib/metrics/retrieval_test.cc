#include "lib/metrics/retrieval.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "lib/core/error.h"

namespace vs::metrics {
namespace {

using Floats = std::vector<float>;
using Values = std::vector<double>;
using Marks = std::vector<uint8_t>;

TEST_CASE("chamfer similarity: best clip of the other for each clip") {
  const Floats query = {2, 0, 0, 3}, other = {1, 1, 0, -5};
  const double diagonal = std::sqrt(0.5);
  CHECK(chamfer_similarity(query, other, 2) == doctest::Approx(diagonal));
  CHECK(chamfer_similarity(other, query, 2) == doctest::Approx(diagonal / 2));  // 0 is the best for (0, -5)
  CHECK(chamfer_similarity(other, query, 2, 1) == doctest::Approx(diagonal));
  CHECK(chamfer_similarity(other, query, 2, 3) == doctest::Approx(diagonal / 2));  // fewer than 3: all
  CHECK(chamfer_similarity(query, query, 2) == doctest::Approx(1));
  CHECK(chamfer_similarity(Floats{0, 0}, query, 2) == 0);
  CHECK_THROWS_AS(chamfer_similarity({}, query, 2), DataError);
  CHECK_THROWS_AS(chamfer_similarity(query, other, 3), DataError);
  CHECK_THROWS_AS(chamfer_similarity(query, Floats{1, NAN}, 2), DataError);
  CHECK_THROWS_AS(chamfer_similarity(query, other, 2, -1), UsageError);
}

TEST_CASE("precision of a ranking: relevant items that are not ranked, ties, nothing relevant") {
  CHECK(retrieval_average_precision(Values{3, 2, 1}, Marks{1, 0, 1}) == doctest::Approx((1 + 2.0 / 3) / 2));
  CHECK(retrieval_average_precision(Values{1, 1}, Marks{0, 1}) == 0.5);  // in the order of the list
  CHECK(retrieval_average_precision(Values{3, 2, 1}, Marks{1, 0, 1}, Marks{1, 1, 0}) == 0.5);
  CHECK(retrieval_average_precision(Values{3, 2, 1}, Marks{0, 0, 1}, Marks{1, 0, 1}) == 0.5);
  CHECK(retrieval_average_precision(Values{3}, Marks{0}) == 1);
  CHECK(retrieval_average_precision(Values{}, Marks{}) == 1);
  CHECK(retrieval_average_precision(Values{NAN, 1}, Marks{0, 1}, Marks{0, 1}) == 1);
  CHECK_THROWS_AS(retrieval_average_precision(Values{NAN, 1}, Marks{0, 1}), DataError);
  CHECK_THROWS_AS(retrieval_average_precision(Values{1}, Marks{0, 1}), DataError);
}

TEST_CASE("fivr: three tasks, the query itself, videos that the database lacks") {
  const std::vector<std::string> database = {"a", "b", "c", "q"};
  const std::vector<FivrQuery> queries = {{"q", {"b", "gone"}, {}, {"c"}, {"a"}}, {"r", {}, {}, {}, {"a"}}};
  const Values similarity = {0.9, 0.5, 0.7, 1.0, 0.2, 0.1, 0.3, 0.4};
  const auto result = fivr_precision(queries, database, similarity);
  CHECK(result.dsvr.each[0] == doctest::Approx(1.0 / 3));
  CHECK(result.csvr.each[0] == doctest::Approx((1.0 / 2 + 2.0 / 3) / 2));
  CHECK(result.isvr.each[0] == 1);
  CHECK(result.dsvr.each[1] == 1);  // nothing relevant
  CHECK(result.isvr.each[1] == doctest::Approx(1.0 / 3));
  CHECK(result.isvr.mean == doctest::Approx(2.0 / 3));
  // A pair that was not compared is not found.
  const Marks compared = {1, 0, 1, 1, 1, 1, 1, 1};
  CHECK(fivr_precision(queries, database, similarity, compared).dsvr.each[0] == 0);
  CHECK(std::isnan(fivr_precision({}, database, {}).dsvr.mean));
  CHECK_THROWS_AS(fivr_precision(queries, database, Values{1}), DataError);
  const std::vector<std::string> twice = {"a", "a"};
  CHECK_THROWS_AS(fivr_precision({}, twice, {}), DataError);
  const Values nan = {NAN, 0.5, 0.7, 1.0, 0.2, 0.1, 0.3, 0.4};
  CHECK_THROWS_WITH_AS(fivr_precision(queries, database, nan), doctest::Contains("\"q\" and \"a\""), DataError);
}

}  // namespace
}  // namespace vs::metrics
