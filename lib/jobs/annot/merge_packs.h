// Joining the packs and plans that a sharded run left behind.
#pragma once

#include <string>
#include <vector>

#include "lib/cli/parsed_options.h"
#include "lib/cli/program.h"

namespace vs::jobs {

/// What merge can join.
enum class MergeKind {
  kAnnotations,  ///< any annotation format
  kFrames,       ///< `vs.frames/1`
  kMotion,       ///< `vs.motion/1`
  kFeatures,     ///< `vs.features/1`
  kScores,       ///< `vs.scores/1`
  kPlan,         ///< `vs.plan/1`
};

/// Seen from the content; everything that is no pack and no plan counts as annotations. A file that cannot be read
/// does too: its reader says why.
MergeKind merge_kind(const std::string& path);
/// The kind of all files; DataError naming the first one that is of another kind than the first.
MergeKind common_merge_kind(const std::vector<std::string>& files);

/// Joins packs or plans of one kind into --output and writes the manifest beside it.
///
/// Order: that of the shards, if the files are the shards 0/N to N-1/N of one run (DataError naming those that are
/// missing), else that of `files`. The result equals the file that one run over all videos would have written, byte for
/// byte. Reads one video at a time. Throws DataError if two files were made with other parameters (naming the first
/// difference) or hold one video both; UsageError for options that only annotations know. Returns the exit code.
int merge_packs(MergeKind kind, const std::vector<std::string>& files, const cli::ParsedOptions& parsed,
                cli::ProgramContext& context);

}  // namespace vs::jobs
