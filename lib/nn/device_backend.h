// What the GPU half of vs gives to networks; lib/cuda implements it, in a library that is loaded on demand.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "lib/nn/drca/perturbed_rank.h"
#include "lib/nn/torch.h"

namespace c10d {
class Store;
}

namespace vs::nn {

/// Operations for which a device has kernels of its own. Each computes what the function of its name computes from
/// LibTorch's operations, and is differentiable where that is.
class DeviceOperations {
 public:
  virtual ~DeviceOperations() = default;
  /// nn::temporal_shift().
  virtual at::Tensor temporal_shift(const at::Tensor& x, int64_t segments, int64_t divisor) const = 0;
  /// nn::crop_patches(), whose arguments were checked.
  virtual at::Tensor crop_patches(const at::Tensor& images, const at::Tensor& actions, int64_t size) const = 0;
  /// nn::drca::split_by_score() for scores [B, T].
  virtual drca::Split split_by_score(const at::Tensor& scores, int64_t k) const = 0;
  /// frames [B, T, N] to those at split.kept [B, k, N] and split.dropped [B, T - k, N].
  virtual std::pair<at::Tensor, at::Tensor> gather_frames(const at::Tensor& frames, const drca::Split& split) const = 0;
  /// nn::drca::perturbed_mixture().
  virtual drca::Mixture perturbed_mixture(const at::Tensor& scores, const at::Tensor& noise, int64_t k,
                                          double sigma) const = 0;
};

/// Work of fixed shapes that the device repeats by itself.
class DeviceGraph {
 public:
  virtual ~DeviceGraph() = default;
  /// The work again, on the tensors that it read and wrote when it was recorded. Returns before the device has done it.
  virtual void replay() = 0;
};

/// Exchanges between the devices of several processes, all of which call the same in the same order. What they throw
/// when one of them is gone is the library's.
class DeviceCollectives {
 public:
  virtual ~DeviceCollectives() = default;
  /// Every tensor becomes the sum of all processes'.
  virtual void sum(at::Tensor tensor) = 0;
  /// Every tensor becomes the first process's.
  virtual void broadcast(at::Tensor tensor) = 0;
};

/// Memory of tensors on a device, bytes.
struct DeviceMemory {
  int64_t in_use = 0;
  int64_t peak = 0;  ///< the most that was in use since reset_peak_memory()
};

/// A kind of device. Any thread.
class DeviceBackend {
 public:
  virtual ~DeviceBackend() = default;
  /// What LibTorch calls it.
  virtual at::DeviceType type() const = 0;
  /// How many of them this machine offers. Throws RunError naming `needed_by` where none answers, with the reason.
  virtual int count(const std::string& needed_by) const = 0;
  /// Makes ready device `index`, below count(), and returns what it is, for people: "NVIDIA H100 80GB HBM3, 80 GB".
  /// Throws RunError naming `needed_by` where it is of a kind for which nothing was built.
  virtual std::string open(int index, const std::string& needed_by) const = 0;
  virtual const DeviceOperations& operations() const = 0;
  /// Waits until the device has done all that it was given.
  virtual void synchronize(int index) const = 0;
  virtual DeviceMemory memory(int index) const = 0;
  virtual void reset_peak_memory(int index) const = 0;
  /// Records what `work` gives the device to do, backward passes included; `work` runs twice before that, so that what
  /// it allocates and chooses once is there. Its tensors' shapes and addresses are fixed from then on; those that it
  /// made the last time, the device writes at each replay, and they hold nothing before. No graph of autograd may be
  /// left of what the caller did before. Throws c10::Error where it does what cannot be recorded, such as asking for a
  /// value of the device; then nothing is recorded.
  virtual std::unique_ptr<DeviceGraph> record(int index, const std::function<void()>& work) const = 0;
  /// Connects device `index` with those of the other processes, each of which has one of its own. They meet by `store`,
  /// which must outlive the result. timeout: for an exchange. Null where the library was built without what it takes.
  virtual std::unique_ptr<DeviceCollectives> connect(c10d::Store& store, int index, int rank, int size,
                                                     std::chrono::milliseconds timeout) const = 0;
};

}  // namespace vs::nn
