// Clips to embeddings for retrieval.
#pragma once

#include <cstdint>
#include <memory>

#include "lib/nn/network.h"

namespace vs::nn {

class Config;

}  // namespace vs::nn

namespace vs::nn::drca {

/// A backbone and an embedding head over clips [N, clips, 3, T, H, W], a few clips at a time. Entries: backbone.*,
/// sim_head.*.
class SimilarityRecognizer : public Recognizer {
 public:
  /// At most max_batch_size clips run at once.
  SimilarityRecognizer(std::unique_ptr<Backbone> backbone, std::unique_ptr<Head> head, int64_t max_batch_size);
  std::string kind() const override { return "SimilarityRecognizer3D"; }

  /// Embeddings, not normalised: [N, clips, E], or [N, E] for one clip a video.
  at::Tensor embed(const at::Tensor& imgs);
  /// A row a clip: [N * clips, E].
  at::Tensor logits(const at::Tensor& imgs) override;
  at::Tensor pooled_features(const at::Tensor& imgs) override;
  Head& head() { return *head_; }

 private:
  template <class Run>
  at::Tensor in_chunks(const at::Tensor& imgs, const Run& run);

  Backbone* backbone_;
  Head* head_;
  int64_t max_batch_size_;
};

/// "SimilarityRecognizer3D": backbone, sim_head, max_batch_size (6).
std::unique_ptr<Recognizer> build_similarity_recognizer(Config config);

}  // namespace vs::nn::drca
