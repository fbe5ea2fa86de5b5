// The options by which programs load and export the weights of networks.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lib/cli/option_table.h"
#include "lib/cli/parsed_options.h"
#include "lib/core/log.h"
#include "lib/nn/loading.h"

namespace vs::nn {

/// Adds --weights, --partial, --new-head, --name-map, --classifier-index and --inflate under a heading of their own.
/// `needs`: options of which --weights needs one, if any. name: what it is called instead of "weights".
void add_weights_options(cli::OptionTable& table, std::vector<cli::Condition> needs = {},
                         const std::string& name = "weights");
/// Adds --export after them, and --force where the table has none.
void add_export_options(cli::OptionTable& table, bool with_force = true);

/// What the options say of how files become weights. seed: of what no file gives.
LoadOptions load_options_of(const cli::ParsedOptions& options, uint64_t seed = 0);

/// Loads the files of --weights into the model; a line a file and the names that matter go to the log, all names with
/// --verbose. Empty without --weights, or the option called `name`. Throws what load_weights() throws.
std::vector<LoadReport> load_asked_weights(const WholeModel& model, const cli::ParsedOptions& options, Log& log,
                                           uint64_t seed = 0, const std::string& name = "weights");

/// Throws UsageError if the file of --export is there and --force is not given. For before the work.
void check_export(const cli::ParsedOptions& options);
/// Writes the model as --export asks, beside a manifest; nothing without it. What no file gave is left out, with a
/// warning. Metadata: format, recipe, model (JSON), and paths and SHA-256 of the files. Throws RunError.
void export_asked_weights(const WholeModel& model, const cli::ParsedOptions& options,
                          const std::vector<LoadReport>& reports, const std::string& recipe,
                          const nlohmann::ordered_json& description, Log& log);

/// The reports as `weights` of a document.
nlohmann::ordered_json json_of(const std::vector<LoadReport>& reports);

}  // namespace vs::nn
