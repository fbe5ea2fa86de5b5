#include "lib/store/byte_spool.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <numeric>
#include <vector>

#include "tests/lib/store/temporary_folder.h"

using namespace vs::store;

TEST_CASE("a spool gives back what it got, in memory and beyond") {
  const TemporaryFolder folder;
  std::vector<uint8_t> bytes(10000);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i * 31 >> 3);
  for (const uint64_t memory : {uint64_t{0}, uint64_t{1}, uint64_t{4096}, uint64_t{10000}, uint64_t{100000}}) {
    ByteSpool spool(folder.path(), memory);
    for (size_t at = 0; at < bytes.size(); at += 700)
      spool.append(std::span<const uint8_t>(bytes).subspan(at, std::min<size_t>(700, bytes.size() - at)));
    CHECK(spool.size() == bytes.size());
    std::vector<uint8_t> back(bytes.size());
    spool.read(0, back);
    CHECK(back == bytes);
    std::vector<uint8_t> part(100);
    spool.read(4090, part);
    CHECK(std::equal(part.begin(), part.end(), bytes.begin() + 4090));
    CHECK_THROWS_AS(spool.read(9950, part), std::logic_error);
    ByteSpool moved = std::move(spool);
    moved.read(0, back);
    CHECK(back == bytes);
  }
  CHECK(std::filesystem::is_empty(folder.path()));
}
