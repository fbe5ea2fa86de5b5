// A device that is another one for LibTorch, but computes on the CPU: for tests of what runs on a GPU, without one.
//
// Its memory cannot be read by code of the host (that ends with a fault, as with a GPU), tensors of it do not mix with
// those of the CPU, and work can be recorded and replayed as with CUDA graphs, with what those refuse. Its type is
// LibTorch's PrivateUse1. A test links the objects of vs_fake_device.
#pragma once

#include "lib/nn/device_backend.h"

namespace vs::test {

/// The device, "privateuseone:0" or "fake:0", which has a backend as a GPU has (lib/nn/device.h) while the object
/// lives.
class FakeDevice {
 public:
  FakeDevice();
  FakeDevice(const FakeDevice&) = delete;
  FakeDevice& operator=(const FakeDevice&) = delete;
  ~FakeDevice();

  at::Device device() const;
  const nn::DeviceBackend& backend() const;
};

}  // namespace vs::test
