// What a stored tensor is, without its values.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lib/weights/dtype.h"

namespace vs::weights {

/// Name, type and shape of one tensor. Of a tensor that a reader gives, the sizes are checked: they do not overflow.
struct TensorInfo {
  std::string name;
  Dtype dtype = Dtype::kF32;
  std::vector<int64_t> shape;  ///< [] is one number; a 0 in it is a tensor without values

  /// Product of the shape; 1 for [].
  uint64_t num_elements() const;
  /// num_elements() times the size of an element.
  uint64_t size_bytes() const { return num_elements() * size_of(dtype); }
  bool operator==(const TensorInfo&) const = default;
};

/// Most dimensions that a tensor of a file may have.
inline constexpr size_t kMaxDimensions = 16;

/// Bytes of a tensor of this shape; nothing if an extent is negative or the product does not fit 63 bits.
std::optional<uint64_t> checked_size_bytes(std::span<const int64_t> shape, Dtype dtype);
/// "[64, 3, 7, 7]"; "[]" for one number.
std::string shape_text(std::span<const int64_t> shape);

}  // namespace vs::weights
