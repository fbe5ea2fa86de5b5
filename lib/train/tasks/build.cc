// The trainings that a model's type may ask for. A new one is one line here.
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/nn/config.h"
#include "lib/systems/distillation.h"
#include "lib/train/task.h"
#include "lib/train/tasks/adafocus_clip_task.h"
#include "lib/train/tasks/adafocus_task.h"
#include "lib/train/tasks/distillation_task.h"
#include "lib/train/tasks/ocsampler_task.h"
#include "lib/train/tasks/recognizer_task.h"
#include "lib/train/tasks/retrieval_task.h"
#include "lib/train/tasks/taught_task.h"

namespace vs::train {
namespace {

using Json = nlohmann::ordered_json;
using Builder = std::unique_ptr<Task> (*)(const Json& model, const Json& train, const std::string& place);

/// A recognizer whose frames motion chose is trained as any other.
std::unique_ptr<Task> build_guided_task(const Json& model, const Json& train, const std::string& place) {
  nn::Config config(model, place);
  config.pass({"type", "motion", "num_frames", "recognizer"});
  config.finish();
  if (!config.has("recognizer"))
    throw UsageError(config.place_of("recognizer"), "is missing: motion alone has nothing to be trained",
                     "name the network to be fed");
  return build_task(model.at("recognizer"), train, config.place_of("recognizer"));
}

/// A student is a recognizer whose backbone says so, or any with a teacher beside it.
std::unique_ptr<Task> build_plain_task(const Json& model, const Json& train, const std::string& place) {
  if (names_teacher(train)) return build_taught_task(model, train, place);
  const auto build = systems::is_distillation(model) ? build_distillation_task : build_recognizer_task;
  return build(model, train, place);
}

const std::map<std::string, Builder>& builders() {
  static const std::map<std::string, Builder> table{
      {"AdaFocusV2", build_adafocus_task},
      {"AdaFocusV2Clip", build_adafocus_clip_task},
      {"MGSampler", build_guided_task},
      {"Recognizer2D", build_plain_task},
      {"Recognizer3D", build_plain_task},
      {"SampledRecognizer", build_ocsampler_task},
      {"Sampler2DRecognizer2D", build_ocsampler_task},
      {"Sampler2DRecognizer3D", build_ocsampler_task},
      {"SimilarityRecognizer3D", build_retrieval_task},
  };
  return table;
}

}  // namespace

std::unique_ptr<Task> build_task(const Json& model, const Json& train, const std::string& place) {
  nn::Config config(model, place);
  if (!config.has("type")) throw UsageError(config.place_of("type"), "is missing");
  const std::string type = config.text("type");
  const auto found = builders().find(type);
  if (found != builders().end()) return found->second(model, train, place);
  std::vector<std::string> types;
  for (const auto& entry : builders()) types.push_back(entry.first);
  throw UsageError(config.place_of("type"), fmt::format("no training is known for \"{}\"", printable(type)),
                   fmt::format("there is one for {}", fmt::join(types, ", ")));
}

}  // namespace vs::train
