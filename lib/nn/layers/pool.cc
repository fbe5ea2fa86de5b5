#include "lib/nn/layers/pool.h"

#include <numeric>
#include <stdexcept>

namespace vs::nn {

MaxPool::MaxPool(Axes kernel, Axes stride, Axes padding)
    : kernel_(std::move(kernel)), stride_(std::move(stride)), padding_(std::move(padding)) {
  if (kernel_.size() != 2 && kernel_.size() != 3) throw std::logic_error("pooling has two or three axes");
}

at::Tensor MaxPool::forward(const at::Tensor& x) {
  return kernel_.size() == 3 ? at::max_pool3d(x, kernel_, stride_, padding_)
                             : at::max_pool2d(x, kernel_, stride_, padding_);
}

at::Tensor mean_of_positions(const at::Tensor& x, at::ScalarType dtype) {
  if (x.dim() == 2) return x.to(dtype);
  Axes positions(static_cast<size_t>(x.dim() - 2));
  std::iota(positions.begin(), positions.end(), 2);
  return at::mean(x, positions, false, dtype);
}

}  // namespace vs::nn
