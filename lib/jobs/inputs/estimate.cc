#include "lib/jobs/inputs/estimate.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/store/json.h"

namespace vs::jobs {

store::Json estimate_document(const std::string& output, const Estimate& estimate) {
  return {{"schema", "vs.estimate/1"}, {"output", store::utf8_or_replaced(output)},
          {"videos", estimate.videos}, {"failed", estimate.failed},
          {"frames", estimate.frames}, {"bytes", estimate.bytes},
          {"exact", estimate.exact}};
}

int print_estimate(const std::string& output, const Estimate& estimate, cli::ProgramContext& context) {
  if (context.json()) {
    context.print(store::json_document(estimate_document(output, estimate)));
  } else {
    context.print(fmt::format("output  {}\nvideos  {}\nframes  {}\nbytes   {}{} ({})\n", printable(output),
                              estimate.videos, estimate.frames, estimate.exact ? "" : "about ", estimate.bytes,
                              human_bytes(estimate.bytes)));
  }
  return estimate.failed ? kExitFailed : kExitDone;
}

}  // namespace vs::jobs
