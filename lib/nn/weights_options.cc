#include "lib/nn/weights_options.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "lib/cli/lists.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/store/manifest.h"

namespace vs::nn {
namespace {

using Json = nlohmann::ordered_json;

/// Names that a person wants to know of: the first ones, or all in the detailed log.
void tell_names(Log& log, const std::string& path, const char* what, const std::vector<std::string>& names) {
  if (names.empty()) return;
  if (log.verbosity() != Verbosity::kVerbose) {
    log.info(fmt::format("{}: {}: {}", path, what, weights::first_names(names)));
    return;
  }
  for (const std::string& name : names) log.detail(fmt::format("{}: {}: {}", path, what, printable(name)));
}

void tell(Log& log, const LoadReport& report) {
  log.info(summary_of(report));
  const auto& match = report.match;
  tell_names(log, report.path, "left out as --partial allows", match.partial);
  tell_names(log, report.path, "head left to be initialised", match.replaced);
  tell_names(log, report.path, "unexpected", match.unexpected);
  tell_names(log, report.path, "given by an earlier file", report.given_before);
  tell_names(log, report.path, "left out by the map", report.dropped);
  if (log.verbosity() != Verbosity::kVerbose) return;
  std::vector<std::string> wrong;
  for (const auto& entry : match.wrongly_shaped) wrong.push_back(entry.name);
  tell_names(log, report.path, "matched", match.matched);
  tell_names(log, report.path, "made one over clips", match.adapted);
  tell_names(log, report.path, "missing", match.missing);
  tell_names(log, report.path, "of another shape", wrong);
  tell_names(log, report.path, "missing, not needed", match.optional);
}

}  // namespace

void add_weights_options(cli::OptionTable& table, std::vector<cli::Condition> needs, const std::string& name) {
  table.group("Weights");
  auto& weights =
      table.input_path(name, "FILE", "load a checkpoint: .pth, .pt, .pth.tar or .safetensors")
          .repeatable()
          .details(
              "Given several times, later files fill what earlier ones lack. In the end every tensor of the model "
              "must come from a file; what matched, what is missing, unexpected or of another shape is reported.");
  if (!needs.empty()) weights.needs_one_of(std::move(needs));
  table.text("partial", "NAME", "a tensor that may be missing or of another shape; * and ? stand for other characters")
      .repeatable()
      .needs(name)
      .details("May be a list with commas, such as cls_head.*,backbone.conv1.*: such tensors get start values.");
  table.flag("new-head", "let the layers of scores have another number of classes than the file")
      .needs(name)
      .details("They get start values; the number is that of the model (--set model.cls_head.num_classes=N).");
  table.text("name-map", "NAME", "how names in the file become those of the model; one for all files or one each")
      .repeatable()
      .needs(name)
      .default_note("the map under which most names fit")
      .details("A map of share/name_maps, a file NAME.json, or none; NAME@PREFIX puts PREFIX before the names.");
  table.integer("classifier-index", "I", "the last layer of FrameExit's ten that becomes OCSampler's")
      .min(0)
      .max(9)
      .needs(name)
      .default_note("9");
  table.flag("inflate", "turn weights over images into weights over clips where the model asks for those").needs(name);
}

void add_export_options(cli::OptionTable& table, bool with_force) {
  table.output_path("export", "FILE", "write the loaded weights as safetensors, under the model's names")
      .suffixes({"safetensors"})
      .needs("weights");
  if (with_force) table.flag("force", "replace the file of --export").letter('f').needs("export");
}

LoadOptions load_options_of(const cli::ParsedOptions& options, uint64_t seed) {
  LoadOptions load;
  for (const std::string& text : options.texts("name-map")) load.names.push_back(weights::parse_name_map_choice(text));
  if (options.has("classifier-index")) {
    if (load.names.empty()) load.names.emplace_back();
    for (auto& choice : load.names) choice.parameters["classifier_index"] = options.integer("classifier-index");
  }
  load.match.partial = cli::listed_words(options, "partial");
  load.new_head = options.flag("new-head");
  load.inflate = options.flag("inflate");
  load.seed = seed;
  return load;
}

std::vector<LoadReport> load_asked_weights(const WholeModel& model, const cli::ParsedOptions& options, Log& log,
                                           uint64_t seed, const std::string& name) {
  if (!options.has(name)) return {};
  return load_weights(model, options.texts(name), load_options_of(options, seed),
                      [&](const LoadReport& report) { tell(log, report); });
}

void check_export(const cli::ParsedOptions& options) {
  if (!options.has("export") || options.flag("force")) return;
  if (std::filesystem::exists(options.text("export")))
    throw UsageError(options.text("export"), "exists", "--force replaces it");
}

void export_asked_weights(const WholeModel& model, const cli::ParsedOptions& options,
                          const std::vector<LoadReport>& reports, const std::string& recipe, const Json& description,
                          Log& log) {
  if (!options.has("export")) return;
  store::Manifest manifest(log.program(), options.command(), options.parameters(true), options.parameters(false));
  std::map<std::string, std::string> metadata{{"vs.recipe", recipe}, {"vs.model", description.dump()}};
  Json sources = Json::array();
  for (const LoadReport& report : reports) {
    const store::FileRecord record = store::file_record(report.path);
    sources.push_back({{"path", std::filesystem::path(report.path).filename().string()}, {"sha256", record.sha256}});
    manifest.add_input(record);
  }
  metadata["vs.sources"] = sources.dump();
  // What is left after the last file is what no file gave.
  std::vector<std::string> missing = reports.back().match.partial;
  missing.insert(missing.end(), reports.back().match.replaced.begin(), reports.back().match.replaced.end());
  const std::string& path = options.text("export");
  if (!missing.empty())
    log.warning(fmt::format("{}: {} tensors that no file gave are left out: {}", path, missing.size(),
                            weights::first_names(missing)));
  save_weights(model, path, metadata, missing);
  manifest.add_output(path);
  manifest.set_outcome({.done = 1}, {});
  manifest.write(store::manifest_path(path, false));
}

Json json_of(const std::vector<LoadReport>& reports) {
  Json list = Json::array();
  for (const LoadReport& report : reports) list.push_back(json_of(report));
  return list;
}

}  // namespace vs::nn
