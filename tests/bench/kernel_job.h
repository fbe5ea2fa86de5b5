// What vs-kernel-bench times.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lib/nn/torch.h"

namespace vs::bench {

/// The same work by own kernels and by LibTorch's operations.
struct KernelJob {
  std::string name;
  std::function<void()> own, composed;
};

/// Work on decoded pictures in the memory of a GPU.
std::vector<KernelJob> picture_jobs(const at::Device& device);

}  // namespace vs::bench
