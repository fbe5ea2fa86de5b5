#include "lib/train/tasks/retrieval_task.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "lib/core/error.h"
#include "lib/nn/build_as.h"
#include "lib/nn/config.h"

namespace vs::train {
namespace {

using Json = nlohmann::ordered_json;

/// What the memory's buffers are called in the reference's checkpoints.
constexpr const char* kMemory = "sim_head.loss_sim.metric_loss.loss.";

/// Width of what the backbone gives, and of what the head makes of it.
struct Widths {
  int64_t features, embeddings;
};

Widths widths_of(nn::drca::SimilarityRecognizer& network) {
  int64_t features = 0;
  for (const auto& child : network.children()) {
    if (const auto* backbone = dynamic_cast<const nn::Backbone*>(child.get())) features = backbone->out_channels();
  }
  const int64_t embeddings = network.head().num_classes();
  return {features, embeddings > 0 ? embeddings : features};
}

RetrievalLossOptions published_loss() { return {.metric = {}, .memory_size = 1024}; }

RetrievalLossOptions described_loss(const Json& model, const std::string& place) {
  nn::Config head = nn::Config(model, place).object("sim_head");
  return head.has("loss_sim") ? read_retrieval_loss(head.object("loss_sim")) : published_loss();
}

}  // namespace

RetrievalTask::RetrievalTask(std::unique_ptr<nn::drca::SimilarityRecognizer> network, const RetrievalLossOptions& loss,
                             int64_t encoder_passes)
    : Task(std::move(network)),
      network_(static_cast<nn::drca::SimilarityRecognizer&>(module())),
      loss_(loss, widths_of(network_).embeddings),
      encoder_passes_(encoder_passes) {}

Batch RetrievalTask::ready(const Batch& batch) {
  if (batch.imgs.dim() != 6 || batch.imgs.size(1) < 2)
    throw DataError("SimilarityRecognizer3D",
                    fmt::format("trains on [N, clips, 3, T, H, W] with 2 clips or more, not [{}]",
                                fmt::join(batch.imgs.sizes(), ", ")));
  const int64_t videos = batch.imgs.size(0);
  const bool numbered = batch.labels.defined() && batch.labels.numel() == videos &&
                        at::isIntegralType(batch.labels.scalar_type(), /*includeBool=*/false);
  if (!numbered) throw DataError("SimilarityRecognizer3D", fmt::format("needs a number for each of {} videos", videos));
  return batch;
}

Losses RetrievalTask::forward(const Batch& batch) {
  at::Tensor embeddings = network_.logits(batch.imgs);
  if (encoder_passes_ == 2) embeddings = network_.head()(embeddings, 1);
  Losses losses;
  losses.total = loss_(embeddings, batch.labels.flatten().repeat_interleave(batch.imgs.size(1)));
  losses.parts = {{"loss_sim", losses.total.detach()}};
  return losses;
}

std::vector<std::pair<std::string, at::Tensor>> RetrievalTask::state() {
  return loss_.memory() != nullptr ? loss_.memory()->state(kMemory) : Task::state();
}

void RetrievalTask::restore(const std::vector<std::pair<std::string, at::Tensor>>& state) {
  if (loss_.memory() != nullptr) loss_.memory()->restore(kMemory, state);
}

std::unique_ptr<Task> build_retrieval_task(const Json& model, const Json& train, const std::string& place) {
  auto network = nn::build_as<nn::drca::SimilarityRecognizer>(model, place,
                                                              "is not SimilarityRecognizer3D, whose training this is");
  const int64_t passes = nn::Config(train, "train").integer_or("encoder_passes", 2, 1, 2);
  const Widths widths = widths_of(*network);
  if (passes == 2 && widths.features != widths.embeddings)
    throw UsageError(
        place + ".sim_head.encoder",
        fmt::format("makes {} numbers of {}, so that it cannot be applied twice", widths.embeddings, widths.features),
        "set train.encoder_passes to 1, or give it equal widths");
  return std::make_unique<RetrievalTask>(std::move(network), described_loss(model, place), passes);
}

}  // namespace vs::train
