#include "lib/systems/sampled_system.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/random.h"
#include "lib/systems/recognizer_system.h"

namespace vs::systems {
namespace {

/// Holds the networks of a system. The recognizer's stand in it without a name before them, as in the reference.
class Networks : public nn::Module {
 public:
  Networks(std::string kind, std::unique_ptr<nn::Module> sampler, std::unique_ptr<nn::Module> recognizer)
      : kind_(std::move(kind)), sampler_(sampler.get()) {
    if (sampler) adopt("sampler", std::move(sampler));
    adopt("", std::move(recognizer));
  }
  std::string kind() const override { return kind_; }

 protected:
  /// What chooses frames stays in single precision: a number that rounds otherwise would choose another frame.
  void prepare_self(const nn::InferenceOptions&) override {
    if (sampler_) sampler_->prepare({});
  }

 private:
  std::string kind_;
  nn::Module* sampler_;
};

/// Of clips [B, T, 3, H, W] the frames at indices [B, k]: [B, k, 3, H, W].
at::Tensor frames_at(const at::Tensor& clips, const at::Tensor& indices) {
  const at::Tensor first = at::arange(clips.size(0), indices.options()).unsqueeze(1) * clips.size(1);
  return clips.flatten(0, 1).index_select(0, (indices + first).flatten()).unflatten(0, indices.sizes());
}

at::Tensor joined(const std::vector<at::Tensor>& parts) { return parts.size() == 1 ? parts.front() : at::cat(parts); }

}  // namespace

/// What the clips of a batch gave, chunk by chunk.
struct SampledSystem::Rows {
  std::vector<at::Tensor> scores, stage_logits, embeddings;
  std::vector<std::vector<int64_t>> picks;  ///< a list a clip, frames of that clip
  std::vector<std::vector<Patch>> patches;
  std::vector<int64_t> stages;

  /// inner: of a recognizer that saw the chosen frames.
  void add(const Result& inner, const std::vector<std::vector<int64_t>>& chosen) {
    if (inner.clip_scores.defined()) scores.push_back(inner.clip_scores);
    if (inner.stage_logits.defined()) stage_logits.push_back(inner.stage_logits);
    if (inner.embeddings.defined()) embeddings.push_back(inner.embeddings);
    stages.insert(stages.end(), inner.stages.begin(), inner.stages.end());
    for (size_t clip = 0; clip < chosen.size(); ++clip) {
      const auto frame = [&](int64_t i) { return chosen[clip].at(static_cast<size_t>(i)); };
      picks.push_back(inner.picks.empty() ? chosen[clip] : inner.picks.at(clip));
      if (!inner.picks.empty()) std::transform(picks.back().begin(), picks.back().end(), picks.back().begin(), frame);
      if (inner.patches.empty()) continue;
      patches.push_back(inner.patches.at(clip));
      for (Patch& patch : patches.back()) patch.frame = frame(patch.frame);
    }
  }
};

SampledSystem::SampledSystem(const std::string& kind, std::unique_ptr<FrameChooser> chooser,
                             std::unique_ptr<nn::Module> network, std::unique_ptr<System> recognizer,
                             nn::AverageClips average, const SampledOptions& options, const std::string& place)
    : System(kind, InputLayout::kFrames,
             std::make_unique<Networks>(kind, network ? std::move(network) : chooser->take_network(),
                                        take_module(*recognizer)),
             average),
      chooser_(std::move(chooser)),
      recognizer_(std::move(recognizer)),
      options_(options) {
  const std::string refused = recognizer_->refusal(chooser_->chosen());
  if (!refused.empty())
    throw UsageError(place, fmt::format("{} frames are chosen, but {}", chooser_->chosen(), refused));
  if (options_.views > 0 && chooser_->total() > 0 && options_.views % chooser_->total() != 0)
    throw UsageError(place, fmt::format("max_testing_views {} is no multiple of the {} frames of a clip",
                                        options_.views, chooser_->total()));
}

int64_t SampledSystem::frames_of_clip(int64_t frames) const {
  if (chooser_->total() > 0) return chooser_->total();
  return frames / std::max<int64_t>(options_.num_clips, 1);
}

std::string SampledSystem::refusal(int64_t frames) const {
  const int64_t clip = frames_of_clip(frames), least = chooser_->least();
  if (clip < least) return fmt::format("{} frames of a clip are too few: the sampler needs {}", clip, least);
  if (options_.num_clips > 0 && frames != options_.num_clips * clip)
    return fmt::format("{} frames a video are not {} clips of {}", frames, options_.num_clips, clip);
  if (frames % clip != 0) return fmt::format("{} frames a video are no multiple of the {} of a clip", frames, clip);
  if (options_.views % clip != 0)
    return fmt::format("max_testing_views {} is no multiple of the {} frames of a clip", options_.views, clip);
  return {};
}

Result SampledSystem::look(const at::Tensor& imgs, const std::vector<uint64_t>& keys) {
  const nn::Running running(module());
  const int64_t videos = imgs.size(0), total = frames_of_clip(imgs.size(1)), clips = imgs.size(1) / total;
  const at::Tensor all = imgs.reshape({videos * clips, total, imgs.size(2), imgs.size(3), imgs.size(4)});
  const int64_t at_once = options_.views > 0 ? options_.views / total : all.size(0);
  Rows rows;
  for (int64_t start = 0; start < all.size(0); start += at_once) {
    const at::Tensor chunk = all.slice(0, start, std::min(start + at_once, all.size(0)));
    std::vector<std::string> streams;
    std::vector<uint64_t> chunk_keys;
    for (int64_t clip = start; clip < start + chunk.size(0); ++clip) {
      const uint64_t key = keys[static_cast<size_t>(clip / clips)];
      streams.push_back(fmt::format("{}/{}", key, clip % clips));
      chunk_keys.push_back(splitmix64(key) + static_cast<uint64_t>(clip % clips));
    }
    const bool keep_size = options_.views > 0 && options_.views_keep_size;
    const at::Tensor indices = chooser_->choose(chunk, streams, keep_size);
    const at::Tensor frames = frames_at(chunk, indices);
    const bool as_clips = recognizer_->layout() == InputLayout::kClips;
    rows.add(look_with(*recognizer_, as_clips ? frames.transpose(1, 2).unsqueeze(1) : frames, chunk_keys),
             lists_of(indices));
  }
  Result result;
  // Rows of a clip side by side: [videos * clips, rows, C] to [videos, clips * rows, C].
  if (!rows.scores.empty()) result.clip_scores = joined(rows.scores).unflatten(0, {videos, clips}).flatten(1, 2);
  if (!rows.embeddings.empty()) result.embeddings = joined(rows.embeddings).unflatten(0, {videos, clips}).flatten(1, 2);
  if (!rows.stage_logits.empty() && clips == 1) result.stage_logits = joined(rows.stage_logits);
  if (clips == 1) result.stages = rows.stages;
  for (size_t clip = 0; clip < rows.picks.size(); ++clip) {
    const auto first = static_cast<int64_t>(clip) % clips * total;
    if (first == 0) result.picks.emplace_back();
    for (const int64_t frame : rows.picks[clip]) result.picks.back().push_back(first + frame);
    if (rows.patches.empty()) continue;
    if (first == 0) result.patches.emplace_back();
    for (Patch patch : rows.patches[clip]) {
      patch.frame += first;
      result.patches.back().push_back(patch);
    }
  }
  return result;
}

}  // namespace vs::systems
