// A device that is another one for LibTorch, without own kernels.
#include "tests/support/fake_device/fake_device.h"

#include "lib/nn/device.h"
#include "tests/lib/cuda/device.h"

namespace vs::cuda::testing {

OwnKernels::OwnKernels() { nn::set_backend(at::kPrivateUse1, &test::FakeDevice::backend()); }
OwnKernels::~OwnKernels() { nn::set_backend(at::kPrivateUse1, nullptr); }
at::Device OwnKernels::device() const { return {at::kPrivateUse1, 0}; }

}  // namespace vs::cuda::testing
