// What a run would do, and what the videos are: --dry-run and --probe.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lib/cli/program.h"
#include "lib/jobs/extract/extract_options.h"
#include "lib/media/video_probe.h"
#include "lib/store/item_run.h"

namespace vs::jobs {

/// What --dry-run says.
struct Estimate {
  int64_t videos = 0, failed = 0;
  int64_t frames = 0;
  uint64_t bytes = 0;  ///< of the frames
  bool exact = false;  ///< raw frames, and all counts from the packets
};

/// Counts the chosen frames of every video, by its packets where they tell and by its header otherwise, and encodes
/// three frames of some of them to learn how large one is. Bad videos are reported and counted. Writes nothing.
Estimate estimate_output(const ExtractOptions& options, const std::vector<store::Item>& items, Log& log);

/// The estimate as a document ("vs.estimate/1").
nlohmann::ordered_json estimate_document(const std::string& output, const Estimate& estimate);

/// What probes found as a document ("vs.probe/1"); paths[i] belongs to probes[i].
nlohmann::ordered_json probe_document(const std::vector<media::VideoProbe>& probes,
                                      const std::vector<std::string>& paths);

/// Prints the estimate as a table or as JSON ("vs.estimate/1"). Returns the exit code.
int print_estimate(const ExtractOptions& options, const Estimate& estimate, cli::ProgramContext& context);

/// Probes every video and prints a table or JSON ("vs.probe/1"). Returns the exit code: 1 if one has no frames to give.
int probe_videos(const ExtractOptions& options, media::ProbeDepth depth, const std::vector<store::Item>& items,
                 cli::ProgramContext& context);

}  // namespace vs::jobs
