// Element types of stored tensors and their names in the formats.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vs::weights {

/// Element type of a tensor. All are little-endian; kBool is one byte, 0 or 1.
enum class Dtype : uint8_t { kBool, kU8, kI8, kI16, kI32, kI64, kF16, kBF16, kF32, kF64 };

/// Bytes of one element: 1, 2, 4 or 8.
uint64_t size_of(Dtype dtype);
/// PyTorch's name: "bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64".
std::string_view name_of(Dtype dtype);
/// safetensors' name: "BOOL", "U8", "I8", "I16", "I32", "I64", "F16", "BF16", "F32", "F64".
std::string_view safetensors_name_of(Dtype dtype);

/// The type with this PyTorch name; nothing for types that vs has no use for (complex, quantised, 8-bit floats).
std::optional<Dtype> dtype_of_name(std::string_view name);
/// The type with this safetensors name; nothing for others.
std::optional<Dtype> dtype_of_safetensors(std::string_view name);
/// The type of a storage class of PyTorch ("FloatStorage"); nothing for others.
std::optional<Dtype> dtype_of_storage(std::string_view class_name);

}  // namespace vs::weights
