// Pictures of scored datasets: accuracy against cost, classes, confusion.
#pragma once

#include <vector>

#include "lib/cli/option_table.h"
#include "lib/cli/parsed_options.h"
#include "lib/evaluate/metric_report.h"
#include "lib/evaluate/score_set.h"

namespace vs::evaluate {

/// --plot, --plot-kind and --confusion.
void add_picture_options(cli::OptionTable& table);

/// Draws what the options ask for; nothing without them. One report a set. Cost and time place a point a file, the
/// other kinds take one file. Time is that of the run, from the manifest beside the score file.
///
/// Throws UsageError for several files where one is shown, DataError for files without labels, cost or manifest.
void draw_score_pictures(const std::vector<ScoreSet>& sets, const std::vector<MetricReport>& reports,
                         const cli::ParsedOptions& parsed);

}  // namespace vs::evaluate
