// What the readers of the formats give to Checkpoint; a header of this room.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lib/weights/byte_file.h"
#include "lib/weights/checkpoint.h"
#include "lib/weights/tensor_info.h"

namespace vs::weights {

/// Where the values of one tensor lie. Everything is checked: they lie in the file.
struct StoredTensor {
  TensorInfo info;
  uint64_t file_offset = 0;      ///< byte of the first element
  std::vector<int64_t> strides;  ///< in elements; empty: contiguous
  std::optional<uint32_t> crc;   ///< of its bytes, where it is contiguous and fills an entry of a zip file
};

struct CheckpointContent {
  CheckpointFormat format = CheckpointFormat::kSafetensors;
  std::string wrapper;
  std::vector<StoredTensor> tensors;
  std::vector<SkippedEntry> skipped;
  std::map<std::string, std::string> metadata;
};

/// The name without the `module.` that data-parallel training puts before it, as often as it stands there.
std::string network_name(std::string_view stored);

/// A name of a file for a message: printable, and cut where it is long.
std::string shown(std::string_view name);

/// True if the file begins as safetensors do: the length of a header, then "{".
bool recognises_safetensors(const ByteFile& file);
CheckpointContent read_safetensors(const ByteFile& file);
/// `file` begins as a zip file.
CheckpointContent read_torch_zip(const ByteFile& file);
/// True if the file begins as a pickle of protocol 2 or later.
bool recognises_torch_legacy(const ByteFile& file);
CheckpointContent read_torch_legacy(const ByteFile& file);

/// Bytes that the elements of a tensor reach over, from the first to the last; 0 if it has none. Nothing if that does
/// not fit 63 bits or a stride is negative. `strides` may be empty: contiguous.
std::optional<uint64_t> checked_reach_bytes(const TensorInfo& info, const std::vector<int64_t>& strides);
/// True if these strides are those of a contiguous tensor (extents of 1 may have any).
bool is_contiguous(const std::vector<int64_t>& shape, const std::vector<int64_t>& strides);
/// Copies a strided tensor from `reach` (checked_reach_bytes() of it) to `bytes`, contiguous.
void gather(const StoredTensor& tensor, std::span<const uint8_t> reach, std::span<uint8_t> bytes);

}  // namespace vs::weights
