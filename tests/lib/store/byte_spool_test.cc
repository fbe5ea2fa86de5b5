#include "lib/store/byte_spool.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <numeric>
#include <vector>

#include "tests/lib/store/temporary_folder.h"

using namespace vs::store;

namespace {

std::vector<uint8_t> pattern(size_t size) {
  std::vector<uint8_t> bytes(size);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i * 31 >> 3);
  return bytes;
}

std::vector<uint8_t> all_of(const ByteSpool& spool) {
  std::vector<uint8_t> back;
  spool.for_each_part([&](std::span<const uint8_t> part) {
    CHECK(part.size() <= ByteSpool::kBlockBytes);
    back.insert(back.end(), part.begin(), part.end());
  });
  return back;
}

}  // namespace

TEST_CASE("a spool gives back what it got, in memory and beyond") {
  const TemporaryFolder folder;
  constexpr uint64_t kBlock = ByteSpool::kBlockBytes;
  for (const size_t size : {size_t{0}, size_t{1}, size_t{kBlock}, size_t{kBlock + 1}, size_t{3 * kBlock + 70000}}) {
    const std::vector<uint8_t> bytes = pattern(size);
    for (const uint64_t memory : {uint64_t{0}, kBlock - 1, kBlock, 2 * kBlock, 100 * kBlock}) {
      ByteSpool spool(folder.path(), memory);
      for (size_t at = 0; at < bytes.size(); at += 70001)
        spool.append(std::span<const uint8_t>(bytes).subspan(at, std::min<size_t>(70001, bytes.size() - at)));
      CHECK(spool.size() == bytes.size());
      CHECK(all_of(spool) == bytes);
      const ByteSpool moved = std::move(spool);
      CHECK(all_of(moved) == bytes);
    }
  }
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("spools share the memory of one budget and give it back") {
  const TemporaryFolder folder;
  constexpr uint64_t kBlock = ByteSpool::kBlockBytes;
  const auto budget = std::make_shared<MemoryBudget>(3 * kBlock);
  const std::vector<uint8_t> bytes = pattern(2 * kBlock + 5);
  {
    ByteSpool first(folder.path(), budget), second(folder.path(), budget);
    first.append(bytes);
    CHECK(!budget->take(1));
    second.append(bytes);
    CHECK(all_of(first) == bytes);
    CHECK(all_of(second) == bytes);
  }
  CHECK(budget->take(3 * kBlock));
  CHECK(!budget->take(1));
}
