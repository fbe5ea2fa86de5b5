// vs-golden-emulated FILE...: vs-golden on the CPU as a device whose kernels are those of a GPU, emulated.
#include <fmt/format.h>

#include "lib/core/error.h"
#include "tests/golden/run.h"
#include "tests/lib/cuda/device.h"

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: vs-golden-emulated FILE.h5|FILE.safetensors...\n");
    return vs::kExitUsage;
  }
  const vs::cuda::testing::OwnKernels kernels;
  return vs::golden::check_files({argv + 1, argv + argc},
                                 {.device = kernels.device(), .least_rtol = vs::golden::kDeviceRtol});
}
