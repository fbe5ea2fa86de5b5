// All memory of the program is shared by CPU and GPU: see managed_memory.cc.
#pragma once

namespace vs::cuda::testing {

/// Why there is no such memory, in CUDA's words; null where there is.
const char* managed_memory_refusal();

}  // namespace vs::cuda::testing
