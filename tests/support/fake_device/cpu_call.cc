#include "tests/support/fake_device/cpu_call.h"

#include <ATen/core/LegacyTypeDispatch.h>

#include <optional>
#include <utility>

namespace vs::test::fake {
namespace {

at::Tensor tensor_in(const c10::Storage& memory, c10::DispatchKey where, const at::Tensor& like) {
  at::Tensor tensor =
      at::detail::make_tensor<c10::TensorImpl>(c10::Storage(memory), c10::DispatchKeySet(where), like.dtype());
  tensor.unsafeGetTensorImpl()->set_sizes_and_strides(like.sizes(), like.strides(), like.storage_offset());
  return tensor;
}

/// A number of the host is read when a kernel is launched: a recording has it as it was.
c10::IValue as_of_now(const c10::IValue& argument) {
  if (!argument.isTensor()) return argument;
  const at::Tensor& tensor = argument.toTensor();
  if (!tensor.defined() || !tensor.is_cpu() || tensor.dim() > 0 || is_pinned(tensor.const_data_ptr())) return argument;
  at::Tensor copy = tensor.clone();
  copy.unsafeGetTensorImpl()->set_wrapped_number(tensor.unsafeGetTensorImpl()->is_wrapped_number());
  return copy;
}

bool writes(const c10::Argument& argument) { return argument.alias_info() && argument.alias_info()->isWrite(); }

/// Arguments for a call now or later.
torch::jit::Stack results_of(const c10::OperatorHandle& op, torch::jit::Stack arguments) {
  const at::AutoDispatchBelowADInplaceOrView values_only;
  const c10::impl::ExcludeDispatchKeyGuard as_given(c10::autocast_dispatch_keyset);
  op.callBoxed(arguments);
  return arguments;
}

std::vector<at::Tensor> all_tensors_of(const torch::jit::Stack& values) {
  std::vector<at::Tensor> all;
  for (const c10::IValue& value : values) {
    for (at::Tensor& tensor : tensors_of(value)) all.push_back(std::move(tensor));
  }
  return all;
}

/// Replaying: results go where they went when this was recorded.
void give_again(const c10::OperatorHandle& op, const torch::jit::Stack& arguments,
                const std::vector<at::Tensor>& into) {
  const std::vector<at::Tensor> results = all_tensors_of(results_of(op, arguments));
  TORCH_CHECK(results.size() == into.size(), op.schema().name(), ": has another number of results than when recorded");
  for (size_t i = 0; i < into.size(); ++i) {
    if (!into[i].defined()) continue;
    TORCH_CHECK(into[i].sizes() == results[i].sizes(), op.schema().name(), ": the shape depends on values");
    into[i].copy_(results[i]);
  }
}

/// Whether only a tensor's own description is changed, which a recording has in it.
bool describes_only(const c10::OperatorHandle& op) { return op.hasTag(at::Tag::inplace_view); }

}  // namespace

std::vector<at::Tensor> tensors_of(const c10::IValue& value) {
  if (value.isTensor()) return {value.toTensor()};
  if (value.isTensorList()) return value.toTensorVector();
  std::vector<at::Tensor> found;
  if (value.isOptionalTensorList()) {
    for (const std::optional<at::Tensor> tensor : value.toOptionalTensorList())
      found.push_back(tensor.value_or(at::Tensor()));
  }
  return found;
}

at::Tensor CpuCall::to_cpu(const at::Tensor& tensor) {
  if (!tensor.defined() || !is_fake(tensor)) return tensor;
  const c10::Storage& cpu = on_cpu(tensor.storage());
  storages_.try_emplace(cpu.unsafeGetStorageImpl(), tensor.storage());
  arguments_.push_back({tensor, tensor_in(cpu, c10::DispatchKey::CPU, tensor)});
  return arguments_.back().cpu;
}

c10::IValue CpuCall::to_cpu(const c10::IValue& argument) {
  if (argument.isTensor()) return to_cpu(argument.toTensor());
  if (argument.isTensorList()) {
    c10::List<at::Tensor> list;
    for (const at::Tensor& tensor : argument.toTensorVector()) list.push_back(to_cpu(tensor));
    return list;
  }
  if (argument.isOptionalTensorList()) {
    c10::List<std::optional<at::Tensor>> list;
    for (const std::optional<at::Tensor> tensor : argument.toOptionalTensorList())
      list.push_back(tensor ? std::optional(to_cpu(*tensor)) : std::nullopt);
    return list;
  }
  if (argument.isDevice() && argument.toDevice().type() == kFakeType) return at::Device(at::kCPU);
  return argument;
}

void CpuCall::follow() {
  for (const auto& entry : storages_) follow_size(entry.second);
  for (const Pair& argument : arguments_) {
    const at::Tensor& cpu = argument.cpu;
    if (argument.fake.sizes() == cpu.sizes() && argument.fake.strides() == cpu.strides() &&
        argument.fake.storage_offset() == cpu.storage_offset())
      continue;
    argument.fake.unsafeGetTensorImpl()->set_sizes_and_strides(cpu.sizes(), cpu.strides(), cpu.storage_offset());
  }
}

at::Tensor CpuCall::to_device(const at::Tensor& cpu, std::vector<at::Tensor>& fresh) {
  fresh.emplace_back();
  if (!cpu.defined() || is_fake(cpu)) return cpu;
  for (const Pair& argument : arguments_) {
    if (argument.cpu.is_same(cpu)) return argument.fake;
  }
  auto known = storages_.find(cpu.storage().unsafeGetStorageImpl());
  if (known == storages_.end()) {
    known = storages_.emplace(cpu.storage().unsafeGetStorageImpl(), taken_from(cpu.storage())).first;
    fresh.back() = cpu;
  }
  return tensor_in(known->second, c10::DispatchKey::PrivateUse1, cpu);
}

c10::IValue CpuCall::to_device(const c10::IValue& result, std::vector<at::Tensor>& fresh) {
  if (result.isTensor()) return to_device(result.toTensor(), fresh);
  if (!result.isTensorList()) return result;
  c10::List<at::Tensor> list;
  for (const at::Tensor& tensor : result.toTensorVector()) list.push_back(to_device(tensor, fresh));
  return list;
}

std::vector<std::pair<c10::Storage, Freed>> CpuCall::memory() const {
  std::vector<std::pair<c10::Storage, Freed>> found;
  for (const Pair& argument : arguments_) {
    const c10::Storage& fake = argument.fake.storage();
    found.emplace_back(on_cpu(fake), freed_of(fake));
  }
  return found;
}

torch::jit::Stack call_on_cpu(const c10::OperatorHandle& op, const std::vector<c10::IValue>& arguments) {
  const auto capture = current_capture();
  CpuCall call;
  torch::jit::Stack on_cpu_side;
  bool has_effect = false;
  for (size_t i = 0; i < arguments.size(); ++i) {
    on_cpu_side.push_back(call.to_cpu(capture ? as_of_now(arguments[i]) : arguments[i]));
    if (!capture || !writes(op.schema().arguments()[i])) continue;
    has_effect = !describes_only(op);
    for (const at::Tensor& tensor : tensors_of(on_cpu_side.back())) {
      if (tensor.defined()) capture->will_write(tensor.storage());
    }
  }
  // Later calls have the arguments as they are now.
  auto reads = capture ? call.memory() : std::vector<std::pair<c10::Storage, Freed>>();
  torch::jit::Stack results = results_of(op, on_cpu_side);
  call.follow();
  std::vector<at::Tensor> fresh;
  for (c10::IValue& result : results) result = call.to_device(result, fresh);
  for (const at::Tensor& tensor : fresh) has_effect |= tensor.defined();
  if (capture && has_effect) {
    capture->append(
        {op.schema().name(), [op, on_cpu_side, fresh] { give_again(op, on_cpu_side, fresh); }, std::move(reads)});
  }
  return results;
}

}  // namespace vs::test::fake
