// The checksum of zip files.
#pragma once

#include <cstdint>
#include <span>

namespace vs::weights {

/// CRC-32 of zip and gzip (polynomial 0xEDB88320, reflected). Eight bytes a step. crc32("123456789") = 0xCBF43926.
uint32_t crc32(std::span<const uint8_t> bytes);

}  // namespace vs::weights
