// One source for arithmetic that runs on the GPU and on the CPU: the CPU half is what tests and CPU twins call.
#pragma once

#ifdef __CUDACC__
#define VS_HOST_DEVICE __host__ __device__
#else
#define VS_HOST_DEVICE
#endif

namespace vs::cuda {

/// a * b, rounded before anything is added to it. The compiler of the GPU would make one fused step of both, with other
/// last bits than the CPU's, which decide between equal scores and between two weights of a pixel.
VS_HOST_DEVICE inline float rounded_product(float a, float b) {
#ifdef __CUDA_ARCH__
  return __fmul_rn(a, b);
#else
  return a * b;
#endif
}

VS_HOST_DEVICE inline double rounded_product(double a, double b) {
#ifdef __CUDA_ARCH__
  return __dmul_rn(a, b);
#else
  return a * b;
#endif
}

}  // namespace vs::cuda
