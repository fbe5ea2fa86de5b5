#include "lib/cuda/operations/stream.h"

#include <c10/cuda/CUDAStream.h>

namespace vs::cuda {

cudaStream_t stream_of(const at::Tensor& tensor) {
  return c10::cuda::getCurrentCUDAStream(tensor.device().index()).stream();
}

}  // namespace vs::cuda
