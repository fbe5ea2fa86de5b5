// Runs the tests where a GPU can be used. Where none can, says why and exits 77, which ctest shows as skipped.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <iostream>

#include "lib/core/error.h"
#include "lib/core/log.h"
#include "lib/nn/device.h"

int main(int argc, char** argv) {
  constexpr int kSkipped = 77;
  try {
    vs::Log log("vs-gpu-test", vs::Verbosity::kVerbose, false);
    vs::nn::open_device("cuda", "--device cuda", log);
  } catch (const vs::Error& error) {
    std::cout << "skipped: " << error.what() << "\n";
    return kSkipped;
  }
  return doctest::Context(argc, argv).run();
}
