// Where the tests of operations compute: on the CPU by emulated kernels, or, in tests/gpu, on a GPU.
#pragma once

#include "lib/nn/torch.h"

namespace vs::cuda::testing {

/// The device, whose own kernels are in use while the object lives.
class OwnKernels {
 public:
  OwnKernels();
  OwnKernels(const OwnKernels&) = delete;
  OwnKernels& operator=(const OwnKernels&) = delete;
  ~OwnKernels();

  at::Device device() const;
};

}  // namespace vs::cuda::testing
