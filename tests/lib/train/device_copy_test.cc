#include "lib/train/loop/device_copy.h"

// After LibTorch's headers, whose CHECK it replaces.
#include <doctest/doctest.h>

namespace vs::train {

TEST_CASE("to the CPU nothing is copied, from memory of no special kind") {
  const DeviceCopier copier(at::kCPU);
  CHECK_FALSE(copier.host_memory().pinned_memory());
  const at::Tensor tensor = at::ones({2, 3}, copier.host_memory());
  ComingTensor coming = copier.copy(tensor);
  CHECK(coming.take().is_same(tensor));
  CHECK_FALSE(ComingTensor().take().defined());
}

}  // namespace vs::train
