#include "lib/core/sha256.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "tests/support/scratch.h"

using namespace vs;

namespace {

std::span<const uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

}  // namespace

TEST_CASE("SHA-256 of FIPS 180-2's examples") {
  CHECK(sha256_of_bytes({}) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_of_bytes(bytes_of("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const std::string million(1000000, 'a');
  CHECK(sha256_of_bytes(bytes_of(million)) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("files small and large have the hash of their bytes") {
  const test::Scratch scratch("vs-sha256-test");
  constexpr size_t kMegabyte = size_t{1} << 20;
  for (const size_t size : {size_t{0}, size_t{1}, kMegabyte, 32 * kMegabyte, 34 * kMegabyte + 3}) {
    std::string text(size, '\0');
    for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 2654435761u >> 13);
    write_file_atomically(scratch / "file", text);
    CHECK(sha256_of_file(scratch / "file") == sha256_of_bytes(bytes_of(text)));
  }
  CHECK_THROWS_AS(sha256_of_file(scratch / "absent"), DataError);
}
