#include "lib/weights/zip_archive.h"

#include <doctest/doctest.h>

#include "lib/weights/crc32.h"
#include "tests/lib/weights/builders.h"
#include "tests/support/scratch.h"

using namespace vs;
using namespace vs::test;

TEST_CASE("CRC-32 has its known values") {
  CHECK(weights::crc32(bytes_of(std::string_view("123456789"))) == 0xCBF43926U);
  CHECK(weights::crc32({}) == 0);
  CHECK(weights::crc32(bytes_of(std::string_view("a"))) == 0xE8B7BE43U);
  CHECK(weights::crc32(bytes_of(std::string_view("The quick brown fox jumps over the lazy dog"))) == 0x414FA339U);
}

TEST_CASE("entries of a zip file are found, a comment at its end or not") {
  const Scratch scratch("vs-zip-test");
  std::string bytes = zip({{"a", "first"}, {"folder/b", ""}, {"c", "third"}});
  for (const bool comment : {false, true}) {
    if (comment) {
      bytes.replace(bytes.size() - 2, 2, little(4, 2));
      bytes += "PK\x05x";
    }
    scratch.touch("x.zip", bytes);
    const weights::ByteFile file(scratch / "x.zip");
    CHECK(weights::ZipArchive::recognises(file));
    const weights::ZipArchive archive(file);
    REQUIRE(archive.entries().size() == 3);
    const auto data = archive.read(*archive.find("c"));
    CHECK(std::string(data.begin(), data.end()) == "third");
    CHECK(archive.read(*archive.find("folder/b")).empty());
    CHECK(archive.find("b") == nullptr);
  }
}
