#include "lib/metrics/early_exit.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/metrics/accuracy.h"

namespace vs::metrics {
namespace {

using Floats = std::vector<float>;
using Stages = std::vector<int64_t>;

TEST_CASE("shares: in proportion to p^k") {
  CHECK(exit_shares(1, 4) == Floats{0.25F, 0.25F, 0.25F, 0.25F});
  const Floats two = exit_shares(2, 3);
  CHECK(two[0] == doctest::Approx(1.0 / 7));
  CHECK(two[2] == doctest::Approx(4.0 / 7));
  CHECK(exit_shares(0.3, 1) == Floats{1});
  for (const double p : {0.5, 3.9, 1e30}) {  // also where p^k leaves the numbers
    const Floats shares = exit_shares(p, 200);
    CHECK(std::accumulate(shares.begin(), shares.end(), 0.0) == doctest::Approx(1));
  }
  CHECK(published_exit_budgets().size() == 35);
  CHECK(published_exit_budgets().front() == 0.5);
  CHECK(published_exit_budgets().back() == 3.9);
  CHECK_THROWS_AS(exit_shares(0, 3), UsageError);
  CHECK_THROWS_AS(exit_shares(-1, 3), UsageError);
  CHECK_THROWS_AS(exit_shares(std::nan(""), 3), UsageError);
  CHECK_THROWS_AS(exit_shares(1, 0), UsageError);
}

TEST_CASE("thresholds: the m-th surest of those left; then exits") {
  // Four videos, three stages.
  const Floats confidences = {4, 9, 1, 3, 8, 1, 2, 7, 1, 1, 6, 1};
  const auto thresholds = exit_thresholds(confidences, Floats{0.25F, 0.5F, 0.25F});
  // Stage 0: video 0. Stage 1: of videos 1, 2, 3 the two surest.
  CHECK(thresholds.values == Floats{4, 7, ExitThresholds::kAlways});
  CHECK(thresholds.is_set == std::vector<uint8_t>{1, 1, 0});
  CHECK(exit_stages(confidences, thresholds) == Stages{0, 1, 1, 2});
  // Too small a share: nobody exits there.
  const auto late = exit_thresholds(confidences, Floats{0.2F, 0.2F, 0.6F});
  CHECK(late.values == Floats{ExitThresholds::kNever, ExitThresholds::kNever, ExitThresholds::kAlways});
  CHECK(exit_stages(confidences, late) == Stages{2, 2, 2, 2});
  CHECK(count_exits(Stages{0, 1, 1, 2}, 3) == Stages{1, 2, 1});
  CHECK_THROWS_AS(count_exits(Stages{3}, 3), DataError);
}

TEST_CASE("thresholds: equal confidences, one stage, no training videos, NaN") {
  const Floats tied = {5, 0, 5, 0, 5, 0};
  const auto thresholds = exit_thresholds(tied, Floats{0.34F, 0.66F});
  CHECK(thresholds.values[0] == 5);
  CHECK(exit_stages(tied, thresholds) == Stages{0, 0, 0});  // "at least": all that are as sure
  CHECK(exit_thresholds(Floats{1, 2}, Floats{1}).values == Floats{ExitThresholds::kAlways});
  CHECK(exit_thresholds(Floats{}, Floats{0.5F, 0.5F}).values[0] == ExitThresholds::kNever);
  CHECK(exit_stages(Floats{}, thresholds).empty());
  CHECK_THROWS_WITH_AS(exit_thresholds(Floats{1, 2, 3, NAN}, Floats{0.5F, 0.5F}), doctest::Contains("sample 1"),
                       DataError);
  CHECK_THROWS_AS(exit_thresholds(Floats{1, 2, 3}, Floats{0.5F, 0.5F}), DataError);
}

TEST_CASE("confidence: largest logit; negative entropy with 0 ln 0 = 0") {
  const Floats logits = {1, 3, 2, 0, 0, 0, 500, -500, 0};
  const StageLogits view{logits, 3, 3};
  CHECK(exit_confidences(view, ExitConfidence::kMaxLogit) == Floats{3, 0, 500});
  const Floats sure = exit_confidences(view, ExitConfidence::kNegativeEntropy);
  CHECK(sure[1] == doctest::Approx(-std::log(3.0)));
  CHECK(sure[2] == 0);  // not NaN, though e^-1000 is 0
  const Floats bad = {1, NAN, 2, 0, 0, 0, 0, 0, 0};
  const std::vector<std::string> names = {"a.mp4"};
  CHECK_THROWS_WITH_AS(exit_confidences({bad, 3, 3, names}, ExitConfidence::kMaxLogit), doctest::Contains("a.mp4"),
                       DataError);
  CHECK_THROWS_AS(exit_confidences({logits, 2, 3}, ExitConfidence::kMaxLogit), DataError);
}

TEST_CASE("cost: expectation and the published constants") {
  const std::vector<double> costs = {1, 2, 3};
  CHECK(expected_gflops(Stages{2, 1, 1}, costs) == doctest::Approx((2 + 2 + 3) / 4.0));
  CHECK(std::isnan(expected_gflops(Stages{0, 0, 0}, costs)));
  CHECK_THROWS_AS(expected_gflops(Stages{1}, costs), DataError);
  using enum AdaFocusGlance;
  CHECK(adafocus_gflops_per_frame(kMobileNetV2, 96) == doctest::Approx(1.10096541).epsilon(1e-9));
  CHECK(adafocus_gflops_per_frame(kMobileNetV2, 192) == doctest::Approx(3.353060898).epsilon(1e-9));
  CHECK(adafocus_gflops_per_frame(kResNet50, 128) == doctest::Approx(2.131277762).epsilon(1e-9));
  CHECK(adafocus_gflops_per_frame(kResNet50, 160) == doctest::Approx(2.881976258).epsilon(1e-9));
  CHECK_THROWS_AS(adafocus_gflops_per_frame(kResNet50, 225), UsageError);
}

TEST_CASE("curves: anytime and budgeted") {
  // Two videos of labels 0 and 1, two stages: the second is sure and right at once, the first only at the end.
  const Floats logits = {0.1F, 0.2F, 5, 0, 0, 9, 0, 9};
  const StageLogits test{logits, 2, 2};
  const std::vector<double> costs = {1, 2};
  const ScoreMetric top1 = [](const Scores<float>& scores) {
    const std::vector<int64_t> labels = {0, 1}, ks = {1};
    return top_k_accuracy(scores, labels, ks)[0];
  };
  const auto anytime = anytime_curve(test, costs, top1);
  REQUIRE(anytime.size() == 2);
  CHECK(anytime[0].metric == 0.5);
  CHECK(anytime[0].gflops == 1);
  CHECK(anytime[1].metric == 1);
  CHECK(anytime[1].gflops == 2);
  const std::vector<double> budgets = {1};
  const auto budgeted = budgeted_curve(test, test, ExitConfidence::kMaxLogit, budgets, costs, top1);
  REQUIRE(budgeted.size() == 1);
  CHECK(budgeted[0].exit_stage == Stages{1, 0});
  CHECK(budgeted[0].gflops == 1.5);
  CHECK(budgeted[0].metric == 1);
  const StageLogits other{logits, 4, 1};
  CHECK_THROWS_AS(budgeted_curve(other, test, ExitConfidence::kMaxLogit, budgets, costs, top1), DataError);
  const std::vector<double> too_few = {1};
  CHECK_THROWS_AS(anytime_curve(test, too_few, top1), DataError);
}

}  // namespace
}  // namespace vs::metrics
