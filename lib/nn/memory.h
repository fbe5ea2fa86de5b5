// Memory of tensors kept between uses: what a network asks for in one forward it asks for again in the next.
#pragma once

#include <cstdint>

namespace vs::nn {

/// Tensors on the CPU of 1 MiB and more get their memory from a pool from now on, for the whole process.
///
/// The system's allocator maps such blocks anew each time and the kernel clears every page of them: 40 ms of CPU time
/// in a forward of TSN-R50 on 8 frames. The pool keeps what is given back, in blocks that huge pages can hold, and
/// never holds more than kPoolSlack beyond the most that was in use at one time. Any thread may use tensors; this
/// function is called before there are several, best where a program begins; calling it again does nothing.
void pool_tensor_memory();

/// Bytes that the pool may hold beyond the most that was in use at one time.
constexpr int64_t kPoolSlack = int64_t{64} << 20;

/// What the pool has seen since it began; all zero before.
struct PoolUse {
  int64_t in_use_bytes = 0, kept_bytes = 0, peak_bytes = 0;
  int64_t mapped_blocks = 0, reused_blocks = 0;  ///< how often memory came from the system, and from the pool
};
PoolUse pool_use();

}  // namespace vs::nn
