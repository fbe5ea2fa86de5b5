#include "lib/weights/dtype.h"

#include <array>

namespace vs::weights {
namespace {

struct Row {
  Dtype dtype;
  uint64_t size;
  std::string_view name, safetensors, storage;
};

constexpr std::array<Row, 10> kRows{{{Dtype::kBool, 1, "bool", "BOOL", "BoolStorage"},
                                     {Dtype::kU8, 1, "uint8", "U8", "ByteStorage"},
                                     {Dtype::kI8, 1, "int8", "I8", "CharStorage"},
                                     {Dtype::kI16, 2, "int16", "I16", "ShortStorage"},
                                     {Dtype::kI32, 4, "int32", "I32", "IntStorage"},
                                     {Dtype::kI64, 8, "int64", "I64", "LongStorage"},
                                     {Dtype::kF16, 2, "float16", "F16", "HalfStorage"},
                                     {Dtype::kBF16, 2, "bfloat16", "BF16", "BFloat16Storage"},
                                     {Dtype::kF32, 4, "float32", "F32", "FloatStorage"},
                                     {Dtype::kF64, 8, "float64", "F64", "DoubleStorage"}}};

const Row& row_of(Dtype dtype) { return kRows[static_cast<size_t>(dtype)]; }

std::optional<Dtype> find(std::string_view Row::*column, std::string_view name) {
  for (const Row& row : kRows) {
    if (row.*column == name) return row.dtype;
  }
  return std::nullopt;
}

}  // namespace

uint64_t size_of(Dtype dtype) { return row_of(dtype).size; }
std::string_view name_of(Dtype dtype) { return row_of(dtype).name; }
std::string_view safetensors_name_of(Dtype dtype) { return row_of(dtype).safetensors; }
std::optional<Dtype> dtype_of_name(std::string_view name) { return find(&Row::name, name); }
std::optional<Dtype> dtype_of_safetensors(std::string_view name) { return find(&Row::safetensors, name); }
std::optional<Dtype> dtype_of_storage(std::string_view class_name) { return find(&Row::storage, class_name); }

}  // namespace vs::weights
