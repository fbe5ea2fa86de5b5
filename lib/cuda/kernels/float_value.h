// Values of tensors as float, and back, in kernels. Only .cu files include it.
#pragma once

#include <cuda_runtime.h>

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include "lib/cuda/kernels/float_type.h"

namespace vs::cuda {

__device__ inline float to_float(float value) { return value; }
__device__ inline float to_float(__half value) { return __half2float(value); }
__device__ inline float to_float(__nv_bfloat16 value) { return __bfloat162float(value); }

/// Rounds to the nearest value of the type, ties to even.
__device__ inline void store(float* to, float value) { *to = value; }
__device__ inline void store(__half* to, float value) { *to = __float2half(value); }
__device__ inline void store(__nv_bfloat16* to, float value) { *to = __float2bfloat16(value); }

/// Calls body(static_cast<T*>(nullptr)) with the type's T.
template <class Body>
void with_float_type(FloatType type, Body body) {
  switch (type) {
    case FloatType::kFloat32:
      return body(static_cast<float*>(nullptr));
    case FloatType::kFloat16:
      return body(static_cast<__half*>(nullptr));
    case FloatType::kBfloat16:
      return body(static_cast<__nv_bfloat16*>(nullptr));
  }
}

}  // namespace vs::cuda
