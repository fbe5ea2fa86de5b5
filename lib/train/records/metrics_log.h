// metrics.jsonl: what a run measured, one JSON object a line.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/core/descriptor.h"

namespace vs::train {

using NamedNumbers = std::vector<std::pair<std::string, double>>;

/// Among the losses of a record: the factor that the loss had last, where it is scaled.
inline constexpr const char* kLossScale = "loss_scale";

/// One line. Numbers that are not finite are written as null and read as NaN; all others come back as they were.
struct LogRecord {
  enum class Mode { kTrain, kValidation };  ///< "train", "val"
  Mode mode = Mode::kTrain;
  int64_t epoch = 0;                 ///< from 1: the running one, of a validation the one just ended
  int64_t iteration = 0;             ///< iterations behind the run, over all epochs
  NamedNumbers losses = {};          ///< parts of a step, and "loss", their total
  NamedNumbers metrics = {};         ///< of a validation
  NamedNumbers learning_rates = {};  ///< by group; a single one has the name ""
  double time = 0;                   ///< seconds an iteration; of a validation: in all
  double data_time = 0;              ///< seconds of it spent waiting for data
  uint64_t memory = 0;               ///< most bytes that were in use
  bool operator==(const LogRecord&) const = default;
};

/// The record as its line, without line feed: {"mode": "train", "epoch": 1, "iteration": 20, "losses": {"loss": 2.5},
/// "metrics": {}, "learning_rate": 0.01, "time": 0.5, "data_time": 0.01, "memory": 1048576}. Several learning rates are
/// an object by group. Lists that are empty are left out; keys have this order. Names must be UTF-8.
std::string log_line(const LogRecord& record);

/// The records of a log's text. A last line without line feed is left out: a killed run left it. The first line is
/// {"schema": "vs.training_log/1"}. Throws DataError naming the line of what is no record; name: of the text.
std::vector<LogRecord> parse_metrics_log(std::string_view text, const std::string& name);
/// The same of a file.
std::vector<LogRecord> read_metrics_log(const std::string& path);

/// The log, being written: a line is in the file when append() returns, whatever happens to the program then.
class MetricsLog {
 public:
  /// A new log; one that is there is replaced. Throws RunError if it cannot be written.
  static MetricsLog start(const std::string& path);
  /// Goes on with the log of a run that is resumed at `iteration`: lines beyond it and a half-written last line are cut
  /// away, at once or not at all. validated: the validation at that iteration is behind the run; else its line goes
  /// too. A log that is missing is begun. Throws as parse_metrics_log().
  static MetricsLog resume(const std::string& path, int64_t iteration, bool validated = true);

  /// Throws RunError if the disk is full.
  void append(const LogRecord& record);

 private:
  explicit MetricsLog(const std::string& path);

  std::string path_;
  Descriptor file_;
};

}  // namespace vs::train
