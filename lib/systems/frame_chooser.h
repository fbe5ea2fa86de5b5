// Which frames of a clip a recognizer gets.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lib/nn/backbones/mobilenet_v2_sampler.h"
#include "lib/systems/test_options.h"

namespace vs::systems {

/// Chooses chosen() of the frames of a clip.
class FrameChooser {
 public:
  virtual ~FrameChooser() = default;
  /// Frames of the clips that it takes; 0: any number from chosen() on.
  virtual int64_t total() const = 0;
  virtual int64_t chosen() const = 0;
  /// Frames that a clip must have.
  virtual int64_t least() const { return chosen(); }
  /// The network that it runs, to be owned by a system; nothing if it runs none. Called once.
  virtual std::unique_ptr<nn::Module> take_network() { return nullptr; }
  /// clips: [B, T, 3, H, W]. streams: names from which random choices follow, one a clip. keep_size: the network sees
  /// frames as they are. Returns indices, [B, chosen()], in the order in which the recognizer gets the frames.
  virtual at::Tensor choose(const at::Tensor& clips, const std::vector<std::string>& streams, bool keep_size) = 0;
};

/// The middles of equal parts of the clip.
class UniformChooser : public FrameChooser {
 public:
  UniformChooser(int64_t total, int64_t chosen) : total_(total), chosen_(chosen) {}
  int64_t total() const override { return total_; }
  int64_t chosen() const override { return chosen_; }
  at::Tensor choose(const at::Tensor& clips, const std::vector<std::string>& streams, bool keep_size) override;

 private:
  int64_t total_, chosen_;
};

/// Drawn without replacement, in time order. A clip's draw depends on the seed and its stream alone.
class RandomChooser : public FrameChooser {
 public:
  RandomChooser(int64_t total, int64_t chosen, uint64_t seed) : total_(total), chosen_(chosen), seed_(seed) {}
  int64_t total() const override { return total_; }
  int64_t chosen() const override { return chosen_; }
  at::Tensor choose(const at::Tensor& clips, const std::vector<std::string>& streams, bool keep_size) override;

 private:
  int64_t total_, chosen_;
  uint64_t seed_;
};

/// Always these, at least one, in this order.
class FixedChooser : public FrameChooser {
 public:
  FixedChooser(int64_t total, std::vector<int64_t> frames) : total_(total), frames_(std::move(frames)) {}
  int64_t total() const override { return total_; }
  int64_t chosen() const override { return static_cast<int64_t>(frames_.size()); }
  int64_t least() const override { return *std::max_element(frames_.begin(), frames_.end()) + 1; }
  at::Tensor choose(const at::Tensor& clips, const std::vector<std::string>& streams, bool keep_size) override;

 private:
  int64_t total_;
  std::vector<int64_t> frames_;
};

/// OCSampler: the frames that a skim network rates highest, the earlier one of equals, in time order.
/// Source: Lin et al., "OCSampler", CVPR 2022.
class SkimChooser : public FrameChooser {
 public:
  /// skim_px: frames are shrunk to this for the network, by the nearest pixel; 0: not. by_probability: in falling order
  /// of probability instead of time.
  SkimChooser(std::unique_ptr<nn::MobileNetV2Sampler> network, int64_t chosen, int64_t skim_px, bool by_probability);
  int64_t total() const override { return network_->total_segments(); }
  int64_t chosen() const override { return chosen_; }
  std::unique_ptr<nn::Module> take_network() override { return std::move(owned_); }
  at::Tensor choose(const at::Tensor& clips, const std::vector<std::string>& streams, bool keep_size) override;

  /// What choose() decides by: [B, T], the rows sum to 1.
  at::Tensor probabilities(const at::Tensor& clips, bool keep_size);
  /// Before the soft-max.
  at::Tensor logits(const at::Tensor& clips, bool keep_size);

 private:
  std::unique_ptr<nn::MobileNetV2Sampler> owned_;
  nn::MobileNetV2Sampler* network_;
  int64_t chosen_, skim_px_;
  bool by_probability_;
};

/// The positions of the `count` largest of each row [B, T], [B, count]: by falling value, the first of equals first.
/// Works on meta tensors.
at::Tensor largest_positions(const at::Tensor& rows, int64_t count);

}  // namespace vs::systems
