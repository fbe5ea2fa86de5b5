// Tensors that are not contiguous in their storage.
#include <cstring>

#include "lib/weights/content.h"

namespace vs::weights {
namespace {

/// Walks all but the last dimension with a counter a dimension, and copies a row at a time.
template <size_t kSize>
void gather_elements(const StoredTensor& tensor, const uint8_t* from, uint8_t* to) {
  const auto& shape = tensor.info.shape;
  const size_t last = shape.size() - 1;
  std::vector<int64_t> counter(shape.size(), 0);
  for (;;) {
    int64_t element = 0;
    for (size_t d = 0; d < last; ++d) element += counter[d] * tensor.strides[d];
    for (int64_t i = 0; i < shape[last]; ++i, to += kSize)
      std::memcpy(to, from + static_cast<uint64_t>(element + i * tensor.strides[last]) * kSize, kSize);
    size_t d = last;
    while (d > 0 && ++counter[d - 1] == shape[d - 1]) counter[--d] = 0;
    if (d == 0) return;
  }
}

}  // namespace

std::optional<uint64_t> checked_reach_bytes(const TensorInfo& info, const std::vector<int64_t>& strides) {
  if (strides.empty()) return checked_size_bytes(info.shape, info.dtype);
  int64_t last = 0;
  bool is_empty = false;
  for (size_t d = 0; d < info.shape.size(); ++d) {
    int64_t step = 0;
    if (info.shape[d] < 0 || strides[d] < 0) return std::nullopt;
    is_empty = is_empty || info.shape[d] == 0;
    if (info.shape[d] > 0 && __builtin_mul_overflow(info.shape[d] - 1, strides[d], &step)) return std::nullopt;
    if (__builtin_add_overflow(last, step, &last)) return std::nullopt;
  }
  int64_t bytes = 0;
  if (is_empty) return 0;
  if (__builtin_add_overflow(last, 1, &last) ||
      __builtin_mul_overflow(last, static_cast<int64_t>(size_of(info.dtype)), &bytes))
    return std::nullopt;
  return static_cast<uint64_t>(bytes);
}

bool is_contiguous(const std::vector<int64_t>& shape, const std::vector<int64_t>& strides) {
  int64_t expected = 1;
  for (size_t d = shape.size(); d-- > 0;) {
    if (shape[d] == 0) return true;
    if (shape[d] != 1 && strides[d] != expected) return false;
    if (__builtin_mul_overflow(expected, shape[d], &expected)) return false;
  }
  return true;
}

void gather(const StoredTensor& tensor, std::span<const uint8_t> reach, std::span<uint8_t> bytes) {
  if (bytes.empty()) return;
  switch (size_of(tensor.info.dtype)) {
    case 1:
      return gather_elements<1>(tensor, reach.data(), bytes.data());
    case 2:
      return gather_elements<2>(tensor, reach.data(), bytes.data());
    case 4:
      return gather_elements<4>(tensor, reach.data(), bytes.data());
    default:
      return gather_elements<8>(tensor, reach.data(), bytes.data());
  }
}

}  // namespace vs::weights
