// HDF5 files: RAII over the C API, little-endian exact-width types, one lock around every call.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vs::store {

/// Element types that vs files hold. Readers convert between number types where no value is lost.
enum class Type {
  kInt8,
  kUint8,
  kInt16,
  kUint16,
  kInt32,
  kUint32,
  kInt64,
  kUint64,
  kFloat16,
  kFloat32,
  kFloat64,
  kString,
  kOther
};

/// Size and type of one dataset.
struct DatasetInfo {
  Type type = Type::kOther;
  std::vector<uint64_t> shape;  ///< empty: a scalar
  uint64_t size() const;        ///< product of shape, 1 for a scalar
};

/// How a dataset is written. Chunks run along the first axis; `chunk_rows` 0 chooses 64 KiB to 1 MiB a chunk.
struct DatasetLayout {
  uint64_t chunk_rows = 0;
  bool compress = true;  ///< shuffle + gzip 4; off for bytes that are compressed already
  bool checksum = true;  ///< fletcher32
};

/// One open HDF5 file. Movable; closes itself. Not bound to a thread: calls are serialised inside.
/// All functions throw DataError naming the file, the object and HDF5's own words; writing to a full disk throws
/// RunError.
class H5File {
 public:
  /// Opens for reading, file locking off. Hostile files are refused, not trusted: sizes are checked before allocation.
  static H5File open(const std::string& path);
  /// Creates a new file (bounds: readable by HDF5 1.8), replacing what is there.
  static H5File create(const std::string& path);
  /// Opens for reading and writing, with the writer's lock.
  static H5File open_for_append(const std::string& path);

  H5File(H5File&&) noexcept;
  H5File& operator=(H5File&&) noexcept;
  ~H5File();

  const std::string& path() const;

  /// Names of everything below `group` that is a dataset, as paths relative to it, sorted ("a/b/c").
  std::vector<std::string> list_datasets(const std::string& group = "/") const;
  bool has_dataset(const std::string& name) const;
  DatasetInfo info(const std::string& name) const;

  /// Whole dataset in row-major order, converted to T (int64_t, int32_t, uint8_t, float, double; halves by way of
  /// float). An integer dataset read as an integer must fit; floats are not read as integers. Throws DataError if it is
  /// larger than memory allows.
  template <class T>
  std::vector<T> read(const std::string& name) const;
  /// Rows [begin, begin + count) of the first axis.
  template <class T>
  std::vector<T> read_rows(const std::string& name, uint64_t begin, uint64_t count) const;
  std::vector<std::string> read_strings(const std::string& name) const;

  /// Writes a whole dataset of fixed size at once.
  template <class T>
  void write(const std::string& name, std::span<const T> values, const std::vector<uint64_t>& shape,
             const DatasetLayout& layout = {});
  void write_strings(const std::string& name, const std::vector<std::string>& values);

  /// Creates an empty dataset that grows along its first axis. row_shape: the other axes (empty: one value a row).
  template <class T>
  void create_growing(const std::string& name, const std::vector<uint64_t>& row_shape,
                      const DatasetLayout& layout = {});
  void create_growing_strings(const std::string& name);
  /// Appends whole rows.
  template <class T>
  void append(const std::string& name, std::span<const T> rows);
  void append_strings(const std::string& name, const std::vector<std::string>& values);
  /// Cuts a growing dataset to `rows` rows (fewer than it has).
  void truncate_rows(const std::string& name, uint64_t rows);

  /// Attributes of an object ("/" is the file itself).
  bool has_attribute(const std::string& object, const std::string& name) const;
  std::vector<std::string> list_attributes(const std::string& object) const;
  DatasetInfo attribute_info(const std::string& object, const std::string& name) const;
  std::string read_text(const std::string& object, const std::string& name) const;
  /// Numbers of an attribute, a scalar as one value.
  std::vector<double> read_numbers(const std::string& object, const std::string& name) const;
  void write_text(const std::string& object, const std::string& name, std::string_view text);
  void write_number(const std::string& object, const std::string& name, int64_t value);
  void delete_attribute(const std::string& object, const std::string& name);

  /// Hands everything to the kernel, so that a killed process leaves a file that opens.
  void flush();
  /// Flushes and closes; a failure (full disk) throws RunError. The destructor closes too, but cannot say so.
  void close();

 private:
  friend class ByteColumnWriter;
  struct Impl;
  explicit H5File(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Version of the HDF5 library in use, such as "1.10.8".
std::string hdf5_version();

}  // namespace vs::store
