#include "lib/jobs/extract/extract.h"

#include <fmt/format.h>

#include <cstdint>
#include <nlohmann/json.hpp>

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
    case OutputKind::kFolder:
      break;
  }
  return write_folders(options, items, log);
}

}  // namespace

int run_extract(const cli::ParsedOptions& parsed, cli::ProgramContext& context) {
  ExtractOptions options = read_extract_options(parsed);
  Log& log = context.log();
  const auto items = store::items_of_shard(collect_items(options, log), options.shard);
  const int workers = options.kind == OutputKind::kStream ? 1 : thread_count(options.jobs, items.size());
  options.video.threads = media::decoder_threads(workers, thread_count(options.jobs, UINT64_MAX));
  if (parsed.has("probe")) {
    const auto depth = parsed.choice<media::ProbeDepth>("probe", {{"header", media::ProbeDepth::kHeader},
                                                                  {"packets", media::ProbeDepth::kPackets},
                                                                  {"decode", media::ProbeDepth::kDecode}});
    return probe_videos(options, depth, items, context);
  }
  if (options.dry_run) return print_estimate(options.output, estimate_output(options, items, log), context);
  const ExtractResult result = write_frames(options, items, log);
  const auto& counts = result.run.counts;
  if (context.json() && options.kind != OutputKind::kStream) {
    context.print(store::json_document({{"output", options.output},
                                        {"manifest", result.manifest},
                                        {"videos", counts.done},
                                        {"failed", counts.failed},
                                        {"frames", result.frames}}));
  }
  log.info(fmt::format("{} frames of {} videos{}", result.frames, counts.done,
                       counts.failed ? fmt::format(", {} failed", counts.failed) : ""));
  return result.run.exit_code();
}

}  // namespace vs::jobs
