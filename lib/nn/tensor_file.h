// Tensors of LibTorch in checkpoint files.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "lib/nn/torch.h"
#include "lib/weights/checkpoint.h"

namespace vs::nn {

/// The type in LibTorch's words.
at::ScalarType scalar_type_of(weights::Dtype dtype);
/// The type in files. Throws std::logic_error for one that no checkpoint holds.
weights::Dtype dtype_of(at::ScalarType type);

/// The tensor at `index` of checkpoint.tensors(), on the CPU and contiguous. Throws DataError as Checkpoint::read().
at::Tensor read_tensor(const weights::Checkpoint& checkpoint, size_t index);

/// Writes tensors of any device and layout as a safetensors file, with the metadata "format": "pt" that Python's
/// readers look for. The file appears when whole; equal tensors and metadata give equal bytes. Throws as
/// weights::SafetensorsWriter.
void write_tensors(const std::string& path, const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                   std::map<std::string, std::string> metadata = {});

}  // namespace vs::nn
