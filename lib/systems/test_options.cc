#include "lib/systems/test_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "lib/core/error.h"
#include "lib/nn/config.h"

namespace vs::systems {
namespace {

using Json = nlohmann::ordered_json;

template <class Choice>
Choice read_choice(nn::Config& config, const std::string& key,
                   const std::vector<std::pair<std::string, Choice>>& choices) {
  std::vector<std::string> words;
  for (const auto& choice : choices) words.push_back(choice.first);
  const std::string word = config.word(key, words.front(), words);
  return std::find_if(choices.begin(), choices.end(), [&](const auto& choice) { return choice.first == word; })->second;
}

std::vector<double> read_numbers(nn::Config& config, const Json& object, const char* key) {
  config.pass({key});
  const Json& list = object.at(key);
  const std::string place = config.place_of(key);
  if (!list.is_array()) throw UsageError(place, "is no list of numbers");
  std::vector<double> numbers;
  for (const Json& number : list) {
    if (!number.is_number() || !std::isfinite(number.get<double>()))
      throw UsageError(place, fmt::format("{} is no number", number.dump()));
    numbers.push_back(number.get<double>());
  }
  return numbers;
}

}  // namespace

TestOptions read_test_options(const Json& object, const std::string& place) {
  TestOptions options;
  if (object.is_null()) return options;
  nn::Config config(object, place);
  if (config.has("average_clips"))
    options.average_clips = nn::average_clips_named(config.word("average_clips", "", {"none", "score", "prob"}));
  if (config.has("max_testing_views")) options.max_testing_views = config.integer("max_testing_views", 1);
  options.views_keep_size = config.flag_or("views_keep_size", false);
  options.frame_choice = read_choice<FrameChoice>(config, "frame_choice",
                                                  {{"most_probable", FrameChoice::kMostProbable},
                                                   {"uniform", FrameChoice::kUniform},
                                                   {"random", FrameChoice::kRandom}});
  options.patch_choice = read_choice<PatchChoice>(config, "patch_choice",
                                                  {{"learned", PatchChoice::kLearned},
                                                   {"fixed", PatchChoice::kFixed},
                                                   {"centre", PatchChoice::kCentre},
                                                   {"random", PatchChoice::kRandom}});
  if (config.has("patch_place")) {
    const auto numbers = read_numbers(config, object, "patch_place");
    const bool fits = numbers.size() == 2 && std::all_of(numbers.begin(), numbers.end(),
                                                         [](double number) { return number >= 0 && number <= 1; });
    if (!fits) throw UsageError(config.place_of("patch_place"), "is no pair (y, x) of numbers of 0 to 1");
    options.patch_place = {numbers[0], numbers[1]};
  }
  if (config.has("exit_thresholds")) options.exit_thresholds = read_numbers(config, object, "exit_thresholds");
  options.exit_measure = read_choice<ExitMeasure>(
      config, "exit_measure", {{"largest_logit", ExitMeasure::kLargestLogit}, {"entropy", ExitMeasure::kEntropy}});
  if (config.has("kept_frames")) options.kept_frames = config.integer("kept_frames", 1);
  options.with_teacher = config.flag_or("with_teacher", false);
  options.seed = static_cast<uint64_t>(config.integer_or("seed", 0, 0));
  config.pass({"patch_place", "exit_thresholds"});
  config.finish();
  return options;
}

void UsedOptions::refuse_others(const TestOptions& options, const std::string& model) const {
  const TestOptions plain;
  const std::vector<std::pair<const char*, bool>> given{
      {"average_clips", options.average_clips.has_value()},
      {"max_testing_views", options.max_testing_views.has_value()},
      {"views_keep_size", options.views_keep_size},
      {"frame_choice", options.frame_choice != plain.frame_choice},
      {"patch_choice", options.patch_choice != plain.patch_choice},
      {"exit_thresholds", !options.exit_thresholds.empty()},
      {"kept_frames", options.kept_frames.has_value()},
      {"with_teacher", options.with_teacher},
  };
  for (const auto& [name, is_given] : given) {
    if (is_given && !names_.contains(name))
      throw UsageError(name, fmt::format("has no meaning for a model of type {}", model), "leave it out");
  }
}

}  // namespace vs::systems
