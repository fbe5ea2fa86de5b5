#include "lib/train/records/curves.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/lib/plot/well_formed.h"

using namespace vs::train;

namespace {

size_t count(const std::string& text, const std::string& words) {
  size_t found = 0;
  for (size_t at = text.find(words); at != std::string::npos; at = text.find(words, at + 1)) ++found;
  return found;
}

/// A run of 4 epochs of 25 iterations, validated after each second one.
std::vector<LogRecord> run() {
  std::vector<LogRecord> records;
  for (int64_t iteration = 1; iteration <= 100; ++iteration) {
    const double progress = static_cast<double>(iteration) / 100;
    records.push_back({.epoch = (iteration - 1) / 25 + 1,
                       .iteration = iteration,
                       .losses = {{"loss_cls", 2 - progress}, {"top1_acc", progress}, {"loss", 3 - progress}},
                       .learning_rates = {{"weights", 0.1}, {"biases", 0.2}, {"norms", 0.1}}});
    if (iteration % 50 != 0) continue;
    LogRecord validation{.mode = LogRecord::Mode::kValidation, .epoch = iteration / 25, .iteration = iteration};
    validation.losses = {{"loss", 2.5}};
    validation.metrics = {{"top1_acc", progress / 2}, {"mean_class_accuracy", progress / 3}, {"gflops", 33}};
    records.push_back(validation);
  }
  return records;
}

}  // namespace

TEST_CASE("smoothing begins with the first value and forgets") {
  const std::vector<double> values = {4, 0, 2};
  CHECK(smoothed(values, 0) == values);
  const auto means = smoothed(values, 0.5);
  CHECK(means[0] == 4);
  CHECK(means[1] == doctest::Approx(4 * 0.5 / 1.5));
  CHECK(means[2] == doctest::Approx((4 * 0.25 + 2) / 1.75));
  CHECK(smoothed({}, 0.9).empty());
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto gap = smoothed(std::vector<double>{4, nan, 0}, 0.5);
  CHECK(std::isnan(gap[1]));
  CHECK(gap[2] == doctest::Approx(4 * 0.5 / 1.5));
}

TEST_CASE("a run's curves are five charts in one picture") {
  const std::string svg = draw_curves(run(), {.title = "tsn & bursts"});
  CHECK(vs::plot::test::xml_fault(svg).empty());
  CHECK(svg.find("tsn &amp; bursts") != std::string::npos);
  for (const char* words : {">loss<", ">loss_cls<", ">validation loss<", ">loss, smoothed<", ">training<",
                            ">learning rate<", ">weights and 1 more<", ">biases<", ">mean_class_accuracy<"}) {
    CAPTURE(words);
    CHECK(count(svg, words) == 1);
  }
  // One with the accuracies, one with the GFLOPs.
  CHECK(count(svg, ">validation<") == 2);
  CHECK(count(svg, ">iteration<") == 3);
  CHECK(count(svg, ">epoch<") == 2);
  CHECK(count(svg, ">norms<") == 0);
  CHECK(draw_curves(run(), {.title = "tsn & bursts"}) == svg);
  CHECK(draw_curves(run(), {.title = "tsn & bursts", .smoothing = 0}).find(">loss<") != std::string::npos);
}

TEST_CASE("the scale of a loss is none: it has a chart of its own") {
  LogRecord first{.epoch = 1, .iteration = 1, .losses = {{"loss", 2}}}, second{.epoch = 1, .iteration = 2};
  second.losses = {{"loss", 1}};
  const CurveOptions options{.title = "tsn"};
  CHECK(draw_curves({first, second}, options).find(">training<") == std::string::npos);
  for (LogRecord* record : {&first, &second}) record->losses.emplace_back(kLossScale, 65536);
  CHECK(draw_curves({first, second}, options).find(">training<") != std::string::npos);
}

TEST_CASE("little or nothing to draw") {
  const std::string empty = draw_curves({});
  CHECK(vs::plot::test::xml_fault(empty).empty());
  CHECK(empty.find("no data") != std::string::npos);
  LogRecord nan{.iteration = 1, .losses = {{"loss", std::numeric_limits<double>::quiet_NaN()}}};
  CHECK(vs::plot::test::xml_fault(draw_curves({nan})).empty());
  LogRecord before{.mode = LogRecord::Mode::kValidation, .metrics = {{"top1_acc", 0.1}}};
  const std::string first = draw_curves({before});
  CHECK(vs::plot::test::xml_fault(first).empty());
  CHECK(first.find(">epoch<") != std::string::npos);
}
