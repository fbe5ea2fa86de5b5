// How far a run is: one redrawn line on a terminal, else one plain line per tenth.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

#include "lib/core/log.h"

namespace vs {

/// Counts items of a known or unknown total. Threads may share one. Silent with --quiet.
class Progress {
 public:
  /// total 0: unknown. unit: what is counted, such as "videos".
  Progress(Log& log, uint64_t total, std::string unit);
  ~Progress();
  /// Adds done items; `note` (such as a count of frames) is shown behind the numbers on a terminal.
  void add(uint64_t items, const std::string& note = {});
  /// Removes the line.
  void finish();

 private:
  void show(const std::string& note);
  Log* log_;
  uint64_t total_, done_ = 0, shown_tenth_ = 0;
  std::string unit_;
  bool terminal_;
  std::chrono::steady_clock::time_point start_, last_shown_{};
  std::mutex mutex_;
};

}  // namespace vs
