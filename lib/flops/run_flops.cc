#include "lib/flops/run_flops.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/flops/decode_time.h"
#include "lib/flops/input_shape.h"
#include "lib/flops/latency.h"
#include "lib/flops/published.h"
#include "lib/flops/report.h"
#include "lib/flops/system.h"
#include "lib/nn/device_option.h"
#include "lib/nn/weights_options.h"
#include "lib/store/json.h"
#include "lib/store/recipe.h"
#include "lib/store/recipe_list.h"

namespace vs::flops {
namespace {

using store::Json;
using store::Recipe;

int show_published(const cli::ParsedOptions& options, const cli::ProgramContext& context) {
  const auto names = store::recipe_names();
  const auto costs = compare_published(names);
  const auto parameters = compare_parameters(names);
  if (context.json()) {
    context.print(store::json_document(published_json(costs, parameters)));
  } else if (options.flag("csv")) {
    context.print(published_csv(costs, parameters));
  } else {
    context.print(published_table(costs) + "\n" + parameters_table(parameters));
  }
  const auto explained = [](const auto& c) { return c.explained(); };
  const bool good = std::all_of(costs.begin(), costs.end(), explained) &&
                    std::all_of(parameters.begin(), parameters.end(), explained);
  return good ? kExitDone : kExitFailed;
}

bool is_number(const std::string& word) {
  return !word.empty() && word.find_first_not_of("0123456789") == std::string::npos;
}

/// --shape and the numbers among the words after it.
std::vector<int64_t> shape_of(const cli::ParsedOptions& options, const Recipe& recipe) {
  if (!options.has("shape")) {
    if (recipe.shape().empty()) throw UsageError("--shape", "is missing", "the model says nothing of its input");
    return recipe.shape();
  }
  std::string text = options.text("shape");
  for (const auto& word : options.positionals()) {
    if (is_number(word)) text += " " + word;
  }
  return input_shape(parse_shape(text, "--shape"));
}

std::vector<std::string> videos_of(const cli::ParsedOptions& options) {
  std::vector<std::string> videos = options.texts("with-decode");
  for (const auto& word : options.positionals()) {
    if (options.has("shape") && is_number(word)) continue;
    if (videos.empty()) throw UsageError(word, "is not expected", "--shape or --with-decode go before it");
    videos.push_back(word);
  }
  return videos;
}

std::vector<double> fractions_of(const std::string& text) {
  std::vector<double> fractions;
  for (const auto word : split(text, ',')) {
    const auto number = parse_real(trim(word));
    if (!number) throw UsageError("--exit-fractions", fmt::format("\"{}\" is no number", printable(word)));
    fractions.push_back(*number);
  }
  return fractions;
}

/// Images of one video: all clips and segments, sampled ones too.
int64_t images_of(const std::vector<int64_t>& shape) { return shape.size() == 5 ? shape[0] * shape[2] : shape[0]; }

LatencyOptions latency_options(const cli::ParsedOptions& options, at::Device device) {
  return {.device = device,
          .dtype = nn::dtype_named(options.text("dtype")),
          .threads = static_cast<int>(options.integer_or("threads", 0)),
          .batch = options.integer("batch"),
          .runs = options.integer("runs"),
          .seed = static_cast<uint64_t>(options.integer("seed"))};
}

/// Measures every video; bad ones are reported and counted.
std::vector<DecodeTime> decode_times(const std::vector<std::string>& videos, int64_t images, Log& log, bool& failed) {
  std::vector<DecodeTime> times;
  for (const auto& video : videos) {
    try {
      times.push_back(measure_decoding(video, images));
    } catch (const DataError& error) {
      log.error(error.what());
      failed = true;
    }
  }
  return times;
}

int count_recipe(const cli::ParsedOptions& options, cli::ProgramContext& context) {
  const auto assignments = options.texts("set");
  const Recipe recipe = options.has("recipe") ? Recipe::load(options.text("recipe"), assignments)
                                              : Recipe::of_model(options.text("model"), assignments);
  if (options.flag("print-recipe")) {
    context.print(store::json_document(recipe.document()));
    return kExitDone;
  }
  const auto videos = videos_of(options);
  const auto shape = shape_of(options, recipe);
  nn::check_export(options);
  at::Device device = at::kCPU;
  if (options.flag("latency")) {
    device = nn::open_asked_device(options, context.log());
    nn::check_dtype(nn::dtype_named(options.text("dtype")), device);
  }
  System system = build_system(recipe.model(), shape, recipe.name());
  CostNode cost = cost_of_system(system);
  if (options.has("exit-fractions"))
    cost = with_early_exit(cost, system.frames, fractions_of(options.text("exit-fractions")));
  const ReportOptions report{options.integer("depth"), convention_named(options.text("convention"))};

  const auto seed = static_cast<uint64_t>(options.integer("seed"));
  const auto loaded = nn::load_asked_weights(whole_model(system), options, context.log(), seed);
  nn::export_asked_weights(whole_model(system), options, loaded, recipe.name(), recipe.model(), context.log());

  bool failed = false;
  const auto decoding = decode_times(videos, images_of(shape), context.log(), failed);
  std::optional<Latency> latency;
  if (options.flag("latency")) latency = measure_latency(system, latency_options(options, device));

  if (context.json()) {
    Json document = cost_json(cost, shape, report);
    if (options.has("exit-fractions")) document["exit_fractions"] = fractions_of(options.text("exit-fractions"));
    if (!loaded.empty()) document["weights"] = nn::json_of(loaded);
    if (!videos.empty()) document["decoding"] = decode_json(decoding);
    if (latency) document["latency"] = latency_json(*latency);
    context.print(store::json_document(document));
  } else if (options.flag("csv")) {
    context.print(cost_csv(cost, report));
  } else {
    std::string text = cost_table(cost, shape, report);
    if (options.has("exit-fractions")) text += "expected over the given exits\n";
    text += decode_text(decoding);
    if (latency) text += latency_text(*latency);
    context.print(text);
  }
  return failed ? kExitFailed : kExitDone;
}

}  // namespace

int run_flops(const cli::ParsedOptions& options, cli::ProgramContext& context) {
  if (options.flag("list")) return store::list_recipes(context);
  if (options.has("table")) return show_published(options, context);
  if (!options.has("recipe") && !options.has("model"))
    throw UsageError("--recipe", "is missing", "give a recipe or --model; --list shows the recipes");
  return count_recipe(options, context);
}

}  // namespace vs::flops
