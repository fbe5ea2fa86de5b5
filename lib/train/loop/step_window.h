// What the steps since the last line of the log came to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/train/loop/trainer.h"
#include "lib/train/records/metrics_log.h"

namespace vs::train {

/// Means over steps, and the last one's loss scale. Begins anew after each record.
class StepWindow {
 public:
  /// seconds: of the whole iteration, `waited` of them for data.
  void add(const StepReport& step, double seconds, double waited);
  bool empty() const { return steps_ == 0; }
  /// The record of the steps so far, of which there is one at least. group_names: of the optimiser's groups.
  LogRecord take(int64_t epoch, int64_t iterations, const std::vector<std::string>& group_names);

 private:
  struct Sum {
    std::string name;
    double sum = 0;
    int64_t count = 0;
  };
  int64_t steps_ = 0;
  std::vector<Sum> sums_;
  std::vector<double> rates_;
  double seconds_ = 0, waited_ = 0, loss_scale_ = 0;
};

/// Learning rates for people: one without name where all are equal, by group where there are few, else the lowest and
/// the highest.
NamedNumbers told_rates(const std::vector<double>& rates, const std::vector<std::string>& group_names);

/// Most bytes that this process has had in memory so far.
uint64_t peak_memory();

}  // namespace vs::train
