// vs-golden-fake FILE...: vs-golden on a device that is another one for LibTorch, but computes on the CPU. What leaves
// a tensor on the CPU that belongs on the device fails here as on a GPU.
#include <fmt/format.h>

#include "lib/core/error.h"
#include "tests/golden/run.h"
#include "tests/support/fake_device/fake_device.h"

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: vs-golden-fake FILE.h5|FILE.safetensors...\n");
    return vs::kExitUsage;
  }
  const vs::test::FakeDevice fake;
  return vs::golden::check_files({argv + 1, argv + argc},
                                 {.device = fake.device(), .least_rtol = vs::golden::kDeviceRtol});
}
