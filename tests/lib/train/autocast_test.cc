#include "lib/train/loop/autocast.h"

// After LibTorch's headers, whose CHECK it replaces.
#include <doctest/doctest.h>

namespace vs::train {
namespace {

bool computes_in(at::ScalarType type, at::DeviceType device = at::kCPU) { return Autocast::type_on(device) == type; }

bool product_is(at::ScalarType type) {
  const at::Tensor a = at::ones({2, 2});
  return a.mm(a).scalar_type() == type;
}

}  // namespace

TEST_CASE("large operations are cast for the lifetime of the object, on its kind of device alone") {
  CHECK(computes_in(at::kFloat));
  {
    const Autocast on(at::kCPU, at::kBFloat16);
    CHECK(computes_in(at::kBFloat16));
    CHECK(computes_in(at::kFloat, at::kCUDA));
    CHECK(product_is(at::kBFloat16));
    {
      const Autocast off(at::kCPU, at::kFloat);
      CHECK(computes_in(at::kFloat));
      CHECK(product_is(at::kFloat));
    }
    CHECK(computes_in(at::kBFloat16));
    const Autocast on_gpu(at::kCUDA, at::kHalf);
    CHECK(computes_in(at::kHalf, at::kCUDA));
    CHECK(product_is(at::kBFloat16));
  }
  CHECK(computes_in(at::kFloat));
  CHECK(computes_in(at::kFloat, at::kCUDA));
  CHECK(product_is(at::kFloat));
}

}  // namespace vs::train
