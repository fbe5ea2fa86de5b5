#include "lib/train/loop/settings.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/nn/config.h"
#include "lib/store/json.h"
#include "lib/store/recipe.h"

namespace vs::train {
namespace {

using store::Json;

constexpr int64_t kMostEpochs = 1 << 20, kMostBatch = 1 << 20;

/// What `train` may leave out, so that --set finds it; null: none.
Json training_defaults() {
  Json train = Json::object();
  for (const char* key : {"total_batch", "save_best", "grad_clip", "ema", "mixup"}) train[key] = nullptr;
  train["batch_size"] = 8;
  train["update_interval"] = 1;
  train["validate_every"] = 1;
  train["checkpoint_every"] = 1;
  train["sync_bn"] = false;
  train["lr_config"] = {{"policy", "fixed"}};
  return train;
}

void drop_nulls(Json& object) {
  for (auto entry = object.begin(); entry != object.end();) entry = entry->is_null() ? object.erase(entry) : ++entry;
}

}  // namespace

TrainingSettings read_settings(const Json& train, const std::string& place) {
  nn::Config config(train, place);
  TrainingSettings settings;
  settings.epochs = config.integer("epochs", 1, kMostEpochs);
  settings.batch_size = config.integer_or("batch_size", 8, 1, kMostBatch);
  settings.total_batch = config.integer_or("total_batch", 0, 1, kMostBatch);
  settings.update_interval = config.integer_or("update_interval", 1, 1, kMostBatch);
  settings.validate_every = config.integer_or("validate_every", 1, 1, kMostEpochs);
  settings.checkpoint_every = config.integer_or("checkpoint_every", 1, 1, kMostEpochs);
  settings.save_best = config.text("save_best", "");
  settings.synchronised_norm = config.flag_or("sync_bn", false);
  if (config.has("grad_clip")) {
    nn::Config clip = config.object("grad_clip");
    settings.clip_norm = clip.number_or("max_norm", 0, 1e-12, 1e12);
    settings.clip_norm_type = clip.number_or("norm_type", 2, 1, 1e300);
    clip.finish();
  }
  if (config.has("ema")) {
    nn::Config average = config.object("ema");
    settings.averages = true;
    settings.average.decay = average.number_or("decay", settings.average.decay, 0, 1);
    settings.average.warm_up = average.flag_or("warm_up", false);
    average.finish();
  }
  if (config.has("distillation")) settings.views = config.object("distillation").integer_or("views", 0, 1, kMostEpochs);
  return settings;
}

Json read_training_recipe(const std::string& recipe, const std::vector<std::string>& assignments,
                          const RecipeLayers& layers) {
  const auto loaded = store::Recipe::load(recipe);
  Json document = loaded.document();
  if (!document.contains("train"))
    throw UsageError("--recipe " + recipe, "says nothing of training", "--list-recipes shows those that do");
  Json train = training_defaults();
  const Json stated = document.at("train");
  for (const auto& [key, value] : stated.items()) train[key] = value;
  document["train"] = train;
  Json& data = document["data"];
  if (!data.contains("train")) throw UsageError("--recipe " + recipe, "has no data.train, the pipeline to train with");
  if (!data.contains("val") && data.contains("test")) data["val"] = Json(data.at("test"));
  if (layers.before_set) layers.before_set(document);
  for (const auto& assignment : assignments) store::set_json_value(document, assignment);
  drop_nulls(document["train"]);
  if (layers.after_set) layers.after_set(document);
  try {
    store::validate_json(document, "recipe");
  } catch (Error& error) {
    if (!assignments.empty()) error.add_context("after --set " + join(assignments, " --set "));
    throw;
  }
  return document;
}

double scale_learning_rate(Json& train, int64_t batch) {
  if (!train.contains("total_batch"))
    throw UsageError("--auto-scale-lr", "the recipe does not say which batch its learning rate is meant for",
                     "--set train.total_batch=N says it");
  const double factor = static_cast<double>(batch) / static_cast<double>(train.at("total_batch").get<int64_t>());
  Json& rate = train.at("optimizer").at("lr");
  rate = rate.get<double>() * factor;
  return factor;
}

}  // namespace vs::train
