#include "lib/train/tasks/frame_classifier.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "lib/nn/config.h"
#include "lib/nn/layers/pool.h"
#include "lib/train/losses/precision.h"

namespace vs::train {
namespace {

/// Evaluation mode for its lifetime.
class Evaluating {
 public:
  explicit Evaluating(nn::Module& module) : module_(module), was_training_(module.training()) {
    if (was_training_) module_.train(false);
  }
  Evaluating(const Evaluating&) = delete;
  Evaluating& operator=(const Evaluating&) = delete;
  ~Evaluating() {
    if (was_training_) module_.train(true);
  }

 private:
  nn::Module& module_;
  bool was_training_;
};

at::Tensor means(const at::Tensor& maps) { return nn::mean_of_positions(maps, wide_type(maps)); }

/// [B, T, ...] at indices [B, N]: [B * N, ...].
at::Tensor rows_at(const at::Tensor& imgs, const at::Tensor& frames) {
  const at::Tensor first = at::arange(imgs.size(0), frames.options()).unsqueeze(1) * imgs.size(1);
  return imgs.flatten(0, 1).index_select(0, (frames + first).flatten());
}

/// Clips of the frames, which are the third axis: [B, 3, N, H, W].
at::Tensor clips_at(const at::Tensor& imgs, const at::Tensor& frames) {
  return rows_at(imgs, frames).unflatten(0, frames.sizes()).transpose(1, 2).contiguous();
}

}  // namespace

FrameClassifier::FrameClassifier(Backbone backbone, nn::Head& head, FrameUse use, bool probabilities)
    : backbone_(std::move(backbone)), head_(head), use_(use), probabilities_(probabilities) {}

FrameClassifier::Features FrameClassifier::look(const at::Tensor& imgs, const at::Tensor& first,
                                                const at::Tensor& second) const {
  const auto look_at = [&](const at::Tensor& frames) {
    return use_ == FrameUse::kClip ? backbone_(clips_at(imgs, frames)) : means(backbone_(rows_at(imgs, frames)));
  };
  if (!second.defined()) return {look_at(first), {}};
  if (use_ != FrameUse::kEach) {
    Features features{look_at(first), {}};
    const at::NoGradGuard no_gradients;
    features.second = look_at(second);
    return features;
  }
  at::Tensor needed = at::zeros({imgs.size(0), imgs.size(1)}, first.options().dtype(at::kBool));
  needed = needed.scatter(1, first, 1).scatter(1, second, 1).flatten();
  const at::Tensor place = (needed.cumsum(0) - 1).view({imgs.size(0), imgs.size(1)});
  const at::Tensor seen = means(backbone_(imgs.flatten(0, 1).index_select(0, needed.nonzero().squeeze(1))));
  return {seen.index_select(0, place.gather(1, first).flatten()),
          seen.detach().index_select(0, place.gather(1, second).flatten())};
}

at::Tensor FrameClassifier::scores(const at::Tensor& features, int64_t frames) const {
  return widened(head_(features, use_ == FrameUse::kClip ? 1 : frames));
}

at::Tensor FrameClassifier::probabilities(const at::Tensor& scores) const {
  return probabilities_ ? scores : at::softmax(scores, -1);
}

at::Tensor FrameClassifier::frame_probabilities(const at::Tensor& imgs, const at::Tensor& frames,
                                                const at::Tensor& features) const {
  const at::NoGradGuard no_gradients;
  const Evaluating evaluating(head_);
  const int64_t count = frames.size(1);
  if (use_ != FrameUse::kClip) return probabilities(widened(head_(features, 1))).unflatten(0, {imgs.size(0), count});
  std::vector<at::Tensor> each;
  for (int64_t i = 0; i < count; ++i)
    each.push_back(probabilities(widened(head_(backbone_(clips_at(imgs, frames.narrow(1, i, 1))), 1))));
  return at::stack(each, 1);
}

bool gives_probabilities(const nlohmann::ordered_json& head, const std::string& place) {
  nn::Config config(head, place);
  return config.text("type", "").starts_with("R50") && config.flag_or("frozen", false);
}

}  // namespace vs::train
