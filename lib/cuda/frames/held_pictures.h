// Pictures of a decoder that the GPU has still to read.
#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "lib/cuda/frames/runtime.h"

namespace vs::cuda {

/// Keeps owners of pictures until what was launched on decoder_stream() while they were added is done: `most` of them
/// at most. Made and used with their GPU as the thread's current one.
template <std::size_t most>
class HeldPictures {
 public:
  /// launch() is called once there is room for another picture, and starts what reads it. Throws RunError.
  template <class Launch>
  void add(std::shared_ptr<const void> owner, const Launch& launch) {
    Held& held = held_[next_];
    held.passed.wait();
    held.owner.swap(owner);
    next_ = (next_ + 1) % most;
    launch();
    held.passed.record();
  }

 private:
  struct Held {
    std::shared_ptr<const void> owner;
    StreamEvent passed;  // goes first, and waits
  };
  std::array<Held, most> held_;
  std::size_t next_ = 0;
};

}  // namespace vs::cuda
