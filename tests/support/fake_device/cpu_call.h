// One operator on tensors of the fake device, done by the CPU on the same memory.
#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

#include <string>
#include <unordered_map>
#include <vector>

#include "tests/support/fake_device/capture.h"

namespace vs::test::fake {

/// Tensors of a call and what they are for the CPU.
class CpuCall {
 public:
  /// The same argument for the CPU. Tensors of the CPU stay as they are.
  c10::IValue to_cpu(const c10::IValue& argument);
  at::Tensor to_cpu(const at::Tensor& tensor);

  /// Sizes and memory of arguments that the CPU may have changed.
  void follow();

  /// A result for who asked the device: an argument itself, a view of one, or what the CPU made anew, whose memory
  /// becomes the device's. fresh: those of the last kind are added, as the CPU sees them; others are left undefined
  /// there.
  c10::IValue to_device(const c10::IValue& result, std::vector<at::Tensor>& fresh);
  at::Tensor to_device(const at::Tensor& cpu, std::vector<at::Tensor>& fresh);

  /// Memory of the device that the arguments lie in.
  std::vector<std::pair<c10::Storage, Freed>> memory() const;

 private:
  struct Pair {
    at::Tensor fake, cpu;
  };
  std::vector<Pair> arguments_;
  std::unordered_map<const c10::StorageImpl*, c10::Storage> storages_;  ///< of the device, by what the CPU sees
};

/// Does operator `op` for the `arguments` and returns its results; records it too where the stream is recorded. Which
/// devices tensors are on was checked.
torch::jit::Stack call_on_cpu(const c10::OperatorHandle& op, const std::vector<c10::IValue>& arguments);

/// Every tensor of an argument or result, also undefined ones.
std::vector<at::Tensor> tensors_of(const c10::IValue& value);

}  // namespace vs::test::fake
