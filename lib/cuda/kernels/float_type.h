// The types of floating-point tensors that kernels read and write.
#pragma once

namespace vs::cuda {

enum class FloatType { kFloat32, kFloat16, kBfloat16 };

}  // namespace vs::cuda
