#include "lib/train/tasks/distillation_task.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/nn/config.h"
#include "lib/nn/layers/drop.h"
#include "lib/nn/layers/pool.h"
#include "lib/train/losses/distillation.h"

namespace vs::train {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kMostWeight = 1e6;

void stop_dropping_paths(nn::Module& module) {
  for (const auto& child : module.children()) {
    stop_dropping_paths(*child);
    if (dynamic_cast<nn::DropPath*>(child.get()) != nullptr) child->train(false);
  }
}

DistillationOptions read_options(const Json& model, const Json& train, const std::string& place) {
  nn::Config head(model.at("cls_head"), place + ".cls_head");
  const bool maps = head.text("type", "") == "GeneralRKD3DHead";
  DistillationOptions options;
  options.part = maps ? DistilledPart::kScoreMaps : DistilledPart::kFeatures;
  options.weight = head.number_or("w_loss_kd", maps ? 1 : 100, 0, kMostWeight);
  nn::Config config(train, "train");
  for (const char* key : {"mixup", "label_smoothing"}) {
    if (config.has(key)) throw UsageError(config.place_of(key), "a distillation has none", "leave it out");
  }
  if (!config.has("distillation")) return options;
  nn::Config own = config.object("distillation");
  options.part =
      distilled_part_named(own.word("part", maps ? "score_maps" : "features", {"features", "score_maps", "scores"}));
  options.weight = own.number_or("weight", options.weight, 0, kMostWeight);
  options.temperature = own.number_or("temperature", options.temperature, 1e-3, 1e3);
  options.teacher_evaluated = own.flag_or("teacher_eval", options.teacher_evaluated);
  options.teacher_drops_paths = own.flag_or("teacher_drop_path", options.teacher_drops_paths);
  own.pass({"views"});
  own.finish();
  return options;
}

}  // namespace

std::string teacher_path_of(const Json& model) {
  for (const char* part : {"backbone", "cls_head"}) {
    const auto path = model.at(part).find("pretrained_t");
    if (path != model.at(part).end() && path->is_string() && !path->get<std::string>().empty()) return *path;
  }
  return {};
}

DistillationTask::DistillationTask(std::unique_ptr<systems::DistilledRecognizer> network, const Json& model,
                                   const DistillationOptions& options, const std::string& place)
    : Task(std::move(network)),
      network_(static_cast<systems::DistilledRecognizer&>(module())),
      options_(options),
      head_(read_head_training(model.at("cls_head"), network_.head().num_classes(), place + ".cls_head")),
      frozen_student_(model.at("backbone").at("low_res_cfg"), network_.distillation().student(),
                      place + ".backbone.low_res_cfg"),
      frozen_teacher_(model.at("backbone").at("high_res_cfg"), *network_.distillation().teacher(),
                      place + ".backbone.high_res_cfg"),
      place_(place),
      teacher_path_(teacher_path_of(model)) {}

void DistillationTask::prepare_training() {
  Task::prepare_training();
  frozen_student_.apply();
  frozen_teacher_.apply();
  nn::Backbone& teacher = *network_.distillation().teacher();
  if (options_.teacher_evaluated) teacher.train(false);
  if (!options_.teacher_drops_paths) stop_dropping_paths(teacher);
  teacher.require_gradients(false);
  if (nn::Layer* classifier = network_.teacher_classifier()) classifier->require_gradients(false);
}

void DistillationTask::begin_run() {
  if (teacher_path_.empty())
    throw UsageError(place_ + ".backbone.pretrained_t", "names no checkpoint of the teacher",
                     "a teacher that nobody trained teaches nothing");
  if (!std::filesystem::exists(teacher_path_))
    throw UsageError(place_ + ".backbone.pretrained_t", fmt::format("\"{}\" is not there", printable(teacher_path_)),
                     fmt::format("give the teacher's checkpoint, with --set {}.backbone.pretrained_t=FILE", place_));
  systems::load_teacher(network_, teacher_path_);
}

at::Tensor DistillationTask::teacher_loss(const systems::DistilledRecognizer::Lesson& lesson, int64_t videos) {
  const auto& maps = lesson.maps;
  switch (options_.part) {
    case DistilledPart::kFeatures:
      return feature_distance(maps.resized, maps.teacher);
    case DistilledPart::kScoreMaps:
      return score_map_divergence(maps.resized, network_.classifier(), maps.teacher, *network_.teacher_classifier(),
                                  options_.temperature);
    case DistilledPart::kScores:
    case DistilledPart::kPooledFeatures:
      break;
  }
  at::Tensor taught;
  {
    const at::NoGradGuard no_gradients;
    taught = nn::mean_of_positions(maps.teacher, lesson.scores.scalar_type());
    // Images of a video are averaged before the classifier, as the student's head does.
    if (taught.size(0) != lesson.scores.size(0)) taught = taught.unflatten(0, {videos, -1}).mean(1);
    taught = (*network_.teacher_classifier())(taught);
  }
  return score_divergence(lesson.scores, taught, options_.temperature, DivergenceMean::kRows);
}

Batch DistillationTask::ready(const Batch& batch) {
  if (batch.imgs.dim() == 0 || batch.imgs.numel() == 0) throw DataError("imgs", "are empty");
  head_.move(batch.imgs.device());
  return {batch.imgs, labels_beside(batch.imgs, batch.labels, network_.head().num_classes())};
}

Losses DistillationTask::forward(const Batch& batch) {
  const systems::DistilledRecognizer::Lesson lesson = network_.teach(batch.imgs);
  Losses losses = classify(lesson.scores, batch.labels, head_);
  const at::Tensor distance = teacher_loss(lesson, batch.imgs.size(0)) * options_.weight;
  losses.total = losses.total + distance;
  losses.parts.insert(losses.parts.begin() + 1, {"loss_kd", distance.detach()});
  return losses;
}

std::unique_ptr<Task> build_distillation_task(const Json& model, const Json& train, const std::string& place) {
  if (!systems::is_distillation(model) || !model.contains("cls_head"))
    throw UsageError(place, "is no recognizer with a backbone RKD and a head");
  const DistillationOptions options = read_options(model, train, place);
  const bool needs_classifier = options.part != DistilledPart::kFeatures;
  auto network = systems::build_distilled(
      model, needs_classifier ? systems::Teacher::kWithClassifier : systems::Teacher::kAsPublished, place);
  systems::DistillationBackbone& backbone = network->distillation();
  if (!needs_classifier && backbone.teacher()->out_channels() != backbone.out_channels())
    throw UsageError(place + ".backbone",
                     fmt::format("the student gives {} channels, the teacher {}: their maps cannot be compared",
                                 backbone.out_channels(), backbone.teacher()->out_channels()),
                     "set train.distillation.part to scores");
  return std::make_unique<DistillationTask>(std::move(network), model, options, place);
}

}  // namespace vs::train
