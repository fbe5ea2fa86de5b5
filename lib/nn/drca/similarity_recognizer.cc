#include "lib/nn/drca/similarity_recognizer.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "lib/core/error.h"
#include "lib/nn/config.h"

namespace vs::nn::drca {

SimilarityRecognizer::SimilarityRecognizer(std::unique_ptr<Backbone> backbone, std::unique_ptr<Head> head,
                                           int64_t max_batch_size)
    : backbone_(backbone.get()), head_(head.get()), max_batch_size_(max_batch_size) {
  adopt("backbone", std::move(backbone));
  adopt("sim_head", std::move(head));
}

template <class Run>
at::Tensor SimilarityRecognizer::in_chunks(const at::Tensor& imgs, const Run& run) {
  const Running running(*this);
  if (imgs.dim() != 6 || imgs.size(0) * imgs.size(1) == 0)
    throw DataError(kind(),
                    fmt::format("takes videos [N, clips, 3, T, H, W], not [{}]", fmt::join(imgs.sizes(), ", ")));
  const at::Tensor clips = imgs.flatten(0, 1);
  std::vector<at::Tensor> rows;
  for (const at::Tensor& chunk : clips.split(max_batch_size_)) rows.push_back(run(chunk));
  return rows.size() == 1 ? rows.front() : at::cat(rows);
}

at::Tensor SimilarityRecognizer::logits(const at::Tensor& imgs) {
  return in_chunks(imgs, [this](const at::Tensor& clips) { return (*head_)((*backbone_)(clips), 1); });
}

at::Tensor SimilarityRecognizer::pooled_features(const at::Tensor& imgs) {
  return in_chunks(imgs, [this](const at::Tensor& clips) {
    const at::Tensor maps = (*backbone_)(clips);
    return maps.dim() > 2 ? maps.flatten(2).mean(2) : maps;
  });
}

at::Tensor SimilarityRecognizer::embed(const at::Tensor& imgs) {
  const at::Tensor rows = logits(imgs);
  return imgs.size(1) == 1 ? rows : rows.view({imgs.size(0), imgs.size(1), rows.size(1)});
}

std::unique_ptr<Recognizer> build_similarity_recognizer(Config config) {
  config.pass({"type", "train_cfg", "test_cfg", "init_cfg", "data_preprocessor"});
  const int64_t max_batch_size = config.integer_or("max_batch_size", 6, 1, 1 << 20);
  auto backbone = build_backbone(config.object("backbone"));
  auto head = build_head(config.object("sim_head"));
  config.finish();
  return std::make_unique<SimilarityRecognizer>(std::move(backbone), std::move(head), max_batch_size);
}

}  // namespace vs::nn::drca
