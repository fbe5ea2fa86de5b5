// Checkpoint files of PyTorch and of safetensors: which tensors they hold, and their bytes on demand.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/weights/tensor_info.h"

namespace vs::weights {

enum class CheckpointFormat {
  kTorchZip,     ///< torch.save since 1.6
  kTorchLegacy,  ///< torch.save before 1.6
  kSafetensors,
};

/// "torch zip", "torch legacy" or "safetensors".
std::string_view name_of(CheckpointFormat format);

/// An entry that is no tensor, or one of a type that vs does not use.
struct SkippedEntry {
  std::string name;
  std::string reason;  ///< "complex64 tensor", "not a tensor"
};

/// A checkpoint that is open. Opening reads the list of tensors and checks every place and size against the file;
/// values are read on demand, straight into the caller's memory.
///
/// The format is told by content, not by name. The state dict of a PyTorch file is found at the top level or under
/// `state_dict`, `model_state_dict` or `model`; a leading `module.` of a name (data-parallel training) is dropped.
/// No code of the file is ever run. Reads are const and may run in several threads at once.
class Checkpoint {
 public:
  /// Throws DataError (one line: file, finding) if the file cannot be read, is cut short or malformed, is in none of
  /// the formats, holds no state dict, or has two tensors of one name.
  static Checkpoint open(const std::string& path);
  Checkpoint(Checkpoint&&) noexcept;
  Checkpoint& operator=(Checkpoint&&) noexcept;
  ~Checkpoint();

  const std::string& path() const;
  CheckpointFormat format() const;
  /// The key that the state dict was found under, such as "state_dict"; "" at the top level.
  const std::string& wrapper() const;
  /// In the file's order.
  const std::vector<TensorInfo>& tensors() const;
  const std::vector<SkippedEntry>& skipped() const;
  /// `__metadata__` of safetensors; empty for others.
  const std::map<std::string, std::string>& metadata() const;

  /// Index of the tensor of that name, or nothing.
  std::optional<size_t> find(std::string_view name) const;
  /// Fills `bytes` with the tensor's values: contiguous, row-major, little-endian. bytes.size() is
  /// tensors()[index].size_bytes(). Throws DataError if the file cannot be read or its checksum is wrong.
  void read(size_t index, std::span<uint8_t> bytes) const;
  /// The same in memory of its own.
  std::vector<uint8_t> read(size_t index) const;

 private:
  struct Impl;
  explicit Checkpoint(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace vs::weights
