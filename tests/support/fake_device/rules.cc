#include "tests/support/fake_device/rules.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "tests/support/fake_device/cpu_call.h"

namespace vs::test::fake {
namespace {

using Names = std::vector<std::string_view>;

bool is_one_of(const c10::OperatorHandle& op, const Names& names) {
  return std::find(names.begin(), names.end(), op.schema().name()) != names.end();
}

bool indexes(const c10::OperatorHandle& op) {
  static const Names kNames = {"aten::index", "aten::index_put", "aten::index_put_", "aten::_index_put_impl_"};
  return is_one_of(op, kNames);
}

/// Where CUDA takes numbers of the host beside tensors of its own, but for what is tagged as pointwise.
bool takes_numbers(const c10::OperatorHandle& op) {
  static const Names kNames = {"aten::fill_", "aten::index_fill_", "aten::index_put_", "aten::_index_put_impl_",
                               "aten::masked_fill_"};
  return op.hasTag(at::Tag::pointwise) || is_one_of(op, kNames);
}

bool is_mask(const at::Tensor& index) {
  return index.defined() && (index.scalar_type() == at::kBool || index.scalar_type() == at::kByte);
}

/// Indices that the host must see: masks, whose places are counted, and those that lie there.
bool waits_for_indices(const c10::OperatorHandle& op, const std::vector<c10::IValue>& arguments) {
  constexpr size_t kIndices = 1, kValues = 2, kAccumulate = 3;
  const std::vector<at::Tensor> indices = tensors_of(arguments[kIndices]);
  if (std::any_of(indices.begin(), indices.end(),
                  [](const at::Tensor& index) { return index.defined() && index.is_cpu(); }))
    return true;
  if (std::none_of(indices.begin(), indices.end(), is_mask)) return false;
  // One value is put where a mask says so.
  return op.schema().name() == "aten::index" || arguments[kValues].toTensor().numel() != 1 ||
         arguments[kAccumulate].toBool();
}

}  // namespace

void check_devices(const c10::OperatorHandle& op, const std::vector<c10::IValue>& arguments) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    const auto* const alias = op.schema().arguments()[i].alias_info();
    const bool written = alias && alias->isWrite();
    for (const at::Tensor& tensor : tensors_of(arguments[i])) {
      if (!tensor.defined() || is_fake(tensor)) continue;
      const bool number = tensor.is_cpu() && tensor.dim() == 0 && !written;
      if (number && (takes_numbers(op) || tensor.unsafeGetTensorImpl()->is_wrapped_number())) continue;
      if (tensor.is_cpu() && !written && indexes(op) && arguments[i].isOptionalTensorList()) continue;
      TORCH_CHECK(false, op.schema().name(), ": argument ", op.schema().arguments()[i].name(), " ", tensor.sizes(),
                  " is on ", tensor.device(), ", others on ", fake_device());
    }
    if (arguments[i].isGenerator())
      TORCH_CHECK(arguments[i].toGenerator().device().type() == kFakeType, op.schema().name(),
                  ": the generator is the CPU's");
  }
}

void check_recordable(const c10::OperatorHandle& op, const std::vector<c10::IValue>& arguments) {
  if (!current_capture()) return;
  const bool waits = indexes(op)
                         ? waits_for_indices(op, arguments)
                         : op.hasTag(at::Tag::data_dependent_output) || op.hasTag(at::Tag::dynamic_output_shape);
  if (waits) refuse_in_capture(op.schema().name());
}

}  // namespace vs::test::fake
