// In which order kernels and images lie in memory while a network trains.
#pragma once

#include "lib/nn/module.h"

namespace vs::train {

/// Which kernels of convolutions have their channels last; maps follow them. Values are the same in any order.
enum class KernelOrder {
  kAsBuilt,            ///< none
  kLargeChannelsLast,  ///< large ones, and those that are not trained
  kChannelsLast,       ///< all, and the images too
};

/// What is fastest where.
///
/// On the CPU convolutions take large kernels so, and where a matrix product is faster it is taken
/// (lib/nn/layers/matrix_conv.h). Small ones gain nothing, and LibTorch's batch normalisation sums in single precision
/// where channels are last, which shows where maps are tiny. What is not trained, such as a teacher, has them all so:
/// between kernels of two orders maps would be turned around. On a GPU tensor cores take half precision so, while the
/// kernels for float32 are made for the order in which networks are built.
KernelOrder fastest_order(at::Device device, at::ScalarType dtype);

/// Lays a network's kernels in single precision out so; their gradients follow.
void lay_out(nn::Module& module, KernelOrder order);
/// Images [N, M, 3, H, W] or clips [N, clips, 3, T, H, W] as the kernels of that order take them: the same values.
/// Tensors of another number of axes are returned as they are.
at::Tensor laid_out(const at::Tensor& imgs, KernelOrder order);

}  // namespace vs::train
