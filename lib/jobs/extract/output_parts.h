// What folders, packs and streams of frames have in common when they are written.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lib/jobs/extract/extract_options.h"
#include "lib/jobs/extract/video_run.h"
#include "lib/store/item_run.h"
#include "lib/store/manifest.h"

namespace vs::jobs {

/// The manifest of a run that begins now.
store::Manifest make_manifest(const ExtractOptions& options);
/// store::run_key() of it; plans, recipes and weights count by what they say, not by their
/// names.
nlohmann::ordered_json extract_key(const ExtractOptions& options, const store::Manifest& manifest,
                                   const std::vector<store::Item>& items);
/// Puts what was read into the manifest, videos last, and what came of them.
void add_inputs(store::Manifest& manifest, const ExtractOptions& options, const store::ItemRunResult& run);
/// Everything that is read: lists, plans, videos.
std::vector<std::string> all_inputs_of(const ExtractOptions& options, const std::vector<store::Item>& items);

/// Looks at the outputs beside the main one, and at the main one where it is a file. Throws UsageError.
void check_output_names(const ExtractOptions& options, const std::vector<store::Item>& items);
/// --depfile; output: what the rule makes.
void write_depfile_if_wanted(const ExtractOptions& options, const std::string& output,
                             const std::vector<store::Item>& items);

/// How the videos are gone over.
store::ItemRunOptions run_options(const ExtractOptions& options);
/// True if this frame is left out: a repeat, where files are numbered by the frame's place.
bool left_out(const ExtractOptions& options, const OutputFrame& frame);

}  // namespace vs::jobs
