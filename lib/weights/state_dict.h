// The state dict inside a pickle; a header of this room.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "lib/weights/content.h"
#include "lib/weights/pickle.h"

namespace vs::weights {

/// Where the bytes of one storage lie in the file.
struct StoragePlace {
  uint64_t offset = 0, size = 0;
  uint32_t crc = 0;  ///< 0: not given
};
using StoragePlaces = std::unordered_map<std::string_view, StoragePlace>;

/// Finds the state dict of a pickle, and where each of its tensors lies. Fills wrapper, tensors and skipped. Throws
/// DataError if there is none, or a tensor is malformed or reaches out of its storage.
void read_state_dict(const PickleDocument& pickle, const StoragePlaces& places, const ByteFile& file,
                     CheckpointContent& content);
/// Bytes of one element of a storage; nothing if its class is unknown.
std::optional<uint64_t> element_size(const PickledStorage& storage, const PickleDocument& pickle);

}  // namespace vs::weights
