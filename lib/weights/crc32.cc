#include "lib/weights/crc32.h"

#include <array>

namespace vs::weights {
namespace {

constexpr size_t kSlices = 8;
using Tables = std::array<std::array<uint32_t, 256>, kSlices>;

constexpr Tables make_tables() {
  Tables tables{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1U) ? (value >> 1U) ^ 0xEDB88320U : value >> 1U;
    tables[0][byte] = value;
  }
  for (size_t slice = 1; slice < kSlices; ++slice) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint32_t before = tables[slice - 1][byte];
      tables[slice][byte] = (before >> 8U) ^ tables[0][before & 0xFFU];
    }
  }
  return tables;
}

constexpr Tables kTables = make_tables();

}  // namespace

uint32_t crc32(std::span<const uint8_t> bytes) {
  uint32_t crc = 0xFFFFFFFFU;
  size_t at = 0;
  for (; at + kSlices <= bytes.size(); at += kSlices) {
    uint32_t next = 0;
    for (size_t k = 0; k < kSlices; ++k) {
      const uint8_t byte = k < 4 ? static_cast<uint8_t>(bytes[at + k] ^ (crc >> (8U * k))) : bytes[at + k];
      next ^= kTables[kSlices - 1 - k][byte];
    }
    crc = next;
  }
  for (; at < bytes.size(); ++at) crc = (crc >> 8U) ^ kTables[0][(crc ^ bytes[at]) & 0xFFU];
  return ~crc;
}

}  // namespace vs::weights
