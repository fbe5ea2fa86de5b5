#include "lib/train/loop/step_window.h"

#include <sys/resource.h>

#include <algorithm>
#include <utility>

namespace vs::train {
namespace {

constexpr size_t kMostGroups = 8;

}  // namespace

void StepWindow::add(const StepReport& step, double seconds, double waited) {
  NamedNumbers parts = step.parts;
  if (step.gradient_norm > 0) parts.emplace_back("grad_norm", step.gradient_norm);
  for (const auto& [name, value] : parts) {
    auto found = std::find_if(sums_.begin(), sums_.end(), [&name = name](const Sum& sum) { return sum.name == name; });
    if (found == sums_.end()) found = sums_.insert(found, {name});
    found->sum += value;
    ++found->count;
  }
  rates_ = step.learning_rates;
  seconds_ += seconds;
  waited_ += waited;
  loss_scale_ = step.loss_scale;
  ++steps_;
}

LogRecord StepWindow::take(int64_t epoch, int64_t iterations, const std::vector<std::string>& group_names) {
  const auto count = static_cast<double>(steps_);
  LogRecord record;
  record.epoch = epoch;
  record.iteration = iterations;
  for (const auto& sum : sums_) record.losses.emplace_back(sum.name, sum.sum / static_cast<double>(sum.count));
  if (loss_scale_ > 0) record.losses.emplace_back(kLossScale, loss_scale_);
  record.learning_rates = told_rates(rates_, group_names);
  record.time = seconds_ / count;
  record.data_time = waited_ / count;
  record.memory = peak_memory();
  *this = StepWindow();
  return record;
}

NamedNumbers told_rates(const std::vector<double>& rates, const std::vector<std::string>& group_names) {
  if (rates.empty()) return {};
  const auto [low, high] = std::minmax_element(rates.begin(), rates.end());
  if (*low == *high) return {{"", *low}};
  if (rates.size() > kMostGroups) return {{"lowest", *low}, {"highest", *high}};
  NamedNumbers named;
  for (size_t i = 0; i < rates.size(); ++i) named.emplace_back(group_names.at(i), rates[i]);
  return named;
}

uint64_t peak_memory() {
  struct rusage usage {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace vs::train
