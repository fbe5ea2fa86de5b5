// Draws for work that a device repeats: at fixed places, with new values each time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lib/nn/noise.h"

namespace vs::nn {

/// What was drawn once.
struct Draw {
  enum class Kind { kUniform, kNormal };
  Kind kind = Kind::kUniform;
  std::vector<int64_t> shape;
};

/// Passes on what another source draws, and remembers what was asked for. Borrows it.
class NotedNoise final : public NoiseSource {
 public:
  explicit NotedNoise(NoiseSource& source) : source_(source) {}
  at::Tensor uniform(at::IntArrayRef shape, const at::TensorOptions& options) override;
  at::Tensor normal(at::IntArrayRef shape, const at::TensorOptions& options) override;
  /// In the order in which it was asked for.
  const std::vector<Draw>& draws() const { return draws_; }

 private:
  NoiseSource& source_;
  std::vector<Draw> draws_;
};

/// Gives known draws in their order, each at a place of its own on one device. Work that asks for anything else, or for
/// it on another device, ends with c10::Error.
class NoiseTape final : public NoiseSource {
 public:
  NoiseTape(std::vector<Draw> draws, at::Device device);

  /// New values of all draws, which `source` gives in their order: those that the same work would take from it. This
  /// thread does not wait for the device, and the memory from which it reads is not written again before it has.
  void refill(NoiseSource& source);
  /// The next draw is the first again.
  void rewind() { next_ = 0; }
  at::Tensor uniform(at::IntArrayRef shape, const at::TensorOptions& options) override;
  at::Tensor normal(at::IntArrayRef shape, const at::TensorOptions& options) override;

 private:
  at::Tensor take(Draw::Kind kind, at::IntArrayRef shape, const at::TensorOptions& options);

  std::vector<Draw> draws_;
  std::vector<int64_t> offsets_;  ///< of each draw; behind the last one the number of values
  at::Tensor values_;             ///< [values], float
  size_t next_ = 0;
};

}  // namespace vs::nn
