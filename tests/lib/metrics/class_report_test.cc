#include "lib/metrics/class_report.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "lib/core/error.h"

namespace vs::metrics {
namespace {

using Values = std::vector<double>;
using Marks = std::vector<uint8_t>;

TEST_CASE("class report: counts, accuracy, average precision, confusion") {
  // Predictions 0, 1, 1, 0; labels 0, 0, 1, none of class 2.
  const Values scores = {0.9, 0.1, 0, 0.2, 0.7, 0.1, 0.1, 0.8, 0.1, 0.6, 0.3, 0.1};
  const Marks marks = {1, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0};
  const auto report = class_report(Scores<double>{scores, 3}, marks);
  REQUIRE(report.size() == 3);
  CHECK(report[0].count == 3);
  CHECK(report[0].num_predicted == 2);
  CHECK(report[0].accuracy == doctest::Approx(2.0 / 3));
  CHECK(report[0].average_precision == 1);
  CHECK(report[0].most_confused_with == 1);
  CHECK(report[1].count == 1);
  CHECK(report[1].accuracy == 1);
  CHECK(report[1].most_confused_with == -1);
  CHECK(report[2].count == 0);
  CHECK(std::isnan(report[2].accuracy));
  CHECK(std::isnan(report[2].average_precision));
}

TEST_CASE("class report: several labels: right for one of them is no confusion") {
  const Values scores = {0.9, 0.5, 0.1};
  const auto report = class_report(Scores<double>{scores, 3}, Marks{1, 1, 0});
  CHECK(report[0].accuracy == 1);
  CHECK(report[1].accuracy == 0);
  CHECK(report[1].most_confused_with == -1);
}

TEST_CASE("class report: no samples, sizes") {
  CHECK(class_report(Scores<double>{{}, 2}, Marks{}).size() == 2);
  const Values scores = {1, 2};
  CHECK_THROWS_AS(class_report(Scores<double>{scores, 2}, Marks{1}), DataError);
}

}  // namespace
}  // namespace vs::metrics
