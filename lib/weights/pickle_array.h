// Arrays in ordinary pickles: numpy's, and PyTorch's tensors as pickle.dump writes them. A header of this room.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lib/weights/dtype.h"
#include "lib/weights/pickle.h"

namespace vs::weights {

/// Values in row-major order. Integers are exact up to 2^53.
struct PickledArray {
  std::vector<int64_t> shape;
  std::vector<double> values;
};

/// Takes arrays out of a pickle read with PickleCalls::kKept. All arrays together may hold no more values than the
/// pickle has bytes, so that one that is referred to again and again is refused.
class PickleArrays {
 public:
  /// Both are borrowed. path: for messages.
  PickleArrays(const PickleDocument& document, const std::string& path) : document_(&document), path_(&path) {}

  /// True for a call that makes a numpy array, a numpy number or a tensor.
  bool is_array(const PickleValue& value) const;
  /// Reads one, little-endian, of integers, bools, or floats of 16, 32 or 64 bits. Throws DataError for other types and
  /// for what does not fit together. Sources: numpy's ndarray.__reduce__ and __setstate__, PyTorch's torch._utils.
  PickledArray read(const PickleValue& value);

 private:
  /// Bytes of elements, and where they lie.
  struct Elements {
    std::span<const uint8_t> bytes;
    std::vector<uint8_t> owned;  ///< what `bytes` shows, where the pickle holds the bytes as text
    Dtype dtype = Dtype::kF32;
  };
  /// A storage in the bytes of a call of torch.storage._load_from_bytes.
  struct Storage {
    std::span<const uint8_t> bytes;
    Dtype dtype = Dtype::kF32;
  };

  std::string_view called(const PickleValue& value) const;
  std::span<const PickleValue> arguments(const PickleValue& call, size_t fewest) const;
  std::span<const PickleValue> sequence(const PickleValue& value, size_t fewest) const;
  std::vector<int64_t> sizes(const PickleValue& value) const;
  uint64_t count_of(const std::vector<int64_t>& shape) const;
  Dtype dtype_of(const PickleValue& value) const;
  /// count: values that the bytes shall hold.
  void take_bytes(const PickleValue& value, uint64_t count, Elements& elements) const;
  PickledArray read_reconstructed(const PickleValue& value);
  PickledArray read_from_buffer(const PickleValue& value);
  PickledArray read_number(const PickleValue& value);
  PickledArray read_tensor(const PickleValue& value);
  const Storage& storage(const PickleValue& value);
  uint64_t charge(const std::vector<int64_t>& shape);
  PickledArray take(std::vector<int64_t> shape, const Elements& elements, bool fortran_order);
  PickledArray gather(std::vector<int64_t> shape, const std::vector<int64_t>& strides, uint64_t offset,
                      std::span<const uint8_t> bytes, Dtype dtype);
  [[noreturn]] void bad(const std::string& finding) const;

  const PickleDocument* document_;
  const std::string* path_;
  uint64_t num_values_ = 0;                        ///< of all arrays so far
  std::unordered_map<int64_t, Storage> storages_;  ///< by the place of their bytes in the pickle
};

}  // namespace vs::weights
