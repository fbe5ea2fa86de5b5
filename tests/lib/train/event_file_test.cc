#include "lib/train/records/event_file.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <bit>
#include <limits>
#include <string_view>

#include "lib/core/error.h"
#include "lib/core/file.h"
#include "tests/support/scratch.h"

using namespace vs;
using namespace vs::train;

namespace {

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    text += kDigits[static_cast<unsigned char>(byte) >> 4U];
    text += kDigits[static_cast<unsigned char>(byte) & 15U];
  }
  return text;
}

uint32_t sum_of(std::string_view text) { return crc32c({reinterpret_cast<const uint8_t*>(text.data()), text.size()}); }

uint64_t number_at(std::string_view bytes, size_t at, size_t size) {
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i) value |= uint64_t{static_cast<unsigned char>(bytes.at(at + i))} << (8 * i);
  return value;
}

/// The data of the records, whose sums are checked bit by bit after the definition.
std::vector<std::string_view> records_of(std::string_view bytes) {
  const auto masked = [](std::string_view text) {
    uint32_t crc = 0xFFFFFFFFU;
    for (const char c : text) {
      crc ^= static_cast<unsigned char>(c);
      for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0x82F63B78U : 0U);
    }
    crc = ~crc;
    return static_cast<uint32_t>(((crc >> 15U) | (crc << 17U)) + 0xA282EAD8U);
  };
  std::vector<std::string_view> records;
  for (size_t at = 0; at < bytes.size();) {
    const size_t size = number_at(bytes, at, 8);
    REQUIRE(at + size + 16 <= bytes.size());
    CHECK(number_at(bytes, at + 8, 4) == masked(bytes.substr(at, 8)));
    records.push_back(bytes.substr(at + 12, size));
    CHECK(number_at(bytes, at + 12 + size, 4) == masked(records.back()));
    at += size + 16;
  }
  return records;
}

}  // namespace

TEST_CASE("CRC-32C is Castagnoli's") {
  CHECK(sum_of("123456789") == 0xE3069283U);
  CHECK(sum_of("") == 0);
  // RFC 3720, B.4.
  CHECK(sum_of(std::string(32, '\0')) == 0x8A9136AAU);
  CHECK(sum_of(std::string(32, '\xFF')) == 0x62A8AB43U);
}

TEST_CASE("an event file has the bytes that TensorFlow's writer gives") {
  const test::Scratch scratch("vs-event-test");
  const std::string path = scratch / event_file_name(1700000000);
  CHECK(path.ends_with("/events.out.tfevents.1700000000.vs"));
  EventFile file(path, 1700000000.5, 300);
  const std::vector<std::pair<std::string, double>> values = {{"train/loss", 2.5}, {"lr", 0}};
  file.add_scalars(values, 302, 1700000001.25);
  // Made by an encoder in Python.
  CHECK(hex(read_file(path)) ==
        // wall_time, file_version "brain.Event:2"
        "1800000000000000a37f4b220900002040fc54d9411a0d627261696e2e4576656e743a322b353110"
        // wall_time, step 301, session_log { status: START }
        "100000000000000095fbfe180900002040fc54d94110ad023a020801596f3f79"
        // wall_time, step 302, summary { value { tag, simple_value } value { ... } }
        "2c00000000000000f4aecc450900005040fc54d94110ae022a1e0a110a0a747261696e2f6c6f737315000020400a090a026c7215000000"
        "001fe77b8a");
}

TEST_CASE("a new run has no session; step 0 is left out; numbers are single precision") {
  const test::Scratch scratch("vs-event-test");
  const std::string path = scratch / "events";
  EventFile file(path, 1.0);
  file.add_scalars({}, 5, 2.0);
  const std::vector<std::pair<std::string, double>> one = {{"a", 0.1}},
                                                    nan = {{"a", std::numeric_limits<double>::quiet_NaN()}};
  file.add_scalars(one, 0, 2.0);
  file.add_scalars(nan, int64_t{1} << 40, 2.0);
  const std::string bytes = read_file(path);
  const auto records = records_of(bytes);
  REQUIRE(records.size() == 3);
  CHECK(hex(records[0]) == "09000000000000f03f1a0d627261696e2e4576656e743a32");
  CHECK(hex(records[1]) == "0900000000000000402a0a0a080a016115cdcccc3d");
  CHECK(hex(records[2])
            .starts_with("0900000000000000"
                         "40"
                         "10808080808020"
                         "2a0a0a080a016115"));
}

TEST_CASE("a long tag has its length in two bytes") {
  const test::Scratch scratch("vs-event-test");
  EventFile file(scratch / "events", 1.0);
  const std::string tag(200, 't');
  const std::vector<std::pair<std::string, double>> values = {{tag, 1.0}};
  file.add_scalars(values, 1, 1.0);
  const std::string bytes = read_file(scratch / "events");
  const auto records = records_of(bytes);
  REQUIRE(records.size() == 2);
  CHECK(hex(records[1])
            .starts_with("09000000000000f03f1001"
                         "2ad301"
                         "0ad001"
                         "0ac801"
                         "7474"));
}

TEST_CASE("what cannot be written is a RunError") {
  const test::Scratch scratch("vs-event-test");
  CHECK_THROWS_AS(EventFile(scratch / "none/events", 1.0), RunError);
  if (::access("/dev/full", W_OK) == 0) CHECK_THROWS_AS(EventFile("/dev/full", 1.0), RunError);
}
