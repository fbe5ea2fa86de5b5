#include "lib/jobs/extract/output_parts.h"

#include <nlohmann/json.hpp>

#include "lib/jobs/inputs/output_check.h"
#include "lib/store/item_log.h"
#include "lib/store/json.h"

namespace vs::jobs {
namespace {

/// What is read beside videos: list, annotation file, plan, recipe, weights.
std::vector<std::string> side_inputs_of(const ExtractOptions& options) {
  std::vector<std::string> paths;
  for (const std::string* path : {&options.list, &options.annotations, &options.choice.plan}) {
    if (!path->empty() && *path != "-") paths.push_back(*path);
  }
  if (options.features) {
    for (const std::string* path : {&options.features->recipe_file, &options.features->request.weights}) {
      if (!path->empty()) paths.push_back(*path);
    }
  }
  return paths;
}

}  // namespace

store::Manifest make_manifest(const ExtractOptions& options) {
  return {"vs-extract", options.command, *options.parameters, *options.inner_parameters};
}

store::Json extract_key(const ExtractOptions& options, const store::Manifest& manifest,
                        const std::vector<store::Item>& items) {
  store::Json key = store::run_key(manifest, items);
  if (options.choice.rule == ChoiceRule::kPlan)
    key["parameters"]["at"] = store::file_record(options.choice.plan).sha256;
  if (options.features) {
    const FeatureOptions& features = *options.features;
    key["parameters"]["features"] = features.recipe_sha256;
    if (!features.request.weights.empty())
      key["parameters"]["weights"] = store::file_record(features.request.weights).sha256;
  }
  return key;
}

std::vector<std::string> all_inputs_of(const ExtractOptions& options, const std::vector<store::Item>& items) {
  std::vector<std::string> paths = side_inputs_of(options);
  paths.reserve(paths.size() + items.size());
  for (const store::Item& item : items) paths.push_back(item.path);
  return paths;
}

void check_output_names(const ExtractOptions& options, const std::vector<store::Item>& items) {
  std::vector<NamedOutput> outputs = {{"--failed", options.failed}, {"--depfile", options.depfile}};
  if (options.kind == OutputKind::kPack || options.kind == OutputKind::kFeatures)
    outputs.push_back({"--output", store::shard_path(options.output, options.shard), true});
  const std::vector<std::string> inputs = all_inputs_of(options, items);
  check_outputs(outputs, inputs);
  if (!options.depfile.empty()) check_make_names({options.output}, inputs);
}

void add_inputs(store::Manifest& manifest, const ExtractOptions& options, const store::ItemRunResult& run) {
  for (const std::string& path : side_inputs_of(options)) manifest.add_input(path);
  manifest.add_inputs(run.inputs);
  manifest.set_outcome(run.counts, run.failures);
}

store::ItemRunOptions run_options(const ExtractOptions& options) {
  store::ItemRunOptions run;
  run.jobs = options.jobs;
  run.strict = options.strict;
  run.failed_path = options.failed;
  return run;
}

void write_depfile_if_wanted(const ExtractOptions& options, const std::string& output,
                             const std::vector<store::Item>& items) {
  if (options.depfile.empty()) return;
  store::write_depfile(options.depfile, {output}, all_inputs_of(options, items));
}

bool left_out(const ExtractOptions& options, const OutputFrame& frame) {
  return options.number_by_frame && frame.repeat > 0;
}

}  // namespace vs::jobs
