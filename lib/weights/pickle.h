// Python pickles, read without running anything: what torch.save writes becomes plain values, all else becomes opaque.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/weights/dtype.h"

namespace vs::weights {

enum class PickleKind : uint8_t {
  kNone,
  kBool,     ///< number: 0 or 1
  kInt,      ///< number
  kReal,     ///< number: its bits, see real()
  kText,     ///< PickleDocument::text()
  kBytes,    ///< PickleDocument::text()
  kTuple,    ///< object: index of its items
  kList,     ///< object: index of its items
  kDict,     ///< object: index of its items, key and value in turn, in the order of the pickle, keys may repeat
  kGlobal,   ///< object: index into globals
  kStorage,  ///< object: index into storages
  kTensor,   ///< object: index into tensors
  kOpaque,   ///< an object of a class that is not known; object: index into globals, or kNoGlobal
  kCall,     ///< PickleCalls::kKept only; object: index of its items: what is called, its arguments, states given after
};

/// What becomes of calls other than those of dicts.
enum class PickleCalls : uint8_t {
  kTensors,  ///< those of PyTorch become tensors, others opaque values
  kKept,     ///< all are kept as kCall, none is understood
};

/// One value. Containers are referred to by index, so that values may be shared and may even contain themselves.
struct PickleValue {
  PickleKind kind = PickleKind::kNone;
  uint32_t object = 0;
  int64_t number = 0;

  /// The value of a kReal.
  double real() const { return std::bit_cast<double>(number); }
};

/// A reference to the bytes of a storage ("persistent id"), as PyTorch writes it.
struct PickledStorage {
  std::string_view key;
  uint32_t type = 0;           ///< its class ("torch.FloatStorage"): index into globals
  std::optional<Dtype> dtype;  ///< nothing if the class is untyped or unknown
  bool untyped = false;        ///< num_elements counts bytes, the tensor knows its type
  uint64_t num_elements = 0;   ///< of the whole storage in the file
  uint64_t view_offset = 0;    ///< elements to skip: a view of another storage (before torch 0.4)
  uint64_t view_elements = 0;  ///< elements of the view; num_elements without one
};

/// A call of _rebuild_tensor: nothing in it is checked but the kinds of its arguments.
struct PickledTensor {
  uint32_t storage = 0;       ///< index into storages
  int64_t offset = 0;         ///< elements
  uint32_t shape = 0;         ///< index of the items of a tuple or list
  uint32_t strides = 0;       ///< index of the items of a tuple or list
  uint32_t dtype_global = 0;  ///< "torch.float32" where the storage is untyped: index into globals, or kNoGlobal
};

/// One pickle, read. Texts lie in the bytes that were read, which must outlive it.
struct PickleDocument {
  static constexpr uint32_t kNoGlobal = 0xFFFFFFFF;

  std::span<const uint8_t> bytes;  ///< of this pickle alone: it may be followed by others
  PickleValue root;
  std::vector<std::vector<PickleValue>> objects;
  std::vector<std::string> globals;  ///< "module.name"
  std::vector<PickledStorage> storages;
  std::vector<PickledTensor> tensors;

  /// The bytes of a kText or kBytes value.
  std::string_view text(const PickleValue& value) const;
  /// The items of a tuple, list or dict.
  const std::vector<PickleValue>& items(const PickleValue& value) const { return objects[value.object]; }
  /// The value of the last `key` in a dict; nothing if there is none.
  std::optional<PickleValue> find(const PickleValue& dict, std::string_view key) const;
  /// "module.Class" of an opaque value or a global; "an object" if that is not known.
  std::string class_of(const PickleValue& value) const;
};

/// Reads the pickle that begins at bytes[0], protocols 2 to 5. Nothing is imported or called: OrderedDict, the
/// _rebuild functions and the storages of PyTorch are known by name, every other class gives an opaque value.
/// Time and memory grow with the number of bytes read; nesting costs no stack. Returns nothing if the bytes end before
/// the pickle does. Throws DataError naming `path` if it is malformed. Source: the documentation of Python's
/// pickletools.
std::optional<PickleDocument> read_pickle(std::span<const uint8_t> bytes, const std::string& path,
                                          PickleCalls calls = PickleCalls::kTensors);

}  // namespace vs::weights
