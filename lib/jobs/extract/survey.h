// What a run would do, and what the videos are: --dry-run and --probe.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lib/cli/program.h"
#include "lib/jobs/extract/extract_options.h"
#include "lib/jobs/inputs/estimate.h"
#include "lib/media/video_probe.h"
#include "lib/store/item_run.h"

namespace vs::jobs {

/// Counts the chosen frames of every video, by its packets where they tell and by its header otherwise, and encodes
/// three frames of some of them to learn how large one is. Bad videos are reported and counted. Writes nothing.
/// bytes_of: what is written for a video of so many chosen frames, where it is not pictures.
Estimate estimate_output(const ExtractOptions& options, const std::vector<store::Item>& items, Log& log,
                         const std::function<uint64_t(int64_t)>& bytes_of = {});
/// The same for features: rows of so many values.
Estimate estimate_features(const ExtractOptions& options, const std::vector<store::Item>& items, Log& log);

/// What probes found as a document ("vs.probe/1"); paths[i] belongs to probes[i].
nlohmann::ordered_json probe_document(const std::vector<media::VideoProbe>& probes,
                                      const std::vector<std::string>& paths);

/// Probes every video and prints a table or JSON ("vs.probe/1"). Returns the exit code: 1 if one has no frames to give.
int probe_videos(const ExtractOptions& options, media::ProbeDepth depth, const std::vector<store::Item>& items,
                 cli::ProgramContext& context);

}  // namespace vs::jobs
