// Files of safetensors, written. They are read as every checkpoint is: lib/weights/checkpoint.h.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "lib/core/file.h"
#include "lib/weights/checkpoint.h"
#include "lib/weights/tensor_info.h"

namespace vs::weights {

/// Writes a safetensors file whose tensors are known beforehand, a piece at a time: nothing but the header is held in
/// memory. The file appears under its name at commit() only. Equal tensors and metadata give equal bytes.
///
/// Layout: 8 bytes of header length, the header (JSON, padded with blanks to a multiple of 8), the values. Tensors lie
/// in order(): those with the largest elements first, then by name, so that each is aligned to its element.
/// Source: the format description of safetensors.
class SafetensorsWriter {
 public:
  /// Writes the header. Throws DataError naming the file if two tensors have one name, a name or metadata is not UTF-8,
  /// or a name is "__metadata__"; RunError if it cannot be written.
  SafetensorsWriter(const std::string& path, std::vector<TensorInfo> tensors,
                    const std::map<std::string, std::string>& metadata = {});

  /// The order in which values are to come.
  const std::vector<TensorInfo>& order() const { return order_; }
  /// The next bytes (contiguous, row-major, little-endian) in order(); a tensor may come in pieces, a piece may hold
  /// several tensors. Throws std::logic_error if there are more than the header promised.
  void write(std::span<const uint8_t> bytes);
  /// Throws std::logic_error if bytes are missing, RunError if the disk is full.
  void commit();

 private:
  std::vector<TensorInfo> order_;
  uint64_t missing_bytes_ = 0;
  AtomicFile file_;
};

/// Writes tensors of a checkpoint as a safetensors file: pairs of index in checkpoint.tensors() and name in the file.
/// Metadata is what is given and "format": "pt", which Python's readers look for.
void write_safetensors(const std::string& path, const Checkpoint& checkpoint,
                       const std::vector<std::pair<size_t, std::string>>& tensors,
                       std::map<std::string, std::string> metadata = {});
/// All tensors, under the names they have.
void write_safetensors(const std::string& path, const Checkpoint& checkpoint);

}  // namespace vs::weights
