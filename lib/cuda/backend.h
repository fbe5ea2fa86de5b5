// NVIDIA's GPUs as lib/nn/device_backend.h describes a device.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "lib/cuda/operations/operations.h"
#include "lib/nn/device_backend.h"

namespace vs::cuda {

class Backend final : public nn::DeviceBackend {
 public:
  at::DeviceType type() const override { return at::kCUDA; }
  int count(const std::string& needed_by) const override;
  std::string open(int index, const std::string& needed_by) const override;
  const nn::DeviceOperations& operations() const override { return operations_; }
  void synchronize(int index) const override;
  nn::DeviceMemory memory(int index) const override;
  void reset_peak_memory(int index) const override;
  std::unique_ptr<nn::DeviceGraph> record(int index, const std::function<void()>& work) const override;
  std::unique_ptr<nn::DeviceCollectives> connect(c10d::Store& store, int index, int rank, int size,
                                                 std::chrono::milliseconds timeout) const override;

 private:
  Operations operations_;
};

}  // namespace vs::cuda
