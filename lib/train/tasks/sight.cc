#include "lib/train/tasks/sight.h"

#include <fmt/format.h>

#include <string>

#include "lib/core/error.h"
#include "lib/systems/distillation.h"

namespace vs::train {
namespace {

constexpr int64_t kAxesOfImages = 5, kAxesOfClips = 6;

/// The network's own layout: a first axis of what it takes as videos.
Sight look_at_own(nn::PlainRecognizer& network, bool clips, const at::Tensor& imgs) {
  const nn::Running running(network);
  const int64_t videos = imgs.size(0), rows = imgs.size(1);
  Sight sight;
  const at::Tensor maps = network.backbone()(imgs.flatten(0, 1));
  const at::Tensor scores = network.head()(maps, clips ? 1 : rows);
  sight.scores = scores.view({videos, scores.size(0) / videos, scores.size(1)});
  sight.has_positions = maps.dim() > 2;
  if (!sight.has_positions) {
    sight.maps = maps.unflatten(0, {videos, rows});
    if (!clips) sight.maps = sight.maps.mean(1, true);
    sight.maps = sight.maps.unsqueeze(-1).unsqueeze(-1).unsqueeze(-1);
  } else {
    sight.maps = maps.unflatten(0, {videos, rows});
    if (!clips) sight.maps = sight.maps.transpose(1, 2).unsqueeze(1);
  }
  return sight;
}

}  // namespace

at::Tensor frames_for(const at::Tensor& imgs, bool clips) {
  const bool given_clips = imgs.dim() == kAxesOfClips;
  if (imgs.numel() == 0 || (!given_clips && imgs.dim() != kAxesOfImages))
    throw DataError("imgs", fmt::format("[{}] is neither [N, M, 3, H, W] nor [N, clips, 3, T, H, W]",
                                        fmt::join(imgs.sizes(), ", ")));
  if (given_clips == clips) return imgs;
  if (clips) return imgs.transpose(1, 2).unsqueeze(1);
  return imgs.flatten(0, 1).transpose(1, 2);
}

at::Tensor sized_frames(const at::Tensor& imgs, const std::vector<int64_t>& size) {
  const auto axes = imgs.dim();
  if (imgs.size(axes - 2) == size[0] && imgs.size(axes - 1) == size[1]) return imgs;
  return systems::resize_frames(imgs.flatten(0, 1), size).unflatten(0, {imgs.size(0), imgs.size(1)});
}

Sight look(nn::PlainRecognizer& network, bool clips, const at::Tensor& imgs) {
  const at::Tensor own = frames_for(imgs, clips);
  Sight sight = look_at_own(network, clips, own);
  const int64_t videos = imgs.size(0);
  if (own.size(0) != videos) {
    // Each clip was a video of images.
    sight.maps = sight.maps.squeeze(1).unflatten(0, {videos, -1});
    sight.scores = sight.scores.unflatten(0, {videos, -1}).flatten(1, 2);
  }
  return sight;
}

nn::Linear& classifier_of(nn::PlainRecognizer& network, const std::string& place) {
  for (const auto& part : network.head().children()) {
    auto* const linear = dynamic_cast<nn::Linear*>(part.get());
    if (part->name() == "fc_cls" && linear != nullptr) return *linear;
  }
  throw UsageError(place + ".cls_head", "has no layer fc_cls to be applied at every position",
                   "the term \"scores\" compares networks of any head");
}

}  // namespace vs::train
