#include "lib/train/tasks/taught_task.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/nn/build_as.h"
#include "lib/nn/config.h"
#include "lib/nn/loading.h"
#include "lib/systems/distillation.h"
#include "lib/train/loop/autocast.h"

namespace vs::train {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kMostPixels = 1 << 16, kMostViews = 1 << 20;

bool takes_clips(const Json& model) { return model.value("type", "") == "Recognizer3D"; }

std::unique_ptr<nn::PlainRecognizer> build_plain(const Json& model, const std::string& place) {
  if (systems::is_distillation(model)) return systems::build_distilled(model, systems::Teacher::kLeftOut, place);
  return nn::build_as<nn::PlainRecognizer>(model, place, "is no Recognizer2D or Recognizer3D");
}

/// Where the student's backbone is described, and the backbone.
FrozenParts frozen_parts(const Json& model, nn::PlainRecognizer& student, const std::string& place) {
  const Json& backbone = model.at("backbone");
  if (auto* const shrinking = dynamic_cast<systems::DistillationBackbone*>(&student.backbone()))
    return {backbone.at("low_res_cfg"), shrinking->student(), place + ".backbone.low_res_cfg"};
  return {backbone, student.backbone(), place + ".backbone"};
}

/// Student and adaptation as one; names of the student's entries are its own.
class Pair : public nn::Module {
 public:
  Pair(std::unique_ptr<Adaptation> adaptation, std::unique_ptr<nn::PlainRecognizer> student) {
    adopt("adaptation", std::move(adaptation));
    adopt("", std::move(student));
  }
};

std::vector<int64_t> read_size(nn::Config& config, const char* key) {
  if (!config.has(key)) return {};
  std::vector<int64_t> size = config.integers(key, 2);
  for (const int64_t side : size) {
    if (side < 1 || side > kMostPixels)
      throw UsageError(config.place_of(key), fmt::format("{} is no height or width", side));
  }
  return size;
}

bool has_part(const std::vector<DistillationTerm>& terms, std::initializer_list<DistilledPart> parts) {
  return std::any_of(terms.begin(), terms.end(), [&](const DistillationTerm& term) {
    return std::find(parts.begin(), parts.end(), term.part) != parts.end();
  });
}

}  // namespace

bool names_teacher(const Json& train) {
  const auto own = train.find("distillation");
  return own != train.end() && own->is_object() && own->contains("teacher");
}

TeachingOptions read_teaching_options(const Json& train) {
  nn::Config config(train, "train");
  for (const char* key : {"mixup", "label_smoothing"}) {
    if (config.has(key))
      throw UsageError(config.place_of(key), "a distillation has none", fmt::format("--set train.{}=null", key));
  }
  nn::Config own = config.object("distillation");
  TeachingOptions options;
  nn::Config teacher = own.object("teacher");
  teacher.pass({"recipe", "model"});
  options.teacher_weights = teacher.text("weights", "");
  teacher.finish();
  own.pass({"terms", "teacher_eval"});
  options.student_size = read_size(own, "student_size");
  options.teacher_size = read_size(own, "teacher_size");
  options.views = own.integer_or("views", 0, 1, kMostViews);
  own.finish();
  const Json& distillation = train.at("distillation");
  options.terms = read_distillation_terms(distillation.contains("terms") ? distillation.at("terms") : Json(),
                                          own.place_of("terms"));
  return options;
}

TaughtTask::TaughtTask(std::unique_ptr<nn::Module> module, const Student& student, Teacher teacher,
                       TeachingOptions options, const Json& model, const std::string& place)
    : Task(std::move(module)),
      student_(student),
      teacher_(std::move(teacher)),
      options_(std::move(options)),
      head_(read_head_training(model.at("cls_head"), student.network.head().num_classes(), place + ".cls_head")),
      frozen_(frozen_parts(model, student.network, place)) {
  if (!has_part(options_.terms, {DistilledPart::kScoreMaps})) return;
  classifier_ = &classifier_of(student_.network, place);
  teacher_classifier_ = &classifier_of(*teacher_.network, teacher_.place);
}

void TaughtTask::prepare_training() {
  Task::prepare_training();
  frozen_.apply();
  if (outputs_ == nullptr) load_teacher();
}

void TaughtTask::load_teacher() {
  if (loaded_) return;
  if (!teacher_.network) throw std::logic_error("the teacher has left");
  const std::string& path = options_.teacher_weights;
  if (path.empty()) throw UsageError("--teacher", "is missing", "a teacher that nobody trained teaches nothing");
  if (!std::filesystem::exists(path))
    throw UsageError("--teacher " + printable(path), "is not there", "give the teacher's checkpoint");
  try {
    nn::load_weights(*teacher_.network, path);
  } catch (Error& error) {
    error.add_context("while the teacher was loaded");
    throw;
  }
  teacher_.network->train(false);
  teacher_.network->require_gradients(false);
  loaded_ = true;
}

void TaughtTask::use_outputs(TeacherOutputs& outputs) {
  if (options_.views < 1) throw std::logic_error("outputs are those of fixed views");
  outputs_ = &outputs;
  teacher_classifier_ = nullptr;
  teacher_.network.reset();
  loaded_ = ready_ = false;
}

void TaughtTask::begin_step(int64_t iteration, int64_t, int64_t iterations_per_epoch) {
  if (options_.views > 0) view_ = iteration / iterations_per_epoch % options_.views;
}

std::vector<at::Tensor> TaughtTask::teach(const at::Tensor& imgs) {
  if (!loaded_) throw std::logic_error("the teacher is not here");
  const at::NoGradGuard no_gradients;
  if (!ready_) {
    teacher_.network->move(imgs.device());
    // Folded and packed in the precision of the step; what is packed does not look at autocast.
    teacher_.network->prepare({Autocast::type_on(imgs.device().type())});
    ready_ = true;
  }
  const Autocast off(imgs.device().type(), at::kFloat);
  const at::Tensor frames = options_.teacher_size.empty() ? imgs : sized_frames(imgs, options_.teacher_size);
  const Sight sight = look(*teacher_.network, teacher_.clips, frames);
  std::vector<at::Tensor> targets;
  for (const DistillationTerm& term : options_.terms)
    targets.push_back(distillation_target(term.part, sight, teacher_classifier_));
  return targets;
}

Batch TaughtTask::ready(const Batch& batch) {
  if (batch.imgs.dim() == 0 || batch.imgs.numel() == 0) throw DataError("imgs", "are empty");
  const at::Device device = batch.imgs.device();
  head_.move(device);
  Batch shown{batch.imgs, labels_beside(batch.imgs, batch.labels, student_.network.head().num_classes())};
  if (!outputs_) return shown;
  for (const at::Tensor& target : outputs_->of(batch.items, view_)) shown.targets.push_back(target.to(device));
  return shown;
}

Losses TaughtTask::forward(const Batch& batch) {
  const at::Tensor frames =
      options_.student_size.empty() ? batch.imgs : sized_frames(batch.imgs, options_.student_size);
  const Sight seen = look(student_.network, student_.clips, frames);
  const std::vector<at::Tensor> targets = batch.targets.empty() ? teach(batch.imgs) : batch.targets;
  Losses losses = classify(seen.scores.flatten(0, 1), batch.labels, head_);
  auto place = losses.parts.begin() + 1;
  std::vector<std::pair<std::string, at::Tensor>> parts;
  at::Tensor sum;
  for (size_t i = 0; i < options_.terms.size(); ++i) {
    const DistillationTerm& term = options_.terms[i];
    const at::Tensor distance =
        distillation_distance(term, seen, targets[i], classifier_, student_.adaptation) * term.weight;
    sum = sum.defined() ? sum + distance : distance;
    parts.emplace_back("loss_" + name_of(term.part), distance.detach());
  }
  losses.total = losses.total + sum;
  if (parts.size() == 1) parts.clear();
  parts.emplace(parts.begin(), "loss_kd", sum.detach());
  losses.parts.insert(place, parts.begin(), parts.end());
  return losses;
}

std::unique_ptr<Task> build_taught_task(const Json& model, const Json& train, const std::string& place) {
  TeachingOptions options = read_teaching_options(train);
  const Json& described = train.at("distillation").at("teacher");
  const std::string teacher_place = "train.distillation.teacher.model";
  if (!described.contains("model")) throw UsageError(teacher_place, "is missing");
  const Json& teacher_model = described.at("model");
  TaughtTask::Teacher teacher{build_plain(teacher_model, teacher_place), takes_clips(teacher_model), teacher_place};
  auto network = build_plain(model, place);
  const int64_t classes = network->head().num_classes(), taught = teacher.network->head().num_classes();
  if (classes != taught)
    throw UsageError(teacher_place, fmt::format("has {} classes, the student {}", taught, classes),
                     "scores of other classes teach nothing");
  const int64_t own = network->backbone().out_channels(), width = teacher.network->backbone().out_channels();
  std::unique_ptr<Adaptation> adaptation;
  if (own != width && has_part(options.terms, {DistilledPart::kFeatures, DistilledPart::kPooledFeatures}))
    adaptation = std::make_unique<Adaptation>(options.terms, own, width);
  const TaughtTask::Student student{*network, adaptation.get(), takes_clips(model)};
  std::unique_ptr<nn::Module> module;
  if (adaptation) {
    module = std::make_unique<Pair>(std::move(adaptation), std::move(network));
  } else {
    module = std::move(network);
  }
  return std::make_unique<TaughtTask>(std::move(module), student, std::move(teacher), std::move(options), model, place);
}

}  // namespace vs::train
