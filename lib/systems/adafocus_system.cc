#include "lib/systems/adafocus_system.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <utility>

#include "lib/core/error.h"
#include "lib/core/random.h"
#include "lib/systems/recognizer_system.h"

namespace vs::systems {
namespace {

/// Places [videos, count, 2] that no policy is asked for; undefined for the learned choice.
at::Tensor chosen_places(const TestOptions& options, const at::Tensor& imgs, int64_t count,
                         const std::vector<uint64_t>& keys) {
  if (options.patch_choice == PatchChoice::kLearned) return {};
  const bool random = options.patch_choice == PatchChoice::kRandom;
  const std::array<double, 2> place =
      options.patch_choice == PatchChoice::kFixed ? options.patch_place : std::array<double, 2>{0.5, 0.5};
  std::vector<double> values;
  for (const uint64_t key : keys) {
    ItemRandom draws(options.seed, 0, std::to_string(key));
    for (int64_t i = 0; i < 2 * count; ++i)
      values.push_back(random ? draws.uniform() : place[static_cast<size_t>(i % 2)]);
  }
  const auto videos = static_cast<int64_t>(keys.size());
  return at::tensor(values, at::kDouble).view({videos, count, 2}).to(imgs.device(), imgs.scalar_type());
}

/// One patch for each row of actions [n, 2], cut out of the frames with these numbers.
std::vector<Patch> patches_at(const at::Tensor& actions, const at::Tensor& imgs, int64_t size,
                              const std::vector<int64_t>& frames) {
  const at::Tensor places = actions.to(at::kCPU).to(at::kDouble).contiguous();
  const double* at = places.const_data_ptr<double>();
  const auto free_y = static_cast<double>(imgs.size(3) - size), free_x = static_cast<double>(imgs.size(4) - size);
  std::vector<Patch> patches;
  for (const int64_t frame : frames) {
    patches.push_back({frame, at[0] * free_y, at[1] * free_x, size});
    at += 2;
  }
  return patches;
}

/// The videos of a batch that are still looked at, and what is carried along for them.
struct Underway {
  std::vector<int64_t> videos;
  nn::FrameState state;

  /// Goes on with the videos at these positions of `videos` alone.
  void keep(const std::vector<int64_t>& positions, const at::Device& device) {
    std::vector<int64_t> kept;
    for (const int64_t position : positions) kept.push_back(videos[static_cast<size_t>(position)]);
    videos = kept;
    const at::Tensor rows = at::tensor(positions, at::kLong).to(device);
    if (state.policy.defined()) state.policy = state.policy.index_select(0, rows);
    state.largest = state.largest.index_select(0, rows);
  }
};

std::string frames_refused(int64_t frames, int64_t taken) {
  return frames == taken ? "" : fmt::format("takes {} frames a video, not {}", taken, frames);
}

}  // namespace

at::Tensor exit_confidence(const at::Tensor& logits, ExitMeasure measure) {
  const at::Tensor values = logits.to(at::kDouble);
  if (measure == ExitMeasure::kLargestLogit) return values.amax(-1);
  const at::Tensor p = at::softmax(values, -1);
  return at::xlogy(p, p).sum(-1);
}

AdaFocusSystem::AdaFocusSystem(std::string kind, std::unique_ptr<nn::AdaFocus> network, nn::AverageClips average,
                               const TestOptions& options)
    : System(std::move(kind), InputLayout::kFrames, std::move(network), average),
      network_(static_cast<nn::AdaFocus&>(module())),
      options_(options) {
  const auto stages = static_cast<size_t>(network_.options().num_segments);
  if (!options.exit_thresholds.empty() && options.exit_thresholds.size() != stages)
    throw UsageError("exit_thresholds", fmt::format("{} of them for {} frames", options.exit_thresholds.size(), stages),
                     "give one a frame; that of the last is not used");
}

std::string AdaFocusSystem::refusal(int64_t frames) const {
  return frames_refused(frames, network_.options().num_segments);
}

Result AdaFocusSystem::look(const at::Tensor& imgs, const std::vector<uint64_t>& keys) {
  const nn::Running running(network_);
  return options_.exit_thresholds.empty() || imgs.is_meta() ? look_at_all(imgs, keys) : look_until_sure(imgs, keys);
}

Result AdaFocusSystem::look_at_all(const at::Tensor& imgs, const std::vector<uint64_t>& keys) {
  const int64_t videos = imgs.size(0), count = network_.options().num_segments;
  const at::Tensor places = chosen_places(options_, imgs, count, keys);
  const auto look = [&](const at::Tensor& x) -> std::vector<at::Tensor> {
    const at::Tensor frames = network_.frames_of(x);
    const nn::GlanceResult seen = network_.glance(frames);
    const at::Tensor actions = places.defined() ? places.flatten(0, 1) : network_.actions(seen.maps);
    const nn::FocusResult focus = network_.focus(frames, seen, actions);
    return {focus.cat_pred, focus.cat_logits, actions};
  };
  // Places that are given are others for every batch: they are no part of what may be replayed.
  const std::vector<at::Tensor> found = places.defined() ? look(imgs) : compute(imgs, look);
  const at::Tensor& actions = found[2];
  Result result;
  result.clip_scores = found[0].unsqueeze(1);
  result.stage_logits = found[1].unflatten(0, {videos, count});
  if (imgs.is_meta()) return result;
  const std::vector<int64_t> order = network_.order();
  for (int64_t video = 0; video < videos; ++video) {
    result.picks.push_back(order);
    result.patches.push_back(
        patches_at(actions.narrow(0, video * count, count), imgs, network_.options().patch_size, order));
  }
  return result;
}

Result AdaFocusSystem::look_until_sure(const at::Tensor& imgs, const std::vector<uint64_t>& keys) {
  const int64_t videos = imgs.size(0), count = network_.options().num_segments;
  const std::vector<int64_t> order = network_.order();
  const at::Tensor places = chosen_places(options_, imgs, count, keys);
  Result result;
  result.picks.resize(keys.size());
  result.patches.resize(keys.size());
  result.stages.resize(keys.size());
  Underway underway;
  for (int64_t video = 0; video < videos; ++video) underway.videos.push_back(video);
  for (int64_t t = 0; t < count && !underway.videos.empty(); ++t) {
    const int64_t frame = order[static_cast<size_t>(t)];
    const at::Tensor rows = at::tensor(underway.videos, at::kLong).to(imgs.device());
    const at::Tensor given = places.defined() ? places.select(1, t).index_select(0, rows) : at::Tensor();
    const nn::FrameResult said = network_.look(imgs.select(1, frame).index_select(0, rows), t, underway.state, given);
    if (t == 0) {
      const double nothing = std::numeric_limits<double>::quiet_NaN();
      result.stage_logits = at::full({videos, count, said.logits.size(1)}, nothing, said.logits.options());
      result.clip_scores = at::empty({videos, 1, said.logits.size(1)}, said.logits.options());
    }
    result.stage_logits.select(1, t).index_copy_(0, rows, said.logits);
    result.clip_scores.select(1, 0).index_copy_(0, rows, said.logits);
    const std::vector<Patch> patches =
        patches_at(said.actions, imgs, network_.options().patch_size, std::vector(underway.videos.size(), frame));
    const at::Tensor sure = exit_confidence(said.logits, options_.exit_measure).to(at::kCPU).contiguous();
    std::vector<int64_t> unsure;
    for (size_t i = 0; i < underway.videos.size(); ++i) {
      const auto video = static_cast<size_t>(underway.videos[i]);
      result.picks[video].push_back(frame);
      result.patches[video].push_back(patches[i]);
      result.stages[video] = t + 1;
      const bool leaves = sure.const_data_ptr<double>()[i] >= options_.exit_thresholds[static_cast<size_t>(t)];
      if (!leaves) unsure.push_back(static_cast<int64_t>(i));
    }
    if (unsure.size() < underway.videos.size()) underway.keep(unsure, imgs.device());
  }
  return result;
}

AdaFocusClipSystem::AdaFocusClipSystem(std::string kind, std::unique_ptr<nn::AdaFocusClip> network,
                                       nn::AverageClips average, const TestOptions& options)
    : System(std::move(kind), InputLayout::kFrames, std::move(network), average),
      network_(static_cast<nn::AdaFocusClip&>(module())),
      options_(options) {}

std::string AdaFocusClipSystem::refusal(int64_t frames) const {
  return frames_refused(frames, network_.options().num_segments + network_.options().focus_segments());
}

Result AdaFocusClipSystem::look(const at::Tensor& imgs, const std::vector<uint64_t>& keys) {
  const nn::Running running(network_);
  const int64_t glance = network_.options().num_segments, focus = network_.options().focus_segments();
  const at::Tensor places = chosen_places(options_, imgs, 1, keys);
  const auto look = [&](const at::Tensor& x) -> std::vector<at::Tensor> {
    const nn::ShiftedBranchResult seen = network_.glance(x.slice(1, 0, glance).flatten(0, 1));
    const at::Tensor actions = places.defined() ? places.select(1, 0) : network_.actions(seen.maps);
    const nn::ShiftedBranchResult close = network_.focus(x.slice(1, glance).flatten(0, 1), actions);
    return {seen.logits + close.logits, actions};
  };
  // As above: places that are given are no part of what may be replayed.
  const std::vector<at::Tensor> found = places.defined() ? look(imgs) : compute(imgs, look);
  const at::Tensor& actions = found[1];
  Result result;
  result.clip_scores = found[0].unsqueeze(1);
  if (imgs.is_meta()) return result;
  for (int64_t video = 0; video < imgs.size(0); ++video) {
    std::vector<int64_t> frames;
    for (int64_t frame = glance; frame < glance + focus; ++frame) frames.push_back(frame);
    const at::Tensor place = actions.narrow(0, video, 1).expand({focus, 2});
    result.patches.push_back(patches_at(place, imgs, network_.options().patch_size, frames));
  }
  return result;
}

}  // namespace vs::systems
