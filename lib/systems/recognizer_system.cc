#include "lib/systems/recognizer_system.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lib/nn/drca/backbone.h"
#include "lib/nn/drca/similarity_recognizer.h"

namespace vs::systems {

std::vector<std::vector<int64_t>> lists_of(const at::Tensor& indices) {
  std::vector<std::vector<int64_t>> lists;
  if (indices.is_meta()) return lists;
  const at::Tensor rows = indices.to(at::kCPU).to(at::kLong).contiguous();
  const int64_t* first = rows.const_data_ptr<int64_t>();
  for (int64_t row = 0; row < rows.size(0); ++row, first += rows.size(1))
    lists.emplace_back(first, first + rows.size(1));
  return lists;
}

RecognizerSystem::RecognizerSystem(std::string kind, InputLayout layout, std::unique_ptr<nn::PlainRecognizer> network,
                                   nn::AverageClips average, int64_t images_of_clip)
    : System(std::move(kind), layout, std::move(network), average),
      network_(static_cast<nn::PlainRecognizer&>(module())),
      images_of_clip_(images_of_clip) {}

std::string RecognizerSystem::refusal(int64_t frames) const {
  if (frames % images_of_clip_ == 0) return {};
  return fmt::format("{} images a video are no multiple of the {} that the network takes as a clip", frames,
                     images_of_clip_);
}

Result RecognizerSystem::look(const at::Tensor& imgs, const std::vector<uint64_t>&) {
  Result result;
  const at::Tensor rows =
      compute(imgs, [this](const at::Tensor& x) { return std::vector<at::Tensor>{network_.logits(x)}; }).front();
  result.clip_scores = rows.view({imgs.size(0), rows.size(0) / imgs.size(0), rows.size(1)});
  return result;
}

DrcaSystem::DrcaSystem(std::string kind, std::unique_ptr<nn::PlainRecognizer> network, nn::AverageClips average,
                       nn::drca::Drca& backbone, int64_t views)
    : RecognizerSystem(std::move(kind), InputLayout::kClips, std::move(network), average, 1),
      backbone_(backbone),
      views_(views) {}

std::string DrcaSystem::refusal(int64_t frames) const {
  const int64_t taken = backbone_.options().num_frames;
  return frames == taken ? "" : fmt::format("takes clips of {} frames, not of {}", taken, frames);
}

Result DrcaSystem::look(const at::Tensor& imgs, const std::vector<uint64_t>&) {
  const nn::Running running(module());
  const at::Tensor clips = imgs.flatten(0, 1);
  std::vector<at::Tensor> features, kept;
  for (const at::Tensor& chunk : clips.split(views_ > 0 ? views_ : clips.size(0))) {
    const std::vector<at::Tensor> seen = compute(chunk, [this](const at::Tensor& x) {
      const nn::drca::Drca::Seen looked = backbone_.look(x);
      return std::vector<at::Tensor>{looked.features, looked.kept};
    });
    features.push_back(seen[0]);
    if (seen[1].defined()) kept.push_back(seen[1]);
  }
  Result result;
  result.clip_scores = network().head()(at::cat(features), 1).unflatten(0, {imgs.size(0), imgs.size(1)});
  if (kept.empty()) return result;
  const at::Tensor first = at::arange(imgs.size(1), kept.front().options()).view({1, -1, 1}) * imgs.size(3);
  result.picks = lists_of((at::cat(kept).unflatten(0, {imgs.size(0), imgs.size(1)}) + first).flatten(1));
  return result;
}

RetrievalSystem::RetrievalSystem(std::string kind, std::unique_ptr<nn::drca::SimilarityRecognizer> network)
    : System(std::move(kind), InputLayout::kClips, std::move(network), nn::AverageClips::kNone),
      network_(static_cast<nn::drca::SimilarityRecognizer&>(module())) {}

int64_t RetrievalSystem::num_classes() const { return network_.head().num_classes(); }

Result RetrievalSystem::look(const at::Tensor& imgs, const std::vector<uint64_t>&) {
  Result result;
  result.embeddings = compute(imgs, [this](const at::Tensor& x) { return std::vector<at::Tensor>{network_.logits(x)}; })
                          .front()
                          .unflatten(0, {imgs.size(0), imgs.size(1)});
  return result;
}

}  // namespace vs::systems
