#include "lib/nn/device.h"

#include "tests/support/fake_device/fake_device.h"
// After LibTorch's headers, whose CHECK it replaces.
#include <doctest/doctest.h>

namespace vs::nn {

TEST_CASE("numbers of GPUs in names") {
  CHECK(gpu_number("cuda") == 0);
  CHECK(gpu_number("cuda:0") == 0);
  CHECK(gpu_number("cuda:12") == 12);
  for (const char* name : {"cpu", "auto", "", "cuda:", "cuda:x", "cuda:-1", "cuda:1x", "cuda1", "CUDA"})
    CHECK_FALSE(gpu_number(name).has_value());
}

TEST_CASE("work on a stream of its own is done when the stream is left") {
  const test::FakeDevice fake;
  at::Tensor sum = at::zeros({4}, at::device(fake.device()));
  {
    const OwnStream own(fake.device());
    sum += 2;
    const OwnStream within(fake.device());
    sum *= 3;
  }
  CHECK(at::equal(sum.to(at::kCPU), at::full({4}, 6.0F)));
  const OwnStream nothing(at::kCPU);
}

}  // namespace vs::nn
