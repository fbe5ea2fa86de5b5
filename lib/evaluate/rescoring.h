// Metrics of saved scores, without a network.
#pragma once

#include <string>
#include <vector>

#include "lib/cli/parsed_options.h"
#include "lib/cli/program.h"
#include "lib/evaluate/score_set.h"

namespace vs::evaluate {

/// How the options say that score files are read.
ScoreReading read_score_reading(const cli::ParsedOptions& parsed);

/// What a command on scores reads, for its manifest: the score files, and what those of the named options name that
/// were given.
std::vector<std::string> inputs_of(const cli::ParsedOptions& parsed, const std::vector<std::string>& options);

/// `vs-eval score FILE...`: metrics of each file, pictures. All return the exit code and throw vs::Error.
int score_files(const cli::ParsedOptions& parsed, cli::ProgramContext& context);
/// `vs-eval fuse FILE...`: the weighted sum of several files as one.
int fuse_files(const cli::ParsedOptions& parsed, cli::ProgramContext& context);
/// `vs-eval again FILE`: the same with another average over clips, written as a file.
int average_again(const cli::ParsedOptions& parsed, cli::ProgramContext& context);
/// `vs-eval compare A B`: which videos changed, and whether chance would explain it.
int compare_files(const cli::ParsedOptions& parsed, cli::ProgramContext& context);

}  // namespace vs::evaluate
