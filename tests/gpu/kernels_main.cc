// Runs the kernels' tests on a GPU. Where none can be used, says why and exits 77, which ctest shows as skipped.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <iostream>

#include "tests/gpu/managed_memory.h"

int main(int argc, char** argv) {
  constexpr int kSkipped = 77;
  if (const char* const refusal = vs::cuda::testing::managed_memory_refusal()) {
    std::cout << "skipped: no GPU can be used: " << refusal << "\n";
    return kSkipped;
  }
  return doctest::Context(argc, argv).run();
}
