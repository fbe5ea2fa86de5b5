#include "lib/jobs/extract/extract.h"

#include <fmt/format.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "lib/core/parallel.h"
#include "lib/jobs/extract/extract_options.h"
#include "lib/jobs/extract/inputs.h"
#include "lib/jobs/extract/outputs.h"
#include "lib/jobs/extract/survey.h"
#include "lib/store/json.h"

namespace vs::jobs {
namespace {

ExtractResult write_frames(const ExtractOptions& options, const std::vector<store::Item>& items, Log& log) {
  switch (options.kind) {
    case OutputKind::kPack:
      return write_pack(options, items, log);
    case OutputKind::kStream:
      return write_stream(options, items, log);
    case OutputKind::kFeatures:
      return write_features(options, items, log);
    case OutputKind::kFolder:
      break;
  }
  return write_folders(options, items, log);
}

/// Those of this shard; a stream has no names that could be bad, folders have more rules for them.
std::vector<store::Item> items_of_run(const ExtractOptions& options, Log& log) {
  auto items = store::items_of_shard(collect_items(options, log), options.shard);
  if (options.kind == OutputKind::kStream) {
    for (auto& item : items) item.fault.clear();
  }
  if (options.kind == OutputKind::kFolder && !options.output.empty())
    items = store::with_folder_faults(std::move(items), options.output);
  return items;
}

}  // namespace

int run_extract(const cli::ParsedOptions& parsed, cli::ProgramContext& context) {
  ExtractOptions options = read_extract_options(parsed);
  Log& log = context.log();
  options.hwaccel.tell(log);
  const auto items = items_of_run(options, log);
  const int workers = options.kind == OutputKind::kStream ? 1 : thread_count(options.jobs, items.size());
  options.video.threads = media::decoder_threads(workers, thread_count(options.jobs, UINT64_MAX));
  if (parsed.has("probe")) {
    const auto depth = parsed.choice<media::ProbeDepth>("probe", {{"header", media::ProbeDepth::kHeader},
                                                                  {"packets", media::ProbeDepth::kPackets},
                                                                  {"decode", media::ProbeDepth::kDecode}});
    return probe_videos(options, depth, items, context);
  }
  const bool features = options.kind == OutputKind::kFeatures;
  if (options.dry_run) {
    const Estimate estimate = features ? estimate_features(options, items, log)
                                       : estimate_output(options, items_to_write(options, items), log);
    return print_estimate(options.output, estimate, context);
  }
  const ExtractResult result = write_frames(options, items, log);
  const auto& counts = result.run.counts;
  if (context.json() && options.kind != OutputKind::kStream) {
    context.print(store::json_document({{"output", options.output},
                                        {"manifest", result.manifest},
                                        {"videos", counts.done},
                                        {"skipped", counts.skipped},
                                        {"failed", counts.failed},
                                        {features ? "rows" : "frames", result.frames}}));
  }
  log.info(fmt::format("{} {} of {} videos{}{}", result.frames, features ? "rows of features" : "frames", counts.done,
                       counts.skipped ? fmt::format(", {} were there", counts.skipped) : "",
                       counts.failed ? fmt::format(", {} failed", counts.failed) : ""));
  return result.run.exit_code();
}

}  // namespace vs::jobs
