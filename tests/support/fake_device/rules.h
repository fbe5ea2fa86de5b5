// What a GPU refuses, and so the fake device.
#pragma once

#include <ATen/core/dispatch/Dispatcher.h>

#include <vector>

#include "lib/nn/torch.h"

namespace vs::test::fake {

/// Throws c10::Error naming the operator where tensors of the CPU stand among those of the device, but for numbers
/// (tensors without axes) where CUDA takes them; or where a generator is the CPU's.
void check_devices(const c10::OperatorHandle& op, const std::vector<c10::IValue>& arguments);

/// Throws c10::Error naming the operator if the thread's stream is recorded and the host would have to wait for values.
void check_recordable(const c10::OperatorHandle& op, const std::vector<c10::IValue>& arguments);

}  // namespace vs::test::fake
