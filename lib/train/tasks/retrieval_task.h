// Training of embeddings for retrieval: clips of one video belong together.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "lib/nn/drca/similarity_recognizer.h"
#include "lib/train/losses/cross_batch_memory.h"
#include "lib/train/task.h"

namespace vs::train {

/// DRCA's retrieval training. Batch: imgs [N, clips, 3, T, H, W] with two clips a video or more, labels [N] integers,
/// the numbers of the videos. Clips run in chunks of max_batch_size, so that statistics and ranking noise are those of
/// a chunk; the head is applied to each chunk and, `encoder_passes` being 2, once more to all. Part: loss_sim.
class RetrievalTask final : public Task {
 public:
  /// encoder_passes: 1 or 2.
  RetrievalTask(std::unique_ptr<nn::drca::SimilarityRecognizer> network, const RetrievalLossOptions& loss,
                int64_t encoder_passes);

  LabelUse label_use() const override { return LabelUse::kVideo; }
  Batch ready(const Batch& batch) override;
  Losses forward(const Batch& batch) override;
  /// The cross-batch memory, if there is one: its tensors under the reference's names, its position and whether it is
  /// filled. Each process has its own.
  std::vector<std::pair<std::string, at::Tensor>> state() override;
  void restore(const std::vector<std::pair<std::string, at::Tensor>>& state) override;
  void set_ranks(Ranks* ranks) override { loss_.set_ranks(ranks); }

 private:
  nn::drca::SimilarityRecognizer& network_;
  RetrievalLoss loss_;
  int64_t encoder_passes_;
};

/// model: a SimilarityRecognizer3D, whose sim_head may have a loss_sim as read_retrieval_loss() takes it; without one,
/// multi-similarity over a memory of 1024 embeddings, as published. train: encoder_passes (2, as in the reference).
/// Throws UsageError naming the place of what cannot be built, or of an encoder that cannot be applied twice.
std::unique_ptr<Task> build_retrieval_task(const nlohmann::ordered_json& model, const nlohmann::ordered_json& train,
                                           const std::string& place = "model");

}  // namespace vs::train
