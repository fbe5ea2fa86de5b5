// The stream on which LibTorch computes.
#pragma once

#include <cuda_runtime_api.h>

#include "lib/nn/torch.h"

namespace vs::cuda {

/// That of the thread and the tensor's device.
cudaStream_t stream_of(const at::Tensor& tensor);

}  // namespace vs::cuda
