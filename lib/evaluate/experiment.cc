#include "lib/evaluate/experiment.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/evaluate/metric_list.h"
#include "lib/evaluate/protocol.h"
#include "lib/flops/counter.h"
#include "lib/store/json.h"
#include "lib/store/recipe.h"

namespace vs::evaluate {
namespace {

using store::Json;

/// What `test` may hold, so that --set finds it; null: as the model or the labels have it.
Json test_defaults() {
  Json test = Json::object();
  for (const char* key : {"metrics", "average_clips", "max_testing_views", "kept_frames"}) test[key] = nullptr;
  test["views_keep_size"] = false;
  test["frame_choice"] = "most_probable";
  test["patch_choice"] = "learned";
  test["patch_place"] = Json::array({0.5, 0.5});
  test["exit_thresholds"] = Json::array();
  test["exit_measure"] = "largest_logit";
  return test;
}

/// A recipe that is tested as it is validated has no pipeline of its own for the test.
void settle_pipeline(Json& document, const std::string& recipe, const std::string& pipeline) {
  const Json data = document.value("data", Json::object());
  if (data.contains(pipeline)) return;
  if (pipeline == "test" && data.contains("val")) {
    document["data"]["test"] = data.at("val");
    return;
  }
  std::vector<std::string> names;
  for (const auto& [name, steps] : data.items()) names.push_back(name);
  throw UsageError(
      "--pipeline " + pipeline, fmt::format("the recipe {} has no such pipeline", recipe),
      names.empty() ? "it says nothing of data: vs-flops alone can use it" : "it has " + join(names, ", "));
}

bool ends_in_softmax(const Json& model) {
  if (!model.contains("cls_head") || !model.at("cls_head").is_object()) return false;
  const Json& head = model.at("cls_head");
  const std::string type = head.value("type", std::string());
  return (type == "R50Head" || type == "R50MultiHead") && head.value("frozen", false);
}

std::vector<std::string> words_of(const Json& list, const std::string& place) {
  std::vector<std::string> words;
  if (!list.is_array()) throw UsageError(place, "is no list of words");
  for (const Json& word : list) {
    if (!word.is_string()) throw UsageError(place, fmt::format("{} is no word", word.dump()));
    words.push_back(word.get<std::string>());
  }
  return words;
}

std::unique_ptr<systems::System> build(const Json& model, const Json& test, uint64_t seed) {
  systems::TestOptions options = systems::read_test_options(test);
  options.seed = seed;
  return systems::build_system(model, options);
}

at::Tensor tensor_of(data::Array& sample, const at::Device& device) {
  const media::DeviceArray& there = sample.on_device;
  if (!there.memory) return at::from_blob(sample.values.data(), sample.shape, at::kFloat);
  return at::from_blob(
      there.values, sample.shape, [memory = there.memory](void*) {}, at::device(device).dtype(at::kFloat), device);
}

}  // namespace

Json read_experiment(const std::string& recipe, const RecipeChanges& changes) {
  const auto loaded = store::Recipe::load(recipe);
  Json document = loaded.document();
  Json test = test_defaults();
  const Json stated = document.value("test", Json::object());
  for (const auto& [key, value] : stated.items()) test[key] = value;
  document["test"] = test;
  settle_pipeline(document, loaded.name(), changes.pipeline);
  for (const auto& assignment : changes.assignments) store::set_json_value(document, assignment);
  if (!changes.average_clips.empty()) document["test"]["average_clips"] = changes.average_clips;
  Json& settled = document["test"];
  for (auto entry = settled.begin(); entry != settled.end();) entry = entry->is_null() ? settled.erase(entry) : ++entry;
  try {
    store::validate_json(document, "recipe");
  } catch (Error& error) {
    if (!changes.assignments.empty()) error.add_context("after --set " + join(changes.assignments, " --set "));
    throw;
  }
  if (!changes.protocol.empty()) apply_protocol(parse_protocol(changes.protocol), document["data"][changes.pipeline]);
  return document;
}

at::Tensor input_of(data::Array& sample, systems::InputLayout layout, const at::Device& device) {
  const bool frames = layout == systems::InputLayout::kFrames;
  at::Tensor input = tensor_of(sample, device);
  if (frames) {
    if (input.dim() == 3 && input.size(0) % 3 == 0) input = input.view({-1, 3, input.size(1), input.size(2)});
    if (input.dim() == 5 && input.size(0) == 1) input = input[0].transpose(0, 1);
    if (input.dim() == 4 && input.size(1) == 3) return input;
  } else if (input.dim() == 5 && input.size(1) == 3) {
    return input;
  }
  throw DataError("data",
                  fmt::format("the pipeline gives an array of {} axes, and the network takes {}", sample.shape.size(),
                              frames ? "images" : "clips"),
                  "its FormatShape is of another kind of network");
}

Experiment::Experiment(const Json& document, const std::string& pipeline, uint64_t seed)
    : name_(document.value("name", std::string())),
      model_(std::make_unique<Json>(document.at("model"))),
      test_(std::make_unique<Json>(document.value("test", Json::object()))),
      pipeline_(std::make_unique<data::Pipeline>(document.at("data").at(pipeline), "data." + pipeline)) {
  if (test_->contains("metrics")) metrics_ = words_of(test_->at("metrics"), "test.metrics");
  check_metric_names(metrics_);
  test_->erase("metrics");
  system_ = build(*model_, *test_, seed);
  if (ends_in_softmax(*model_)) score_kind_ = store::ScoreKind::kProbabilities;
  if (!pipeline_->chooses() || !pipeline_->transforms())
    throw UsageError("data." + pipeline, "does not go from a video to a network's input",
                     "it needs a sampler, Normalize and FormatShape");
}

store::RowAverage Experiment::average() const {
  switch (system_->average()) {
    case nn::AverageClips::kProb:
      return store::RowAverage::kProb;
    case nn::AverageClips::kScore:
      return store::RowAverage::kScore;
    case nn::AverageClips::kNone:
      break;
  }
  return store::RowAverage::kNone;
}

double Experiment::gflops_of(at::IntArrayRef input) const {
  const auto counted = build(*model_, *test_, 0);
  std::vector<int64_t> shape = {1};
  shape.insert(shape.end(), input.begin(), input.end());
  try {
    const auto cost = flops::count_forward(counted->module(), name_, [&] { counted->run(flops::shape_only(shape)); });
    return static_cast<double>(cost.cost.counts.macs) / 1e9;
  } catch (const RunError&) {
    return std::numeric_limits<double>::quiet_NaN();
  }
}

}  // namespace vs::evaluate
