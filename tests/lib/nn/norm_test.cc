// Batch normalisation in training: one image or clip, whose gradient lies in memory in another order.
#include "lib/nn/layers/norm.h"

#include <doctest/doctest.h>

#include <vector>

#include "tests/lib/nn/random_weights.h"

namespace vs::nn {
namespace {

/// The gradient of the input, from one whose memory is laid out as [N, positions, C].
at::Tensor gradient_through(const at::Tensor& values, const at::Tensor& incoming, bool through_rows) {
  BatchNorm norm(values.size(1));
  testing::randomise(norm, 5);
  norm.train();
  norm.require_gradients(true);
  const at::Tensor x = values.clone().set_requires_grad(true);
  const at::Tensor rows = norm(x).flatten(2);
  if (through_rows) {
    (rows.transpose(1, 2) * incoming).sum().backward();
  } else {
    (rows * incoming.transpose(1, 2).contiguous()).sum().backward();
  }
  return x.grad();
}

}  // namespace

TEST_CASE("batch normalisation of one image or clip: the gradient's layout does not matter") {
  for (const std::vector<int64_t>& shape : {std::vector<int64_t>{1, 6, 4, 3}, {1, 6, 4, 3, 3}, {2, 6, 4, 3, 3}}) {
    const at::Tensor x = testing::random_tensor(shape, 3);
    const at::Tensor incoming = testing::random_tensor({shape[0], x[0][0].numel(), shape[1]}, 4);
    CHECK(testing::relative_error(gradient_through(x, incoming, true), gradient_through(x, incoming, false)) < 1e-5);
  }
}

}  // namespace vs::nn
