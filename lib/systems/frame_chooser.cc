#include "lib/systems/frame_chooser.h"

#include <algorithm>
#include <utility>

#include "lib/core/random.h"
#include "lib/sampling/segment.h"

namespace vs::systems {
namespace {

/// A row of indices on the device of the clips.
at::Tensor row_of(const std::vector<int64_t>& frames, const at::Tensor& clips) {
  return at::tensor(frames, at::device(at::kCPU).dtype(at::kLong)).to(clips.device());
}

}  // namespace

at::Tensor largest_positions(const at::Tensor& rows, int64_t count) {
  return std::get<1>(rows.sort(/*stable=*/true, -1, /*descending=*/true)).narrow(-1, 0, count);
}

at::Tensor UniformChooser::choose(const at::Tensor& clips, const std::vector<std::string>&, bool) {
  return row_of(sampling::segment_centers(clips.size(1), chosen_), clips).expand({clips.size(0), -1});
}

at::Tensor RandomChooser::choose(const at::Tensor& clips, const std::vector<std::string>& streams, bool) {
  std::vector<at::Tensor> rows;
  for (const std::string& stream : streams) {
    ItemRandom random(seed_, 0, stream);
    std::vector<int64_t> frames = random.choose(clips.size(1), chosen_);
    std::sort(frames.begin(), frames.end());
    rows.push_back(row_of(frames, clips));
  }
  return at::stack(rows);
}

at::Tensor FixedChooser::choose(const at::Tensor& clips, const std::vector<std::string>&, bool) {
  return row_of(frames_, clips).expand({clips.size(0), -1});
}

SkimChooser::SkimChooser(std::unique_ptr<nn::MobileNetV2Sampler> network, int64_t chosen, int64_t skim_px,
                         bool by_probability)
    : owned_(std::move(network)),
      network_(owned_.get()),
      chosen_(chosen),
      skim_px_(skim_px),
      by_probability_(by_probability) {}

at::Tensor SkimChooser::probabilities(const at::Tensor& clips, bool keep_size) {
  return at::softmax(logits(clips, keep_size), -1);
}

at::Tensor SkimChooser::logits(const at::Tensor& clips, bool keep_size) {
  const at::Tensor frames = clips.flatten(0, 1);
  const bool as_they_are = keep_size || skim_px_ == 0 || (frames.size(2) == skim_px_ && frames.size(3) == skim_px_);
  return network_->logits(as_they_are ? frames : nn::skim_frames(frames, skim_px_));
}

at::Tensor SkimChooser::choose(const at::Tensor& clips, const std::vector<std::string>&, bool keep_size) {
  const at::Tensor best = largest_positions(probabilities(clips, keep_size), chosen_);
  return by_probability_ ? best : std::get<0>(best.sort(-1));
}

}  // namespace vs::systems
