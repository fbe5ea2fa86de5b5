// Tensors from the memory of this machine to a GPU while that computes on others.
#pragma once

#include <memory>
#include <optional>

#include "lib/nn/torch.h"

namespace c10 {
struct Event;
}

namespace vs::train {

/// A tensor that may still be on its way.
class ComingTensor {
 public:
  ComingTensor() = default;
  /// copied: of the stream that brings it; null if it is there.
  ComingTensor(at::Tensor tensor, std::shared_ptr<c10::Event> copied);

  /// The tensor, for the stream on which this thread computes: what is given to it from now on waits until it is there.
  /// This thread does not wait.
  at::Tensor take();

 private:
  at::Tensor tensor_;
  std::shared_ptr<c10::Event> copied_;
};

/// Copies to one device, beside what it computes. For one thread at a time.
class DeviceCopier {
 public:
  /// A device that is open. To the CPU nothing is copied.
  explicit DeviceCopier(at::Device device);

  /// Of memory from which copies run by themselves: page-locked where the device is a GPU.
  at::TensorOptions host_memory() const;
  /// Begins to copy. The tensor may be let go of at once if it has such memory, or is on the device already: then it
  /// comes when what this thread gave the device in the order of stream() is done.
  ComingTensor copy(const at::Tensor& tensor) const;
  /// In whose order copies are made; none for the CPU.
  const std::optional<c10::Stream>& stream() const { return stream_; }

 private:
  at::Device device_;
  std::optional<c10::Stream> stream_;  ///< one for all copies: each stream would keep memory of its own
};

/// Waits until a device has done what this thread gave it, in the order in which it now gives.
void wait_for_own_work(const at::Device& device);

}  // namespace vs::train
