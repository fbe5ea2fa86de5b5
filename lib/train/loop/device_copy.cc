#include "lib/train/loop/device_copy.h"

#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <utility>

namespace vs::train {

ComingTensor::ComingTensor(at::Tensor tensor, std::shared_ptr<c10::Event> copied)
    : tensor_(std::move(tensor)), copied_(std::move(copied)) {}

at::Tensor ComingTensor::take() {
  if (copied_) {
    const c10::impl::VirtualGuardImpl device(tensor_.device().type());
    const c10::Stream computing = device.getStream(tensor_.device());
    copied_->block(computing);
    // The memory is of the copying stream: without this it would be written anew while the computing one still reads.
    device.recordDataPtrOnStream(tensor_.storage().data_ptr(), computing);
    copied_.reset();
  }
  return std::move(tensor_);
}

void wait_for_own_work(const at::Device& device) {
  c10::impl::VirtualGuardImpl(device.type()).getStream(device).synchronize();
}

DeviceCopier::DeviceCopier(at::Device device) : device_(device) {
  if (!device_.is_cpu()) stream_ = c10::impl::VirtualGuardImpl(device_.type()).getStreamFromGlobalPool(device_);
}

at::TensorOptions DeviceCopier::host_memory() const {
  return at::TensorOptions().device(at::kCPU).pinned_memory(stream_.has_value());
}

ComingTensor DeviceCopier::copy(const at::Tensor& tensor) const {
  if (!stream_) return {tensor, nullptr};
  const c10::StreamGuard copying(*stream_);
  at::Tensor there = tensor.to(device_, tensor.scalar_type(), /*non_blocking=*/true);
  auto copied = std::make_shared<c10::Event>(device_.type());
  copied->record(*stream_);
  return {std::move(there), std::move(copied)};
}

}  // namespace vs::train
