#include "lib/nn/memory.h"

#include "lib/nn/torch.h"

// After LibTorch, whose CHECK it replaces.
#include <doctest/doctest.h>

#include <thread>
#include <vector>

namespace vs::nn {
namespace {

constexpr int64_t kMiB = int64_t{1} << 20;

at::Tensor bytes(int64_t count) { return at::empty({count}, at::kByte); }

TEST_CASE("large tensors get the memory of those before them, small ones none of it") {
  pool_tensor_memory();
  pool_tensor_memory();
  const PoolUse before = pool_use();
  const void* first = nullptr;
  {
    const at::Tensor tensor = bytes(5 * kMiB);
    first = tensor.data_ptr();
    CHECK(pool_use().in_use_bytes == before.in_use_bytes + 6 * kMiB);
    CHECK(reinterpret_cast<uintptr_t>(first) % (2 * kMiB) == 0);
  }
  CHECK(pool_use().in_use_bytes == before.in_use_bytes);
  const at::Tensor again = bytes(5 * kMiB);
  CHECK(again.data_ptr() == first);
  CHECK(pool_use().reused_blocks == before.reused_blocks + 1);
  const PoolUse with_large = pool_use();
  const at::Tensor small = bytes(kMiB - 1);
  CHECK(pool_use().in_use_bytes == with_large.in_use_bytes);
  CHECK(bytes(0).numel() == 0);
}

TEST_CASE("a block much too large is not handed out, and what is kept stays within its bound") {
  pool_tensor_memory();
  const void* large = nullptr;
  {
    const at::Tensor tensor = bytes(100 * kMiB);
    large = tensor.data_ptr();
  }
  const at::Tensor half = bytes(50 * kMiB);
  CHECK(half.data_ptr() != large);
  for (int64_t size = 10; size < 300; size += 10) {
    const at::Tensor tensor = bytes(size * kMiB);
    const PoolUse now = pool_use();
    CHECK(now.in_use_bytes + now.kept_bytes <= now.peak_bytes + kPoolSlack);
  }
  const PoolUse after = pool_use();
  CHECK(after.in_use_bytes + after.kept_bytes <= after.peak_bytes + kPoolSlack);
}

TEST_CASE("values survive: threads take and give back at once") {
  pool_tensor_memory();
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&wrong, t] {
      for (int64_t i = 0; i < 40; ++i) {
        const at::Tensor values =
            at::full({(1 + (i * 7 + static_cast<int64_t>(t)) % 5) * kMiB}, static_cast<double>(t), at::kByte);
        const at::Tensor copy = values.clone();
        if (!copy.eq(static_cast<int64_t>(t)).all().item<bool>()) ++wrong[t];
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == std::vector<int>(4, 0));
}

TEST_CASE("storage from before the pool, and storage that grows") {
  at::Tensor tensor = bytes(3 * kMiB).fill_(7);
  pool_tensor_memory();
  tensor.resize_({8 * kMiB});
  CHECK(tensor.narrow(0, 0, 3 * kMiB).eq(7).all().item<bool>());
}

}  // namespace
}  // namespace vs::nn
