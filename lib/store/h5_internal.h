// What the files h5*.cc share: HDF5 handles, the lock, errors, types. Only they include it.
#pragma once

#include <fmt/format.h>
#include <hdf5.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <mutex>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "lib/core/error.h"
#include "lib/store/float16.h"
#include "lib/store/h5.h"

namespace vs::store {
// Debian's HDF5 has one global lock anyway; ours also keeps its error stack and calls of one operation together.
inline std::recursive_mutex& library_mutex() {
  static std::recursive_mutex mutex;
  return mutex;
}

class Lock {
 public:
  Lock() : guard_(library_mutex()) {
    // Per thread in HDF5: errors are collected here, never printed by the library.
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }

 private:
  std::lock_guard<std::recursive_mutex> guard_;
};

/// An HDF5 id and its closing function.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Handle() = default;
  Handle(hid_t id, Close closer) : id_(id), close_(closer) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  operator hid_t() const { return id_; }
  bool ok() const { return id_ >= 0; }
  herr_t close() { return id_ >= 0 ? close_(std::exchange(id_, -1)) : 0; }

 private:
  hid_t id_ = -1;
  Close close_ = nullptr;
};

/// The innermost message of HDF5's error stack, which names the cause.
inline std::string library_words() {
  std::string words;
  auto visit = [](unsigned, const H5E_error2_t* entry, void* data) -> herr_t {
    auto& text = *static_cast<std::string*>(data);
    if (text.empty() && entry->desc) text = entry->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, visit, &words);
  H5Eclear2(H5E_DEFAULT);
  return words.empty() ? "unknown failure" : words;
}

[[noreturn]] inline void fail(const std::string& path, const std::string& what) {
  throw DataError(path, what + ": " + library_words());
}

/// A failed write means a full or broken disk: the run cannot go on.
[[noreturn]] inline void fail_write(const std::string& path, const std::string& what) {
  const std::string words = library_words();
  const bool full = words.find("No space left") != std::string::npos || words.find("errno = 28") != std::string::npos;
  throw RunError(path, full ? "cannot be written: No space left on device" : what + ": " + words,
                 full ? "free some space, then run the same command again" : "");
}

/// IEEE half, which HDF5 has no name for: binary32 with smaller fields. Made once, never closed.
inline hid_t half_type() {
  static const hid_t type = [] {
    const hid_t made = H5Tcopy(H5T_IEEE_F32LE);
    H5Tset_fields(made, 15, 10, 5, 0, 10);
    H5Tset_size(made, 2);
    H5Tset_ebias(made, 15);
    return made;
  }();
  return type;
}

template <class T>
hid_t memory_type() {
  if constexpr (std::is_same_v<T, int8_t>) return H5T_NATIVE_INT8;
  if constexpr (std::is_same_v<T, uint8_t>) return H5T_NATIVE_UINT8;
  if constexpr (std::is_same_v<T, int32_t>) return H5T_NATIVE_INT32;
  if constexpr (std::is_same_v<T, int64_t>) return H5T_NATIVE_INT64;
  if constexpr (std::is_same_v<T, Float16>) return half_type();
  if constexpr (std::is_same_v<T, float>) return H5T_NATIVE_FLOAT;
  if constexpr (std::is_same_v<T, double>) return H5T_NATIVE_DOUBLE;
}

template <class T>
hid_t file_type() {
  if constexpr (std::is_same_v<T, int8_t>) return H5T_STD_I8LE;
  if constexpr (std::is_same_v<T, uint8_t>) return H5T_STD_U8LE;
  if constexpr (std::is_same_v<T, int32_t>) return H5T_STD_I32LE;
  if constexpr (std::is_same_v<T, int64_t>) return H5T_STD_I64LE;
  if constexpr (std::is_same_v<T, Float16>) return half_type();
  if constexpr (std::is_same_v<T, float>) return H5T_IEEE_F32LE;
  if constexpr (std::is_same_v<T, double>) return H5T_IEEE_F64LE;
}

inline Handle string_type() {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return type;
}

inline Type type_of(hid_t type) {
  const size_t size = H5Tget_size(type);
  switch (H5Tget_class(type)) {
    case H5T_INTEGER: {
      const bool is_signed = H5Tget_sign(type) == H5T_SGN_2;
      if (size == 1) return is_signed ? Type::kInt8 : Type::kUint8;
      if (size == 2) return is_signed ? Type::kInt16 : Type::kUint16;
      if (size == 4) return is_signed ? Type::kInt32 : Type::kUint32;
      if (size == 8) return is_signed ? Type::kInt64 : Type::kUint64;
      return Type::kOther;
    }
    case H5T_FLOAT:
      if (size == 2) return Type::kFloat16;
      if (size == 4) return Type::kFloat32;
      if (size == 8) return Type::kFloat64;
      return Type::kOther;
    case H5T_ENUM:  // h5py's booleans
      return size == 1 ? Type::kInt8 : Type::kOther;
    case H5T_STRING:
      return Type::kString;
    default:
      return Type::kOther;
  }
}

inline bool is_integer(Type type) { return type <= Type::kUint64; }

inline std::vector<uint64_t> shape_of(hid_t space) {
  const int rank = H5Sget_simple_extent_ndims(space);
  std::vector<hsize_t> dims(static_cast<size_t>(std::max(rank, 0)));
  if (rank > 0) H5Sget_simple_extent_dims(space, dims.data(), nullptr);
  return {dims.begin(), dims.end()};
}

inline bool has_elements(hid_t space) { return H5Sget_simple_extent_type(space) != H5S_NULL; }

/// Rows a chunk holds: at least 64 KiB, at most 1 MiB where one row is not larger.
inline uint64_t default_chunk_rows(uint64_t row_bytes) {
  constexpr uint64_t kTarget = uint64_t{256} * 1024;
  return std::max<uint64_t>(1, kTarget / std::max<uint64_t>(1, row_bytes));
}

/// Strings of a dataset or attribute, of fixed or variable length.
template <class Read>
std::vector<std::string> decode_strings(hid_t type, hid_t space, uint64_t elements, Read read) {
  std::vector<std::string> values;
  values.reserve(elements);
  if (H5Tis_variable_str(type) > 0) {
    Handle memory(H5Tcopy(type), H5Tclose);
    std::vector<char*> pointers(elements, nullptr);
    if (elements && read(memory, pointers.data()) < 0) return {};
    for (const char* text : pointers) values.emplace_back(text ? text : "");
    H5Dvlen_reclaim(memory, space, H5P_DEFAULT, pointers.data());
    return values;
  }
  const size_t width = H5Tget_size(type);
  std::vector<char> bytes(width * elements);
  if (elements && read(type, bytes.data()) < 0) return {};
  for (uint64_t i = 0; i < elements; ++i) {
    const char* text = bytes.data() + i * width;
    values.emplace_back(text, std::find(text, text + width, '\0'));
  }
  return values;
}

struct H5File::Impl {
  std::string path;
  Handle file;

  Handle open_dataset(const std::string& name) const {
    Handle dataset(H5Dopen2(file, name.c_str(), H5P_DEFAULT), H5Dclose);
    if (!dataset.ok()) fail(path, "dataset \"" + name + "\" cannot be opened");
    return dataset;
  }

  Handle open_attribute(const std::string& object, const std::string& name) const {
    Handle attribute(H5Aopen_by_name(file, object.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    if (!attribute.ok()) fail(path, "attribute \"" + name + "\" of \"" + object + "\" cannot be read");
    return attribute;
  }

  /// Refuses sizes that the bytes of the file cannot hold (a factor of 1100 allows for gzip).
  void check_size(const std::string& name, uint64_t elements, uint64_t element_bytes) const {
    hsize_t file_bytes = 0;
    H5Fget_filesize(file, &file_bytes);
    const uint64_t limit = file_bytes * 1100 + (1 << 20);
    if (elements > limit / std::max<uint64_t>(1, element_bytes))
      throw DataError(path,
                      fmt::format("dataset \"{}\" claims {} elements, more than the file can hold", name, elements));
  }

  template <class T>
  std::vector<T> read(const std::string& name, bool whole, uint64_t begin, uint64_t count) const {
    const Lock lock;
    const Handle dataset = open_dataset(name);
    const Handle type(H5Dget_type(dataset), H5Tclose);
    const Handle space(H5Dget_space(dataset), H5Sclose);
    const Type stored = type_of(type);
    if (!has_elements(space)) return {};
    if (stored == Type::kString || stored == Type::kOther || (std::is_integral_v<T> && !is_integer(stored)))
      throw DataError(path, "dataset \"" + name + "\" holds another type than needed");
    const std::vector<uint64_t> shape = shape_of(space);
    uint64_t elements = DatasetInfo{stored, shape}.size();
    Handle memory(-1, H5Sclose);
    if (!whole) {
      if (shape.empty()) throw DataError(path, "dataset \"" + name + "\" is a single value, rows of it are needed");
      const uint64_t rows = shape[0];
      if (begin > rows || count > rows - begin)
        throw DataError(
            path, fmt::format("dataset \"{}\" has {} rows, rows {} to {} asked for", name, rows, begin, begin + count));
      elements = rows ? elements / rows * count : 0;
      if (elements == 0) return {};
      std::vector<hsize_t> start(shape.size(), 0), extent(shape.begin(), shape.end());
      start[0] = begin;
      extent[0] = count;
      H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, extent.data(), nullptr);
      const hsize_t flat = elements;
      memory = Handle(H5Screate_simple(1, &flat, nullptr), H5Sclose);
    }
    check_size(name, elements, H5Tget_size(type));
    std::vector<T> values(elements);
    if (elements == 0) return values;
    // 64-bit integers go through their own width, so that a value too large for T is seen, not clipped.
    if constexpr (std::is_integral_v<T>) {
      if (sizeof(T) < H5Tget_size(type) || stored == Type::kUint64 || std::is_unsigned_v<T>) {
        std::vector<int64_t> wide(elements);
        read_into(dataset, H5T_NATIVE_INT64, whole, memory, space, wide.data(), name);
        for (uint64_t i = 0; i < elements; ++i) {
          const bool fits = wide[i] >= static_cast<int64_t>(std::numeric_limits<T>::min()) &&
                            (sizeof(T) == 8 || wide[i] <= static_cast<int64_t>(std::numeric_limits<T>::max()));
          if (!fits) throw DataError(path, fmt::format("dataset \"{}\" holds {}, out of range", name, wide[i]));
          values[i] = static_cast<T>(wide[i]);
        }
        return values;
      }
    }
    read_into(dataset, memory_type<T>(), whole, memory, space, values.data(), name);
    return values;
  }

  void read_into(hid_t dataset, hid_t type, bool whole, hid_t memory, hid_t space, void* values,
                 const std::string& name) const {
    const herr_t status =
        H5Dread(dataset, type, whole ? H5S_ALL : memory, whole ? H5S_ALL : space, H5P_DEFAULT, values);
    if (status < 0) fail(path, "dataset \"" + name + "\" cannot be read");
  }

  Handle creation_properties() const {
    Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
    H5Pset_create_intermediate_group(links, 1);
    return links;
  }

  Handle layout_properties(const std::vector<hsize_t>& chunk, const DatasetLayout& layout) const {
    Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_obj_track_times(properties, 0);
    if (chunk.empty()) return properties;
    H5Pset_chunk(properties, static_cast<int>(chunk.size()), chunk.data());
    if (layout.compress) {
      H5Pset_shuffle(properties);
      H5Pset_deflate(properties, 4);
    }
    if (layout.checksum) H5Pset_fletcher32(properties);
    return properties;
  }

  void create(const std::string& name, hid_t type, size_t element_bytes, std::vector<hsize_t> shape, bool growing,
              const DatasetLayout& layout) {
    std::vector<hsize_t> largest = shape, chunk;
    uint64_t row_bytes = element_bytes, elements = shape.empty() ? 1 : shape[0];
    for (size_t i = 1; i < shape.size(); ++i) row_bytes *= shape[i], elements *= shape[i];
    if (!shape.empty() && (growing || elements > 0)) {
      chunk = shape;
      chunk[0] = layout.chunk_rows ? layout.chunk_rows : default_chunk_rows(row_bytes);
      if (!growing) chunk[0] = std::min<hsize_t>(chunk[0], shape[0]);
    }
    if (growing) largest[0] = H5S_UNLIMITED;
    const Handle space(shape.empty() ? H5Screate(H5S_SCALAR)
                                     : H5Screate_simple(static_cast<int>(shape.size()), shape.data(), largest.data()),
                       H5Sclose);
    const Handle links = creation_properties();
    const Handle properties = layout_properties(chunk, layout);
    const Handle dataset(H5Dcreate2(file, name.c_str(), type, space, links, properties, H5P_DEFAULT), H5Dclose);
    if (!dataset.ok()) fail_write(path, "dataset \"" + name + "\" cannot be made");
  }

  void write_all(const std::string& name, hid_t type, const void* values) {
    const Handle dataset = open_dataset(name);
    if (H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
      fail_write(path, "dataset \"" + name + "\" cannot be written");
  }

  void append(const std::string& name, hid_t type, const void* values, uint64_t count) {
    const Handle dataset = open_dataset(name);
    std::vector<uint64_t> shape;
    {
      const Handle space(H5Dget_space(dataset), H5Sclose);
      shape = shape_of(space);
    }
    if (shape.empty()) throw std::logic_error("append to a scalar dataset");
    uint64_t row = 1;
    for (size_t i = 1; i < shape.size(); ++i) row *= shape[i];
    if (row == 0 || count % row) throw std::logic_error("append of a part of a row");
    const uint64_t rows = count / row;
    if (rows == 0) return;
    std::vector<hsize_t> start(shape.size(), 0), extent(shape.begin(), shape.end()), total(shape.begin(), shape.end());
    start[0] = shape[0];
    extent[0] = rows;
    total[0] += rows;
    if (H5Dset_extent(dataset, total.data()) < 0) fail_write(path, "dataset \"" + name + "\" cannot grow");
    const Handle space(H5Dget_space(dataset), H5Sclose);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, extent.data(), nullptr);
    const Handle memory(H5Screate_simple(static_cast<int>(extent.size()), extent.data(), nullptr), H5Sclose);
    if (H5Dwrite(dataset, type, memory, space, H5P_DEFAULT, values) < 0)
      fail_write(path, "dataset \"" + name + "\" cannot be written");
  }

  void write_attribute(const std::string& object, const std::string& name, hid_t type, const void* value) {
    if (H5Aexists_by_name(file, object.c_str(), name.c_str(), H5P_DEFAULT) > 0)
      H5Adelete_by_name(file, object.c_str(), name.c_str(), H5P_DEFAULT);
    const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
    const Handle attribute(
        H5Acreate_by_name(file, object.c_str(), name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
        H5Aclose);
    if (!attribute.ok() || H5Awrite(attribute, type, value) < 0)
      fail_write(path, "attribute \"" + name + "\" cannot be written");
  }
};

}  // namespace vs::store
