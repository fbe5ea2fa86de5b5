#include "lib/train/tasks/recognizer_task.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "lib/core/error.h"
#include "lib/nn/build_as.h"
#include "lib/nn/config.h"
#include "lib/nn/recognizers/recognizer.h"
#include "lib/train/tasks/frozen_parts.h"
#include "lib/train/tasks/head_training.h"
#include "lib/train/tasks/mixup.h"

namespace vs::train {
namespace {

using Json = nlohmann::ordered_json;

/// What a recipe's `train` says of the batches of any recognizer.
struct Blending {
  std::optional<double> mixup_alpha;
  double label_smoothing = 0;
};

Blending read_blending(const Json& train) {
  constexpr double kLeastAlpha = 1e-3, kMostAlpha = 1e3;
  Blending blending;
  nn::Config config(train, "train");
  blending.label_smoothing = config.number_or("label_smoothing", 0, 0, 1);
  if (!config.has("mixup")) return blending;
  nn::Config mixup = config.object("mixup");
  blending.mixup_alpha = mixup.number_or("alpha", 0.2, kLeastAlpha, kMostAlpha);
  mixup.finish();
  return blending;
}

class RecognizerTask : public Task {
 public:
  RecognizerTask(std::unique_ptr<nn::PlainRecognizer> network, const Json& model, const Blending& blending,
                 const std::string& place)
      : Task(std::move(network)),
        network_(dynamic_cast<nn::PlainRecognizer&>(module())),
        head_(read_head_training(model.at("cls_head"), network_.head().num_classes(), place + ".cls_head")),
        frozen_(model.at("backbone"), network_.backbone(), place + ".backbone"),
        blending_(blending) {}

  LabelUse label_use() const override { return head_.loss.several_labels ? LabelUse::kAll : LabelUse::kDrawn; }

  void prepare_training() override {
    Task::prepare_training();
    frozen_.apply();
  }

  /// Labels in rows where they are smoothed or mixed.
  Batch ready(const Batch& batch) override {
    Batch shown = blended(batch);
    head_.move(shown.imgs.device());
    shown.labels = labels_beside(shown.imgs, shown.labels, network_.head().num_classes());
    return shown;
  }

  Losses forward(const Batch& batch) override { return classify(network_.logits(batch.imgs), batch.labels, head_); }

  bool repeatable() const override { return true; }

 private:
  Batch blended(const Batch& batch) {
    if (batch.imgs.dim() == 0 || batch.imgs.numel() == 0) throw DataError("imgs", "are empty");
    const int64_t classes = network_.head().num_classes();
    Batch shown{batch.imgs, checked_labels(batch.labels, batch.imgs.size(0), classes)};
    const bool smooth = blending_.label_smoothing > 0 && !head_.loss.several_labels;
    if (!smooth && !blending_.mixup_alpha) return shown;
    if (head_.loss.several_labels && shown.labels.dim() == 1)
      throw DataError("labels", "one class a video, where the model takes several", "give a row of 0 and 1 a video");
    const auto type = shown.imgs.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
    shown.labels = rows_of_labels(shown.labels, classes, shown.labels.options().dtype(type));
    if (smooth) shown.labels = smoothed_rows(shown.labels, blending_.label_smoothing);
    return blending_.mixup_alpha ? mixed_up(shown, *blending_.mixup_alpha, noise()) : shown;
  }

  nn::PlainRecognizer& network_;
  HeadTraining head_;
  FrozenParts frozen_;
  Blending blending_;
};

}  // namespace

std::unique_ptr<Task> build_recognizer_task(const Json& model, const Json& train, const std::string& place) {
  auto network = nn::build_as<nn::PlainRecognizer>(model, place, "is no Recognizer2D or Recognizer3D");
  nn::Config head(model.at("cls_head"), place + ".cls_head");
  if (head.flag_or("frozen", false))
    throw UsageError(head.place_of("frozen"), "a frozen head gives probabilities and cannot be trained",
                     "set it to false");
  return std::make_unique<RecognizerTask>(std::move(network), model, read_blending(train), place);
}

}  // namespace vs::train
