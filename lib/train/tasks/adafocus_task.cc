#include "lib/train/tasks/adafocus_task.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "lib/core/error.h"
#include "lib/nn/adafocus/network.h"
#include "lib/nn/build_as.h"
#include "lib/nn/config.h"
#include "lib/nn/network.h"
#include "lib/train/losses/classification.h"

namespace vs::train {
namespace {

constexpr int64_t kTopClasses = 5;

class AdaFocusTask : public Task {
 public:
  explicit AdaFocusTask(std::unique_ptr<nn::AdaFocus> network)
      : Task(std::move(network)), network_(static_cast<nn::AdaFocus&>(module())) {}

  LabelUse label_use() const override { return LabelUse::kFirstOfOrder; }
  Batch ready(const Batch& batch) override;
  Losses forward(const Batch& batch) override;
  bool repeatable() const override { return true; }

 private:
  nn::AdaFocus& network_;
};

Batch AdaFocusTask::ready(const Batch& batch) {
  const int64_t rows = network_.frames_of(batch.imgs).size(0);
  // The variance of one row is not defined, and would spoil the running ones.
  if (rows < 2)
    throw DataError("AdaFocusV2", fmt::format("a batch of {} frames has no statistics to normalise with", rows),
                    "train with more videos a batch");
  return {batch.imgs, labels_beside(batch.imgs, batch.labels, network_.options().num_classes)};
}

Losses AdaFocusTask::forward(const Batch& batch) {
  const at::Tensor frames = network_.frames_of(batch.imgs);
  const at::Tensor labels = batch.labels.repeat_interleave(network_.options().num_segments, 0);
  const nn::GlanceResult seen = network_.glance(frames);
  const nn::FocusResult chosen = network_.focus(frames, seen, network_.actions(seen.maps));
  const nn::FocusResult random = network_.focus(frames, seen, noise().uniform({frames.size(0), 2}, frames.options()));

  const at::Tensor global = classification_loss(seen.logits, labels);
  const at::Tensor cat = classification_loss(chosen.cat_logits, labels);
  const at::Tensor local = classification_loss(chosen.local_logits, labels);
  const at::Tensor random_cat = classification_loss(random.cat_logits, labels);
  const at::Tensor random_local = classification_loss(random.local_logits, labels);

  Losses losses;
  losses.total = global + (cat + local + random_cat + random_local) / 2;
  losses.parts = {{"loss_global", global.detach()},
                  {"loss_cat", cat.detach()},
                  {"loss_local", local.detach()},
                  {"loss_cat_random", random_cat.detach()},
                  {"loss_local_random", random_local.detach()},
                  {"top1_acc", top_k_share(chosen.cat_pred, batch.labels, 1)},
                  {"top5_acc", top_k_share(chosen.cat_pred, batch.labels, kTopClasses)}};
  return losses;
}

}  // namespace

std::unique_ptr<Task> build_adafocus_task(const nlohmann::ordered_json& model, const nlohmann::ordered_json& train,
                                          const std::string& place) {
  if (nn::Config(train, "train").flag_or("partial_bn", false))
    throw UsageError("train.partial_bn", "AdaFocusV2 trains all of its batch normalisation",
                     "leave it out; AdaFocusV2Clip has it");
  return std::make_unique<AdaFocusTask>(
      nn::build_as<nn::AdaFocus>(model, place, "is not AdaFocusV2, whose training this is"));
}

}  // namespace vs::train
