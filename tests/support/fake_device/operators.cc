// Operators of the fake device: nearly all of them by one fallback.
#include <ATen/EmptyTensor.h>
#include <torch/library.h>

#include <utility>
#include <vector>

#include "tests/support/fake_device/cpu_call.h"
#include "tests/support/fake_device/rules.h"

namespace vs::test::fake {
namespace {

using c10::OperatorHandle;
using torch::jit::Stack;

void by_cpu(const OperatorHandle& op, Stack* stack) {
  const size_t count = op.schema().arguments().size();
  const std::vector<c10::IValue> arguments = torch::jit::last(*stack, count).vec();
  check_devices(op, arguments);
  check_recordable(op, arguments);
  Stack results = call_on_cpu(op, arguments);
  torch::jit::drop(*stack, count);
  for (c10::IValue& result : results) stack->push_back(std::move(result));
}

at::ScalarType type_or_default(std::optional<at::ScalarType> dtype) {
  return dtype.value_or(c10::get_default_dtype_as_scalartype());
}

const c10::DispatchKeySet& keys() {
  static const c10::DispatchKeySet kKeys(c10::DispatchKey::PrivateUse1);
  return kKeys;
}

at::Tensor empty(at::IntArrayRef size, std::optional<at::ScalarType> dtype, std::optional<at::Layout>,
                 std::optional<at::Device>, std::optional<bool> pinned, std::optional<at::MemoryFormat> format) {
  TORCH_CHECK(!pinned.value_or(false), "only memory of the CPU can be page-locked");
  return at::detail::empty_generic(size, &allocator(), keys(), type_or_default(dtype), format);
}

at::Tensor empty_strided(at::IntArrayRef size, at::IntArrayRef stride, std::optional<at::ScalarType> dtype,
                         std::optional<at::Layout>, std::optional<at::Device>, std::optional<bool> pinned) {
  TORCH_CHECK(!pinned.value_or(false), "only memory of the CPU can be page-locked");
  return at::detail::empty_strided_generic(size, stride, &allocator(), keys(), type_or_default(dtype));
}

/// Copies between host and device that do not wait are recorded; the host's memory must be page-locked for that.
void check_copy(const at::Tensor& to, const at::Tensor& from, bool non_blocking) {
  for (const at::Tensor& host : {to, from}) {
    if (is_fake(host)) continue;
    TORCH_CHECK(host.is_cpu(), "aten::copy_: between the fake device and ", host.device());
    if (!non_blocking || !is_pinned(host.const_data_ptr()))
      refuse_in_capture(is_fake(to) ? "aten::copy_ from memory that is not page-locked, or one that waits"
                                    : "aten::copy_ to the CPU");
  }
}

at::Tensor copy_from(const at::Tensor& from, const at::Tensor& to, bool non_blocking) {
  static const OperatorHandle kCopy = c10::Dispatcher::singleton().findSchemaOrThrow("aten::copy_", "");
  if (to.numel() == 0) return to;
  check_copy(to, from, non_blocking);
  call_on_cpu(kCopy, {to, from, non_blocking});
  return to;
}

at::Tensor copy_from_and_resize(const at::Tensor& from, const at::Tensor& to) {
  to.resize_(from.sizes());
  return copy_from(from, to, false);
}

at::Tensor& set_storage(at::Tensor& self, at::Storage source, int64_t offset, at::IntArrayRef size,
                        at::IntArrayRef stride) {
  TORCH_CHECK(source.device_type() == kFakeType, "aten::set_: memory of ", source.device());
  self.unsafeGetTensorImpl()->set_storage_keep_dtype(std::move(source));
  self.unsafeGetTensorImpl()->set_sizes_and_strides(size, stride, offset);
  return self;
}

at::Tensor& set_to_storage(at::Tensor& self, at::Storage source) {
  const auto count = static_cast<int64_t>(source.nbytes() / self.dtype().itemsize());
  return set_storage(self, std::move(source), 0, {count}, {1});
}

at::Tensor& set_to_tensor(at::Tensor& self, const at::Tensor& source) {
  return set_storage(self, source.storage(), source.storage_offset(), source.sizes(), source.strides());
}

at::Tensor& set_to_nothing(at::Tensor& self) { return set_to_tensor(self, at::empty({0}, self.options())); }

/// LibTorch takes this one for devices other than the CPU; the CPU has none.
std::tuple<at::Tensor, at::Tensor> gru_cell(const at::Tensor& of_input, const at::Tensor& of_hidden,
                                            const at::Tensor& hidden, const std::optional<at::Tensor>& input_bias,
                                            const std::optional<at::Tensor>& hidden_bias) {
  constexpr int64_t kGates = 3;
  const auto x = (input_bias && input_bias->defined() ? of_input + *input_bias : of_input).chunk(kGates, 1);
  const auto h = (hidden_bias && hidden_bias->defined() ? of_hidden + *hidden_bias : of_hidden).chunk(kGates, 1);
  const at::Tensor reset = (x[0] + h[0]).sigmoid(), keep = (x[1] + h[1]).sigmoid();
  const at::Tensor candidate = (x[2] + h[2] * reset).tanh();
  return {(hidden - candidate) * keep + candidate, at::empty({0}, hidden.options())};
}

}  // namespace

TORCH_LIBRARY_IMPL(_, PrivateUse1, m) { m.fallback(torch::CppFunction::makeFromBoxedFunction<&by_cpu>()); }

TORCH_LIBRARY_IMPL(aten, PrivateUse1, m) {
  m.impl("empty.memory_format", &empty);
  m.impl("empty_strided", &empty_strided);
  m.impl("_copy_from", &copy_from);
  m.impl("_copy_from_and_resize", &copy_from_and_resize);
  m.impl("set_.source_Storage", &set_to_storage);
  m.impl("set_.source_Storage_storage_offset", &set_storage);
  m.impl("set_.source_Tensor", &set_to_tensor);
  m.impl("set_", &set_to_nothing);
  m.impl("_thnn_fused_gru_cell", &gru_cell);
  // LibTorch would put these together from others, or choose by the device.
  for (const char* const whole : {"_convolution", "convolution", "convolution_backward", "native_group_norm",
                                  "native_group_norm_backward", "native_layer_norm", "mse_loss", "smooth_l1_loss"})
    m.impl(whole, torch::CppFunction::makeFromBoxedFunction<&by_cpu>());
}

TORCH_LIBRARY_IMPL(aten, AutogradPrivateUse1, m) { m.impl("_thnn_fused_gru_cell", &gru_cell); }

}  // namespace vs::test::fake
