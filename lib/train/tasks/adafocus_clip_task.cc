#include "lib/train/tasks/adafocus_clip_task.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "lib/core/error.h"
#include "lib/nn/adafocus/clip_network.h"
#include "lib/nn/build_as.h"
#include "lib/nn/config.h"
#include "lib/nn/network.h"
#include "lib/train/losses/classification.h"
#include "lib/train/tasks/frozen_parts.h"

namespace vs::train {
namespace {

constexpr int64_t kTopClasses = 5;

class AdaFocusClipTask : public Task {
 public:
  /// frozen: parts of the network.
  AdaFocusClipTask(std::unique_ptr<nn::AdaFocusClip> network, std::vector<FrozenParts> frozen)
      : Task(std::move(network)), network_(static_cast<nn::AdaFocusClip&>(module())), frozen_(std::move(frozen)) {}

  void prepare_training() override {
    Task::prepare_training();
    for (const FrozenParts& parts : frozen_) parts.apply();
  }
  Batch ready(const Batch& batch) override;
  Losses forward(const Batch& batch) override;
  bool repeatable() const override { return true; }

 private:
  nn::AdaFocusClip& network_;
  std::vector<FrozenParts> frozen_;
};

/// All but the first batch normalisation of each backbone.
std::vector<FrozenParts> all_but_first_norms(const nn::AdaFocusClip& network) {
  const nlohmann::ordered_json description{{"partial_bn", true}};
  std::vector<FrozenParts> frozen;
  for (const auto& branch : network.children()) {
    for (const auto& part : branch->children())
      if (part->name() == "base_model") frozen.emplace_back(description, *part, "train");
  }
  return frozen;
}

Batch AdaFocusClipTask::ready(const Batch& batch) {
  const nn::AdaFocusClipOptions& options = network_.options();
  const int64_t glance = options.num_segments, focus = options.focus_segments();
  if (batch.imgs.dim() != 5 || batch.imgs.size(1) != glance + focus)
    throw DataError("AdaFocusV2Clip",
                    fmt::format("takes [clips, {} + {}, 3, H, W], not a tensor of {} axes with {} frames", glance,
                                focus, batch.imgs.dim(), batch.imgs.dim() > 1 ? batch.imgs.size(1) : 0));
  const int64_t count = batch.imgs.size(0);
  // The variance of one row is not defined, and would spoil the running ones.
  if (count < 2)
    throw DataError("AdaFocusV2Clip", fmt::format("a batch of {} clips has no statistics to normalise with", count),
                    "train with 2 videos a batch or more");
  return {batch.imgs, labels_beside(batch.imgs, batch.labels, options.num_classes)};
}

Losses AdaFocusClipTask::forward(const Batch& batch) {
  const int64_t count = batch.imgs.size(0), glance = network_.options().num_segments;
  const at::Tensor& labels = batch.labels;
  const nn::ShiftedBranchResult seen = network_.glance(batch.imgs.slice(1, 0, glance).flatten(0, 1));
  const at::Tensor frames = batch.imgs.slice(1, glance).flatten(0, 1);
  const nn::ShiftedBranchResult random = network_.focus(frames, noise().uniform({count, 2}, batch.imgs.options()));
  const nn::ShiftedBranchResult chosen = network_.focus(frames, network_.actions(seen.maps));
  const at::Tensor scores = seen.logits + chosen.logits;

  const at::Tensor global = classification_loss(seen.reg_logits, labels);
  const at::Tensor sum = classification_loss(scores, labels);
  const at::Tensor local = classification_loss(chosen.reg_logits, labels);
  const at::Tensor random_sum = classification_loss(seen.logits + random.logits, labels);
  const at::Tensor random_local = classification_loss(random.reg_logits, labels);

  Losses losses;
  losses.total = global + (sum + local + random_sum + random_local) / 2;
  losses.parts = {{"loss_global_reg", global.detach()},
                  {"loss_cls", sum.detach()},
                  {"loss_local_reg", local.detach()},
                  {"loss_cls_random", random_sum.detach()},
                  {"loss_local_reg_random", random_local.detach()},
                  {"top1_acc", top_k_share(scores, labels, 1)},
                  {"top5_acc", top_k_share(scores, labels, kTopClasses)}};
  return losses;
}

}  // namespace

std::unique_ptr<Task> build_adafocus_clip_task(const nlohmann::ordered_json& model, const nlohmann::ordered_json& train,
                                               const std::string& place) {
  const bool partial_norm = nn::Config(train, "train").flag_or("partial_bn", false);
  auto network = nn::build_as<nn::AdaFocusClip>(model, place, "is not AdaFocusV2Clip, whose training this is");
  std::vector<FrozenParts> frozen;
  if (partial_norm) frozen = all_but_first_norms(*network);
  return std::make_unique<AdaFocusClipTask>(std::move(network), std::move(frozen));
}

}  // namespace vs::train
