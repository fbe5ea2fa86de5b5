#include "lib/nn/layers/drop.h"

#include <vector>

namespace vs::nn {

at::Tensor Dropout::forward(const at::Tensor& x) {
  if (!training() || rate_ == 0) return x;
  return x * (noise().uniform(x.sizes(), x.options()) >= rate_).to(x.scalar_type()) / (1 - rate_);
}

at::Tensor DropPath::forward(const at::Tensor& x) {
  if (!training() || rate_ == 0) return x;
  std::vector<int64_t> shape(static_cast<size_t>(x.dim()), 1);
  shape[0] = x.size(0);
  const double keep = 1 - rate_;
  return x.div(keep) * (noise().uniform(shape, x.options()) + keep).floor();
}

}  // namespace vs::nn
