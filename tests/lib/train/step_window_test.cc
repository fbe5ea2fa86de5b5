#include "lib/train/loop/step_window.h"

#include <doctest/doctest.h>

namespace vs::train {
namespace {

StepReport step(double loss, double norm) {
  StepReport report;
  report.parts = {{"loss", loss}};
  report.gradient_norm = norm;
  report.learning_rates = {0.1, 0.2};
  return report;
}

}  // namespace

TEST_CASE("a window holds means over steps; what only some steps have is a mean over those") {
  StepWindow window;
  CHECK(window.empty());
  window.add(step(1, 0), 0.5, 0.1);
  window.add(step(2, 8), 1.5, 0.3);
  const LogRecord record = window.take(3, 40, {"a", "b"});
  CHECK(window.empty());
  CHECK(record.mode == LogRecord::Mode::kTrain);
  CHECK(record.epoch == 3);
  CHECK(record.iteration == 40);
  CHECK(record.losses == NamedNumbers{{"loss", 1.5}, {"grad_norm", 8}});
  CHECK(record.learning_rates == NamedNumbers{{"a", 0.1}, {"b", 0.2}});
  CHECK(record.time == doctest::Approx(1));
  CHECK(record.data_time == doctest::Approx(0.2));
  CHECK(record.memory > 0);
}

TEST_CASE("a window holds the last scale of the loss; a step without losses leaves the means as they are") {
  StepWindow window;
  StepReport first = step(1, 0), skipped = step(0, 0), last = step(3, 0);
  first.loss_scale = 8;
  skipped.parts.clear();
  skipped.loss_scale = 8;
  last.loss_scale = 4;
  for (const StepReport& report : {first, skipped, last}) window.add(report, 1, 0);
  CHECK(window.take(1, 3, {"a", "b"}).losses == NamedNumbers{{"loss", 2}, {kLossScale, 4}});
  window.add(step(1, 0), 1, 0);
  CHECK(window.take(1, 4, {"a", "b"}).losses == NamedNumbers{{"loss", 1}});
}

TEST_CASE("equal rates are one, many are told by their ends") {
  CHECK(told_rates({}, {}).empty());
  CHECK(told_rates({0.1, 0.1}, {"a", "b"}) == NamedNumbers{{"", 0.1}});
  std::vector<double> many(20, 0.1);
  many[7] = 0.01;
  many[9] = 0.5;
  CHECK(told_rates(many, std::vector<std::string>(20, "x")) == NamedNumbers{{"lowest", 0.01}, {"highest", 0.5}});
}

}  // namespace vs::train
