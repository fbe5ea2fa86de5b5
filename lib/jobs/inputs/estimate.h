// What --dry-run says.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "lib/cli/program.h"

namespace vs::jobs {

/// What a run would do.
struct Estimate {
  int64_t videos = 0, failed = 0;
  int64_t frames = 0;
  uint64_t bytes = 0;  ///< of what is written for them
  bool exact = false;  ///< no count and no size is a guess
};

/// The estimate as a document ("vs.estimate/1").
nlohmann::ordered_json estimate_document(const std::string& output, const Estimate& estimate);

/// Prints the estimate as a table or as JSON ("vs.estimate/1"). Returns the exit code.
int print_estimate(const std::string& output, const Estimate& estimate, cli::ProgramContext& context);

}  // namespace vs::jobs
