// The first GPU, through the library that programs load.
#include "lib/core/log.h"
#include "lib/nn/device.h"
#include "tests/lib/cuda/device.h"

namespace vs::cuda::testing {
namespace {

/// Opened once: what LibTorch finds first it remembers.
const nn::DeviceBackend* opened() {
  static const nn::DeviceBackend* const kBackend = [] {
    Log log("vs-gpu-test", Verbosity::kNormal, false);
    return nn::backend_of(nn::open_device("cuda", "--device cuda", log));
  }();
  return kBackend;
}

}  // namespace

OwnKernels::OwnKernels() { nn::set_backend(at::kCUDA, opened()); }
OwnKernels::~OwnKernels() = default;
at::Device OwnKernels::device() const { return {at::kCUDA, 0}; }

}  // namespace vs::cuda::testing
