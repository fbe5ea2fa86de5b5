#include "lib/store/byte_column_writer.h"

#include <doctest/doctest.h>

#include <random>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "tests/lib/store/temporary_folder.h"

using namespace vs::store;

namespace {

constexpr uint64_t kChunk = 4096;

std::vector<uint8_t> noise(size_t size, unsigned seed) {
  std::minstd_rand random(seed);
  std::vector<uint8_t> bytes(size);
  for (auto& byte : bytes) byte = static_cast<uint8_t>(random() >> 8);
  return bytes;
}

H5File made(const std::string& path, bool checksum) {
  H5File file = H5File::create(path);
  file.create_growing<uint8_t>("data", {}, {.chunk_rows = kChunk, .compress = false, .checksum = checksum});
  return file;
}

/// As the HDF5 library sums up.
uint32_t plain_fletcher32(const std::vector<uint8_t>& bytes) {
  uint32_t first = 0, second = 0;
  for (size_t i = 0; i < bytes.size(); i += 2) {
    first += bytes[i] << 8 | (i + 1 < bytes.size() ? bytes[i + 1] : 0);
    first = (first & 0xffff) + (first >> 16);
    second += first;
    second = (second & 0xffff) + (second >> 16);
  }
  return (second & 0xffff) << 16 | (first & 0xffff);
}

}  // namespace

TEST_CASE("fletcher32 by lanes is fletcher32") {
  for (const size_t size : {0, 1, 2, 3, 31, 32, 33, 11519, 11520, 11521, 11552, 70000, 262144}) {
    CHECK(fletcher32(noise(size, 3)) == plain_fletcher32(noise(size, 3)));
    CHECK(fletcher32(std::vector<uint8_t>(size, 0)) == 0);
    CHECK(fletcher32(std::vector<uint8_t>(size, 255)) == plain_fletcher32(std::vector<uint8_t>(size, 255)));
  }
}

TEST_CASE("bytes appended past the cache make the file that H5File makes, and read back") {
  const TemporaryFolder folder;
  for (const bool checksum : {true, false}) {
    std::vector<uint8_t> all;
    {
      H5File fast = made(folder / "fast.h5", checksum), plain = made(folder / "plain.h5", checksum);
      ByteColumnWriter writer(fast, "data");
      unsigned seed = 1;
      for (const size_t size : {100, 4096, 0, 3996, 4096, 20000, 1, 12287, 5}) {
        const auto bytes = noise(size, ++seed);
        writer.append(bytes);
        writer.flush();
        fast.flush();
        plain.append<uint8_t>("data", bytes);
        plain.flush();
        all.insert(all.end(), bytes.begin(), bytes.end());
      }
    }
    CHECK(H5File::open(folder / "fast.h5").read<uint8_t>("data") == all);
    CHECK(vs::read_file(folder / "fast.h5") == vs::read_file(folder / "plain.h5"));
  }
}

TEST_CASE("a column is cut and gone on with, also after it was opened again") {
  const TemporaryFolder folder;
  const auto bytes = noise(30000, 5), more = noise(9000, 6);
  for (const uint64_t kept : {0, 1, 4096, 5000, 12288, 29999, 30000}) {
    const std::string path = folder / "cut.h5";
    {
      H5File file = made(path, true);
      ByteColumnWriter writer(file, "data");
      writer.append(bytes);
      if (kept % 2) writer.flush();
      writer.truncate(std::min<uint64_t>(kept, kept % 2 ? 30000 : 28672));
    }
    H5File file = H5File::open_for_append(path);
    const auto there = std::min<uint64_t>(kept, kept % 2 ? 30000 : 28672);
    REQUIRE(file.info("data").size() == there);
    {
      ByteColumnWriter writer(file, "data");
      writer.append(more);
      writer.flush();
    }
    std::vector<uint8_t> expected(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(there));
    expected.insert(expected.end(), more.begin(), more.end());
    CHECK(file.read<uint8_t>("data") == expected);
  }
}

TEST_CASE("a dataset of another kind is refused") {
  const TemporaryFolder folder;
  H5File file = H5File::create(folder / "other.h5");
  file.create_growing<uint8_t>("packed", {}, {.chunk_rows = kChunk, .compress = true, .checksum = true});
  CHECK_THROWS_AS(ByteColumnWriter(file, "packed"), std::logic_error);
  CHECK_THROWS_AS(ByteColumnWriter(file, "absent"), vs::DataError);
}
