#include "lib/nn/tensor_file.h"

#include <stdexcept>
#include <unordered_map>

#include "lib/weights/safetensors.h"

namespace vs::nn {

at::ScalarType scalar_type_of(weights::Dtype dtype) {
  switch (dtype) {
    case weights::Dtype::kBool:
      return at::kBool;
    case weights::Dtype::kU8:
      return at::kByte;
    case weights::Dtype::kI8:
      return at::kChar;
    case weights::Dtype::kI16:
      return at::kShort;
    case weights::Dtype::kI32:
      return at::kInt;
    case weights::Dtype::kI64:
      return at::kLong;
    case weights::Dtype::kF16:
      return at::kHalf;
    case weights::Dtype::kBF16:
      return at::kBFloat16;
    case weights::Dtype::kF32:
      return at::kFloat;
    case weights::Dtype::kF64:
      return at::kDouble;
  }
  throw std::logic_error("no such type");
}

weights::Dtype dtype_of(at::ScalarType type) {
  for (const auto dtype : {weights::Dtype::kBool, weights::Dtype::kU8, weights::Dtype::kI8, weights::Dtype::kI16,
                           weights::Dtype::kI32, weights::Dtype::kI64, weights::Dtype::kF16, weights::Dtype::kBF16,
                           weights::Dtype::kF32, weights::Dtype::kF64}) {
    if (scalar_type_of(dtype) == type) return dtype;
  }
  throw std::logic_error("a type that no checkpoint holds");
}

at::Tensor read_tensor(const weights::Checkpoint& checkpoint, size_t index) {
  const weights::TensorInfo& info = checkpoint.tensors()[index];
  at::Tensor tensor = at::empty(info.shape, at::device(at::kCPU).dtype(scalar_type_of(info.dtype)));
  checkpoint.read(index, {static_cast<uint8_t*>(tensor.data_ptr()), info.size_bytes()});
  return tensor;
}

void write_tensors(const std::string& path, const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                   std::map<std::string, std::string> metadata) {
  std::vector<weights::TensorInfo> infos;
  std::unordered_map<std::string, at::Tensor> values;
  for (const auto& [name, tensor] : tensors) {
    infos.push_back({name, dtype_of(tensor.scalar_type()), tensor.sizes().vec()});
    values.emplace(name, tensor.detach());
  }
  metadata.emplace("format", "pt");
  weights::SafetensorsWriter writer(path, std::move(infos), metadata);
  for (const weights::TensorInfo& info : writer.order()) {
    const at::Tensor flat = values.at(info.name).to(at::kCPU).contiguous();
    writer.write({static_cast<const uint8_t*>(flat.const_data_ptr()), info.size_bytes()});
  }
  writer.commit();
}

}  // namespace vs::nn
